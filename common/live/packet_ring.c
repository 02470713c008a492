/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/packet_ring.h"

#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "host/libpcap.h"

enum {
	SNAPLEN = 262144,
	PAGE = 4096,	    /* the smallest there is */
	V3_ALIGNMENT = 8,   /* of headers in a block (net/packet/af_packet.c) */
	HEADER_WITHIN = 32, /* such steps in front of a frame */
};

struct packet_ring {
	pcap_t *pcap;
	uint32_t early; /* frames that came before the filter: not for us */
	uint32_t taken; /* frames libpcap gave, early ones too; wraps as its counters do */
	struct pcap_stat told;
	struct packet_ring_losses losses;
	struct packet_ring_frame frame;
	bool socket; /* of packet(7) */
	bool keep;   /* every frame is copied to kept, not only the last of a block */
	uint8_t *kept;
};

static bool absent(const char *device, int status, struct error *err)
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

static bool refused(pcap_t *pcap, const char *device, int status, struct error *err)
{
	switch (status) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
	case PCAP_ERROR_IFACE_NOT_UP:
		return absent(device, status, err);
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		error_set(err,
			  "no permission to capture on %s: needs CAP_NET_RAW (root, or make "
			  "install SETCAP=1)",
			  device);
		err->number = EPERM;
		return false;
	default:
		return error_set(err, "%s: %s%s%s", device, libpcap.pcap_statustostr(status),
				 libpcap.pcap_geterr(pcap)[0] ? ": " : "",
				 libpcap.pcap_geterr(pcap));
	}
}

static pcap_t *activate(const struct packet_ring_config *config, struct error *err)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap = libpcap.pcap_create(config->device, text);
	uint64_t buffer = config->buffer < INT_MAX ? config->buffer : INT_MAX;
	int status;

	if (!pcap) {
		error_set(err, "%s: %s", config->device, text);
		return NULL;
	}
	libpcap.pcap_set_snaplen(pcap, SNAPLEN);
	libpcap.pcap_set_promisc(pcap, config->promiscuous);
	libpcap.pcap_set_timeout(pcap, PACKET_RING_RETIRE_MS);
	libpcap.pcap_set_buffer_size(pcap, (int)buffer);
	libpcap.pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	status = libpcap.pcap_activate(pcap);
	if (status < 0)
		refused(pcap, config->device, status, err);
	else if (libpcap.pcap_setnonblock(pcap, 1, text) < 0)
		error_set(err, "%s: %s", config->device, text);
	else
		return pcap;
	libpcap.pcap_close(pcap);
	return NULL;
}

/* libpcap's optimiser makes an error of an expression that no packet can meet. */
static bool compile(pcap_t *pcap, const char *text, struct bpf_program *code, struct error *err)
{
	return libpcap.pcap_compile(pcap, code, text, 1, PCAP_NETMASK_UNKNOWN) == 0 ||
	       libpcap.pcap_compile(pcap, code, text, 0, PCAP_NETMASK_UNKNOWN) == 0 ||
	       error_usage(err, "filter expression: %s", libpcap.pcap_geterr(pcap));
}

static int option(pcap_t *pcap, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	getsockopt(libpcap.pcap_fileno(pcap), SOL_SOCKET, name, &value, &len);
	return value;
}

/* The socket gives frames with their link layer: offsets are those of the program. */
static bool is_raw(pcap_t *pcap)
{
	return option(pcap, SO_DOMAIN) == AF_PACKET && option(pcap, SO_TYPE) == SOCK_RAW;
}

/*
 * By hand, where pcap_setfilter() would do: that one has libpcap filter the first blocks itself,
 * once more, and it knows nothing of directions there: with "inbound" it refuses all they hold.
 */
static bool attach(pcap_t *pcap, const struct bpf_program *code)
{
	const struct sock_fprog program = { .len = (unsigned short)code->bf_len,
					    .filter = (void *)code->bf_insns };

	return code->bf_len <= BPF_MAXINSNS &&
	       setsockopt(libpcap.pcap_fileno(pcap), SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program)) == 0;
}

static bool filter(struct packet_ring *ring, const struct packet_ring_config *config,
		   struct bpf_program *code, struct error *err)
{
	if (is_raw(ring->pcap)) {
		if (attach(ring->pcap, code)) {
			libpcap.pcap_stats(ring->pcap, &ring->told);
			ring->early = ring->told.ps_recv - ring->told.ps_drop;
			return true;
		}
		if (config->wanted != DIRECTION_UNKNOWN)
			return error_errno(err, "%s: the kernel refuses the filter",
					   config->device);
	}
	return libpcap.pcap_setfilter(ring->pcap, code) == 0 ||
	       error_set(err, "%s: filter: %s", config->device, libpcap.pcap_geterr(ring->pcap));
}

static char *expression(const struct packet_ring_config *config)
{
	static const char *const directions[] = { "", "inbound", "outbound" };
	const char *direction = directions[config->wanted];
	char *text;

	if (!config->filter[0])
		return strdup(direction);
	if (!direction[0])
		return strdup(config->filter);
	return asprintf(&text, "%s and (%s)", direction, config->filter) < 0 ? NULL : text;
}

static bool set_filter(struct packet_ring *ring, const struct packet_ring_config *config,
		       struct error *err)
{
	char *text = expression(config);
	struct bpf_program code;
	bool done;

	if (!text)
		return error_errno(err, "filter expression");
	done = !text[0];
	if (!done && compile(ring->pcap, text, &code, err)) {
		done = filter(ring, config, &code, err);
		libpcap.pcap_freecode(&code);
	}
	free(text);
	return done;
}

struct packet_ring *packet_ring_open(const struct packet_ring_config *config, struct error *err)
{
	struct packet_ring *ring;

	err->number = 0;
	if (!libpcap_load(err))
		return NULL;
	ring = calloc(1, sizeof(*ring));
	if (!ring || !(ring->kept = malloc(SNAPLEN))) {
		error_errno(err, "%s", config->device);
		free(ring);
		return NULL;
	}
	ring->keep = config->keep;
	ring->pcap = activate(config, err);
	if (ring->pcap && set_filter(ring, config, err)) {
		ring->socket = option(ring->pcap, SO_DOMAIN) == AF_PACKET;
		return ring;
	}
	packet_ring_close(ring);
	return NULL;
}

/*
 * libpcap returns a block to the kernel when it gives the last frame of it, which is overwritten
 * before it was used if the ring is full. The kernel marks that frame: its header, not far in front
 * of it, has no next one (packet(7), TPACKET_V3). Where it is not found, any may be the last. A
 * ring begins with a page: nothing is read in front of it.
 */
static bool may_be_last(const struct packet_ring_frame *frame)
{
	const uint8_t *page = frame->data - (uintptr_t)frame->data % PAGE;
	const uint8_t *at = frame->data - (uintptr_t)frame->data % V3_ALIGNMENT;
	struct tpacket3_hdr header;

	at -= sizeof(header);
	for (unsigned i = 0; i < HEADER_WITHIN && at >= page; i++, at -= V3_ALIGNMENT) {
		memcpy(&header, at, sizeof(header));
		if (header.tp_nsec == frame->time_ns % 1000000000 &&
		    header.tp_sec == (uint32_t)(frame->time_ns / 1000000000) &&
		    header.tp_len - header.tp_snaplen == frame->len - frame->caplen)
			return header.tp_next_offset == 0;
	}
	return true;
}

/* pcap_next_ex() would copy every frame; pcap_dispatch() shows it where it lies. */
static void fill(u_char *arg, const struct pcap_pkthdr *header, const u_char *data)
{
	struct packet_ring *ring = (struct packet_ring *)arg;
	struct packet_ring_frame *frame = &ring->frame;

	/* Nanoseconds, in spite of the name. */
	*frame = (struct packet_ring_frame){
		.time_ns = (int64_t)header->ts.tv_sec * 1000000000 + header->ts.tv_usec,
		.data = data,
		.caplen = header->caplen < SNAPLEN ? header->caplen : SNAPLEN,
		.len = header->len,
	};
	if (ring->socket && !ring->keep && !may_be_last(frame))
		return;
	memcpy(ring->kept, data, frame->caplen);
	frame->data = ring->kept;
}

static enum packet_ring_result failed(struct packet_ring *ring, struct error *err)
{
	const char *text = libpcap.pcap_geterr(ring->pcap);

	/* libpcap has no number for it. */
	if (strcmp(text, "The interface disappeared") == 0)
		return PACKET_RING_GONE;
	error_set(err, "%s", text);
	return PACKET_RING_BROKEN;
}

enum packet_ring_result packet_ring_next(struct packet_ring *ring, struct packet_ring_frame *frame,
					 struct error *err)
{
	int status;

	while ((status = libpcap.pcap_dispatch(ring->pcap, 1, fill, (u_char *)ring)) == 1) {
		ring->taken++;
		if (ring->early) {
			ring->early--;
			continue;
		}
		*frame = ring->frame;
		return PACKET_RING_FRAME;
	}
	return status == 0 ? PACKET_RING_EMPTY : failed(ring, err);
}

/* The counters of libpcap wrap. */
static bool account(struct packet_ring *ring)
{
	struct pcap_stat now;

	if (libpcap.pcap_stats(ring->pcap, &now) < 0)
		return false;
	ring->losses.kernel += (uint32_t)(now.ps_drop - ring->told.ps_drop);
	ring->losses.interface += (uint32_t)(now.ps_ifdrop - ring->told.ps_ifdrop);
	ring->told = now;
	return true;
}

bool packet_ring_is_exhausted(struct packet_ring *ring)
{
	return account(ring) && ring->told.ps_recv - ring->told.ps_drop == ring->taken;
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
	account(ring);
	*losses = ring->losses;
}

void packet_ring_close(struct packet_ring *ring)
{
	if (ring->pcap)
		libpcap.pcap_close(ring->pcap);
	free(ring->kept);
	free(ring);
}

bool packet_ring_check(const char *text, struct error *err)
{
	struct bpf_program code;
	pcap_t *pcap;
	bool done;

	if (!libpcap_load(err))
		return false;
	pcap = libpcap.pcap_open_dead(DLT_EN10MB, SNAPLEN);
	done = pcap && compile(pcap, text, &code, err);
	if (!pcap)
		return error_errno(err, "filter expression");
	if (done)
		libpcap.pcap_freecode(&code);
	libpcap.pcap_close(pcap);
	return done;
}
