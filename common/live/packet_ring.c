/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/packet_ring_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	PAGE = 4096,	      /* the smallest page size of any machine */
	V3_ALIGNMENT = 8,     /* bytes; of frame headers in a block (net/packet/af_packet.c) */
	HEADER_STEPS = 32,    /* a frame's header is at most so many alignments in front of it */
	NO_PROTOCOL = 0xffff, /* reserved (IEEE 802 Numbers, RFC 1701), so no frame has it */
};

static bool packet_ring_absent(const char *device, int status, struct error *err)
{
	if (status == PCAP_ERROR_IFACE_NOT_UP) {
		error_set(err, "%s is down", device);
		err->number = ENETDOWN;
	} else {
		error_set(err, "there is no interface %s; vtap-tap -D lists them", device);
		err->number = ENODEV;
	}
	return false;
}

/* libpcap has no status for a lack of descriptors or memory, and overwrites errno. Its text holds
 * what strerror() says. Returns the errno of such a lack, or 0. */
static int packet_ring_shortage(const char *text)
{
	static const int numbers[] = { EMFILE, ENFILE, ENOMEM, ENOBUFS };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strstr(text, strerror(numbers[i])))
			return numbers[i];
	return 0;
}

static bool packet_ring_refused(pcap_t *pcap, const char *device, int status, struct error *err)
{
	switch (status) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
	case PCAP_ERROR_IFACE_NOT_UP:
		return packet_ring_absent(device, status, err);
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		error_set(err,
			  "no permission to capture on %s: needs CAP_NET_RAW (root, or make "
			  "install SETCAP=1)",
			  device);
		err->number = EPERM;
		return false;
	default:
		error_set(err, "%s: %s%s%s", device, libpcap.pcap_statustostr(status),
			  libpcap.pcap_geterr(pcap)[0] ? ": " : "", libpcap.pcap_geterr(pcap));
		err->number = packet_ring_shortage(libpcap.pcap_geterr(pcap));
		return false;
	}
}

static pcap_t *packet_ring_activate(const struct packet_ring_config *config, struct error *err)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap = libpcap.pcap_create(config->device, text);
	uint64_t buffer = config->buffer < INT_MAX ? config->buffer : INT_MAX;
	int status;

	if (!pcap) {
		error_set(err, "%s: %s", config->device, text);
		return NULL;
	}
	libpcap.pcap_set_snaplen(pcap, PACKET_RING_SNAPLEN);
	libpcap.pcap_set_promisc(pcap, config->promiscuous);
	libpcap.pcap_set_timeout(pcap, PACKET_RING_RETIRE_MS);
	libpcap.pcap_set_buffer_size(pcap, (int)buffer);
	libpcap.pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	libpcap.pcap_set_protocol_linux(pcap, NO_PROTOCOL);
	status = libpcap.pcap_activate(pcap);
	if (status < 0)
		packet_ring_refused(pcap, config->device, status, err);
	else if (libpcap.pcap_setnonblock(pcap, 1, text) < 0)
		error_set(err, "%s: %s", config->device, text);
	else
		return pcap;
	libpcap.pcap_close(pcap);
	return NULL;
}

/* Lets frames into the ring: not before the filter is set, so that it holds no others. */
static bool packet_ring_begin(struct packet_ring *ring, const char *device, struct error *err)
{
	struct sockaddr_ll from;
	socklen_t len = sizeof(from);
	int fd = libpcap.pcap_fileno(ring->pcap);

	if (!ring->is_socket)
		return true;
	if (getsockname(fd, (struct sockaddr *)&from, &len) < 0)
		return error_errno(err, "%s", device);
	from.sll_protocol = htons(ETH_P_ALL);
	return bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0 ||
	       error_errno(err, "%s", device);
}

struct packet_ring *packet_ring_open(const struct packet_ring_config *config, struct error *err)
{
	struct packet_ring *ring;

	err->number = 0;
	if (!libpcap_load(err))
		return NULL;
	ring = calloc(1, sizeof(*ring));
	if (!ring || !(ring->kept = malloc(PACKET_RING_SNAPLEN))) {
		error_errno(err, "%s", config->device);
		free(ring);
		return NULL;
	}
	ring->keep = config->keep;
	ring->pcap = packet_ring_activate(config, err);
	if (ring->pcap && packet_ring_set_filter(ring, config, err) &&
	    packet_ring_begin(ring, config->device, err))
		return ring;
	packet_ring_close(ring);
	return NULL;
}

/*
 * libpcap returns a block to the kernel together with its last frame, and if the ring is full the
 * kernel overwrites that frame before it was used: it has to be copied. The header of the last
 * frame, not far in front of it, has no next offset (packet(7), TPACKET_V3). If no header is found,
 * the frame may be the last. A ring begins on a page boundary, and the search does not cross one,
 * so it reads nothing in front of the ring.
 */
static bool packet_ring_may_be_last(const struct packet_ring_frame *frame)
{
	const uint8_t *page = frame->data - (uintptr_t)frame->data % PAGE;
	const uint8_t *at = frame->data - (uintptr_t)frame->data % V3_ALIGNMENT;
	struct tpacket3_hdr header;

	at -= sizeof(header);
	for (unsigned i = 0; i < HEADER_STEPS && at >= page; i++, at -= V3_ALIGNMENT) {
		memcpy(&header, at, sizeof(header));
		if (header.tp_nsec == frame->time_ns % 1000000000 &&
		    header.tp_sec == (uint32_t)(frame->time_ns / 1000000000) &&
		    header.tp_len - header.tp_snaplen == frame->len - frame->caplen)
			return header.tp_next_offset == 0;
	}
	return true;
}

/* The callback of pcap_dispatch(), which shows a frame where it lies; pcap_next_ex() would copy. */
static void packet_ring_take_frame(u_char *arg, const struct pcap_pkthdr *header,
				   const u_char *data)
{
	struct packet_ring *ring = (struct packet_ring *)arg;
	struct packet_ring_frame *frame = &ring->frame;

	/* tv_usec holds nanoseconds, by PCAP_TSTAMP_PRECISION_NANO. */
	*frame = (struct packet_ring_frame){
		.time_ns = (int64_t)header->ts.tv_sec * 1000000000 + header->ts.tv_usec,
		.data = data,
		.caplen =
			header->caplen < PACKET_RING_SNAPLEN ? header->caplen : PACKET_RING_SNAPLEN,
		.len = header->len,
	};
	if (ring->is_socket && !ring->keep && !packet_ring_may_be_last(frame))
		return;
	memcpy(ring->kept, data, frame->caplen);
	frame->data = ring->kept;
}

static enum packet_ring_result packet_ring_failed(struct packet_ring *ring, struct error *err)
{
	const char *text = libpcap.pcap_geterr(ring->pcap);

	/* libpcap has no error number for this. */
	if (strcmp(text, "The interface disappeared") == 0)
		return PACKET_RING_GONE;
	error_set(err, "%s", text);
	return PACKET_RING_BROKEN;
}

enum packet_ring_result packet_ring_next(struct packet_ring *ring, struct packet_ring_frame *frame,
					 struct error *err)
{
	int status = libpcap.pcap_dispatch(ring->pcap, 1, packet_ring_take_frame, (u_char *)ring);

	if (status == 1) {
		ring->taken++;
		*frame = ring->frame;
		return PACKET_RING_FRAME;
	}
	return status == 0 ? PACKET_RING_EMPTY : packet_ring_failed(ring, err);
}

/* The counters of libpcap wrap at 2^32. */
static bool packet_ring_read_stats(struct packet_ring *ring)
{
	struct pcap_stat now;

	if (libpcap.pcap_stats(ring->pcap, &now) < 0)
		return false;
	ring->losses.kernel += (uint32_t)(now.ps_drop - ring->stats.ps_drop);
	ring->losses.interface += (uint32_t)(now.ps_ifdrop - ring->stats.ps_ifdrop);
	ring->stats = now;
	return true;
}

bool packet_ring_is_exhausted(struct packet_ring *ring)
{
	return packet_ring_read_stats(ring) &&
	       ring->stats.ps_recv - ring->stats.ps_drop == ring->taken;
}

uint32_t packet_ring_linktype(const struct packet_ring *ring)
{
	return libpcap_linktype(libpcap.pcap_datalink(ring->pcap));
}

int packet_ring_fd(const struct packet_ring *ring)
{
	return libpcap.pcap_get_selectable_fd(ring->pcap);
}

void packet_ring_losses(struct packet_ring *ring, struct packet_ring_losses *losses)
{
	packet_ring_read_stats(ring);
	*losses = ring->losses;
}

void packet_ring_close(struct packet_ring *ring)
{
	if (ring->pcap)
		libpcap.pcap_close(ring->pcap);
	packet_ring_forget_filter(ring);
	free(ring->kept);
	free(ring);
}
