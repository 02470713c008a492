/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "header/checksum.h"
#include "io/interrupt.h"
#include "live/listen_drain.h"

enum {
	BATCH = 64,	     /* messages per call of recvmmsg(2) */
	HEADROOM = 48,	     /* bytes of an IPv6 and a UDP header */
	PAYLOAD_MAX = 65536, /* bytes of a message, of joined datagrams or a single one */
	SLOT = HEADROOM + PAYLOAD_MAX,
	STRIDE = SLOT + 64 * 9,	  /* spreads the slots over the sets of the processor's cache */
	CONTROL = 256,		  /* bytes of control messages of one message */
	DEFAULT_BUFFER = 32 << 20 /* bytes of receive buffer a socket */
};

static const int64_t gather_ns = 500000; /* sleep before a wait, so that more can be read at once */
static const int64_t quiet_ns = 2000000; /* sinks are flushed after so long without a datagram */
static const int64_t flush_interval_ns = 100000000; /* and so often while datagrams keep coming */

union control {
	struct cmsghdr align;
	uint8_t bytes[CONTROL];
};

/* One message of the kernel: a datagram, or several that it joined and that are to be cut. */
struct listen_message {
	uint8_t version;
	uint8_t source[16], destination[16];
	uint16_t source_port, port; /* port is the destination's */
	int64_t time_ns;
	uint32_t datagram_len; /* bytes of each datagram but the last, which may be shorter */
	uint8_t *next;	       /* the next datagram, with room for its headers in front */
	uint32_t left;	       /* bytes from next on */
	bool given; /* its first datagram was delivered; left cannot tell, as that may be empty */
};

struct listen {
	struct source source;
	struct section section;
	struct interface interface;
	unsigned count;
	struct listen_socket sock[LISTEN_MAX];
	struct listen_config config;
	unsigned turn; /* index of the socket that was read last */
	/* recvmmsg(2) filled `filled` headers; those from at on are still to be read. */
	unsigned at, filled;
	struct listen_message message;
	struct mmsghdr headers[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_in6 from[BATCH];
	union control control[BATCH];
	uint8_t *memory;
	bool unflushed;	      /* packets were delivered since the last flush */
	int64_t flush_due_ns; /* CLOCK_MONOTONIC at which sinks have to be flushed if unflushed */
	struct listen_drain drain;
	bool said_lower_limit, section_given;
};

static void listen_say(const struct listen *listen, const char *text)
{
	if (listen->config.say)
		listen->config.say(listen->config.say_arg, text);
}

static bool listen_is_mapped(const uint8_t address[16])
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(address, prefix, sizeof(prefix)) == 0;
}

/* On an IPv6 socket both addresses of an IPv4 datagram are IPv4-mapped (::ffff:10.0.0.1). */
static void listen_set_addresses(struct listen_message *message, const struct sockaddr_in6 *from,
				 const uint8_t destination[16])
{
	const uint8_t *source = from->sin6_addr.s6_addr;

	message->source_port = ntohs(from->sin6_port);
	message->version = listen_is_mapped(source) ? 4 : 6;
	memcpy(message->source, source + (message->version == 4 ? 12 : 0),
	       message->version == 4 ? 4 : 16);
	memcpy(message->destination, destination + (message->version == 4 ? 12 : 0),
	       message->version == 4 ? 4 : 16);
}

/* Maps addresses of an IPv4 socket as well, so that the code behind this knows one form only. */
static void listen_map_ipv4(struct in6_addr *to, const struct in_addr *from)
{
	memset(to, 0, sizeof(*to));
	to->s6_addr[10] = to->s6_addr[11] = 0xff;
	memcpy(to->s6_addr + 12, from, sizeof(*from));
}

static void listen_take_control(struct listen_socket *sock, struct listen_message *message,
				struct cmsghdr *control, struct in6_addr *destination)
{
	const void *data = CMSG_DATA(control);
	struct timespec time;
	struct in_pktinfo info;
	uint32_t drops;
	int size;

	if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_TIMESTAMPNS) {
		memcpy(&time, data, sizeof(time));
		message->time_ns = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
	} else if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_RXQ_OVFL) {
		memcpy(&drops, data, sizeof(drops));
		listen_socket_set_drops(sock, drops);
	} else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
		memcpy(destination, data, sizeof(*destination));
	} else if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
		memcpy(&info, data, sizeof(info));
		listen_map_ipv4(destination, &info.ipi_addr);
	} else if (control->cmsg_level == SOL_UDP && control->cmsg_type == UDP_GRO) {
		memcpy(&size, data, sizeof(size));
		message->datagram_len = size > 0 ? (uint32_t)size : 0;
	}
}

static void listen_begin_message(struct listen *listen)
{
	unsigned at = listen->at++;
	struct listen_socket *sock = &listen->sock[listen->turn];
	struct msghdr *header = &listen->headers[at].msg_hdr;
	struct sockaddr_in6 from = listen->from[at];
	struct in6_addr destination = { 0 };
	struct listen_message *message = &listen->message;

	*message = (struct listen_message){ .port = sock->port };
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c))
		listen_take_control(sock, message, c, &destination);
	if (!sock->ipv6) {
		struct sockaddr_in in;

		memcpy(&in, &listen->from[at], sizeof(in));
		listen_map_ipv4(&from.sin6_addr, &in.sin_addr);
		from.sin6_port = in.sin_port;
	}
	listen_set_addresses(message, &from, destination.s6_addr);
	message->next = listen->memory + (size_t)at * STRIDE + HEADROOM;
	message->left = listen->headers[at].msg_len;
	sock->joined |= message->datagram_len != 0 && message->datagram_len < message->left;
	if (message->datagram_len == 0)
		message->datagram_len = message->left;
	if (message->time_ns == 0)
		message->time_ns = clock_ns(CLOCK_REALTIME);
}

/* RFC 791 section 3.1: the length includes this header. */
static void listen_write_ipv4(const struct listen_message *message, struct patch room, uint32_t len)
{
	enum { VERSION_IHL = 0x4500, DONT_FRAGMENT = 0x4000, TTL_UDP = 64 << 8 | IPPROTO_UDP };

	patch_be16(room, 0, VERSION_IHL);
	patch_be16(room, 2, (uint16_t)len);
	patch_be16(room, 4, 0);
	patch_be16(room, 6, DONT_FRAGMENT);
	patch_be16(room, 8, TTL_UDP);
	patch_be16(room, 10, 0);
	patch_copy(room, 12, message->source, 4);
	patch_copy(room, 16, message->destination, 4);
	patch_be16(room, 10, checksum_fold(checksum_add(0, patch_span(patch_first(room, 20)))));
}

/* RFC 8200 section 3: the length does not include this header. */
static void listen_write_ipv6(const struct listen_message *message, struct patch room, uint32_t len)
{
	patch_be32(room, 0, 0x60000000);
	patch_be16(room, 4, (uint16_t)len);
	patch_be16(room, 6, IPPROTO_UDP << 8 | 64);
	patch_copy(room, 8, message->source, 16);
	patch_copy(room, 24, message->destination, 16);
}

/*
 * Writes IP and UDP headers in front of the datagram, into the slot's headroom or over the end of
 * the datagram that was delivered before it. Returns their length.
 */
static uint32_t listen_write_headers(const struct listen_message *message, uint32_t len)
{
	enum { IPV4 = 20, IPV6 = 40, UDP = 8 };
	uint32_t ip = message->version == 4 ? IPV4 : IPV6;
	struct patch room = { message->next - ip - UDP, ip + UDP };
	struct patch udp = patch_from(room, ip);

	if (message->version == 4)
		listen_write_ipv4(message, room, ip + UDP + len);
	else
		listen_write_ipv6(message, room, UDP + len);
	patch_be16(udp, 0, message->source_port);
	patch_be16(udp, 2, message->port);
	patch_be16(udp, 4, (uint16_t)(UDP + len));
	patch_be16(udp, 6, 0);
	return ip + UDP;
}

static void listen_give_datagram(struct listen *listen, struct packet *packet)
{
	struct listen_message *message = &listen->message;
	uint32_t len =
		message->left < message->datagram_len ? message->left : message->datagram_len;
	uint32_t headers = listen_write_headers(message, len);

	*packet = (struct packet){ .time_ns = message->time_ns,
				   .ticks = (uint64_t)message->time_ns,
				   .data = message->next - headers,
				   .caplen = headers + len,
				   .len = headers + len,
				   .linktype = LINK_RAW,
				   .interface = &listen->interface,
				   .number = ++listen->source.packets };
	message->next += len;
	message->left -= len;
	message->given = true;
}

/* Delivers the next datagram that was already read. Returns false if there is none. */
static bool listen_give_next(struct listen *listen, struct packet *packet)
{
	struct listen_message *message = &listen->message;

	if (message->given && message->left == 0 && listen->at == listen->filled)
		return false;
	if (message->given && message->left == 0)
		listen_begin_message(listen);
	listen_give_datagram(listen, packet);
	return true;
}

static void listen_reset_headers(struct listen *listen)
{
	for (unsigned i = 0; i < listen->filled; i++) {
		listen->headers[i].msg_hdr.msg_namelen = sizeof(listen->from[i]);
		listen->headers[i].msg_hdr.msg_controllen = sizeof(listen->control[i]);
	}
}

/* Reads a batch from socket listen->turn. Returns false and sets err if the socket is broken. */
static bool listen_read_batch(struct listen *listen, struct error *err)
{
	struct listen_socket *sock = &listen->sock[listen->turn];
	int got;

	listen_reset_headers(listen);
	listen->at = listen->filled = 0;
	got = recvmmsg(sock->fd, listen->headers, BATCH, MSG_DONTWAIT, NULL);
	if (got < 0 && errno != EAGAIN && errno != EINTR && errno != ENOMEM)
		return error_errno(err, "UDP port %u", sock->port);
	listen->filled = got > 0 ? (unsigned)got : 0;
	sock->ready =
		got == BATCH || (got > 0 && listen->drain.begun) || (got < 0 && errno == EINTR);
	listen_socket_leave_gro(sock, !sock->ready, got < 0 && errno == EAGAIN);
	/* Datagrams that arrived before the filter was set are still in the queue. */
	sock->ready |= sock->gro == LISTEN_GRO_FENCED;
	if (got > 0 && !listen->unflushed) {
		listen->unflushed = true;
		listen->flush_due_ns = clock_ns(CLOCK_MONOTONIC) + flush_interval_ns;
	}
	return true;
}

/* Chooses a socket to read, in turns. Returns false if none is ready. */
static bool listen_next_ready(struct listen *listen)
{
	for (unsigned i = 1; i <= listen->count; i++) {
		unsigned turn = (listen->turn + i) % listen->count;

		if (listen->sock[turn].ready) {
			listen->turn = turn;
			return true;
		}
	}
	return false;
}

static bool listen_call_hook(struct listen *listen)
{
	const struct source_hook *hook = &listen->source.hook;

	listen->unflushed = false;
	return !hook->before_wait || hook->before_wait(hook->arg);
}

/* Lets datagrams queue up, because a wake-up for each would cost more than all other work on it. */
static void listen_gather(void)
{
	struct timespec while_ns = { .tv_nsec = gather_ns };

	nanosleep(&while_ns, NULL);
}

/* Waits until a socket is readable or the hook is due. Returns false if the pipeline is to end, or
 * with err set. */
static bool listen_wait_ready(struct listen *listen, struct error *err)
{
	struct pollfd fds[LISTEN_MAX + INTERRUPT_OWN_FDS];

	if (listen->unflushed)
		listen_gather();
	for (unsigned i = 0; i < listen->count; i++)
		fds[i] = (struct pollfd){ .fd = listen->sock[i].fd, .events = POLLIN };
	switch (interrupt_poll(fds, listen->count, listen->unflushed ? quiet_ns : -1)) {
	case WOKEN_READY:
		for (unsigned i = 0; i < listen->count; i++)
			listen->sock[i].ready = fds[i].revents != 0;
		return true;
	case WOKEN_TIMEOUT:
	case WOKEN_EVENT:
		return listen_call_hook(listen);
	case WOKEN_FAILED:
		return error_errno(err, "poll");
	case WOKEN_END:
		break;
	}
	return true;
}

static bool listen_wait_more(struct listen *listen, struct error *err)
{
	if (listen->drain.begun)
		return listen_drain_has_more(listen->sock, listen->count);
	return listen_wait_ready(listen, err);
}

/* Reads or waits until there is a message. Returns false at the end, or with err set. */
static bool listen_fetch(struct listen *listen, struct error *err)
{
	while (listen->filled == 0 || listen->at == listen->filled) {
		if (!listen->drain.begun && interrupt_seen())
			listen_drain_begin(&listen->drain, listen->sock, listen->count);
		if (listen_drain_is_late(&listen->drain))
			return false;
		if (listen->unflushed && clock_ns(CLOCK_MONOTONIC) > listen->flush_due_ns &&
		    !listen_call_hook(listen))
			return false;
		if (listen_next_ready(listen)) {
			if (!listen_read_batch(listen, err))
				return false;
		} else if (!listen_wait_more(listen, err)) {
			return false;
		}
	}
	return true;
}

static void listen_say_lower_limit(struct listen *listen)
{
	if (listen->said_lower_limit)
		return;
	for (unsigned i = 0; i < listen->count; i++) {
		const struct listen_socket *sock = &listen->sock[i];

		if (sock->dropped == 0 || !sock->joined)
			continue;
		listen->said_lower_limit = true;
		listen_say(listen,
			   "the kernel dropped datagrams that it had joined (UDP_GRO): at least "
			   "as many as it counted are lost");
		return;
	}
}

static enum source_result listen_next(struct source *source, struct packet *packet,
				      struct block *block, struct error *err)
{
	struct listen *listen = (struct listen *)source;

	if (!listen->section_given) {
		/* The reader of a pipe gets the header of the capture before any packet comes. */
		listen->section_given = listen->unflushed = true;
		*block = (struct block){ .kind = BLOCK_SECTION, .section = &listen->section };
		return SOURCE_BLOCK;
	}
	if (listen_give_next(listen, packet))
		return SOURCE_PACKET;
	err->text[0] = '\0';
	if (listen_fetch(listen, err)) {
		listen_give_next(listen, packet);
		return SOURCE_PACKET;
	}
	return err->text[0] ? SOURCE_ERROR : SOURCE_END;
}

static void listen_close(struct source *source)
{
	struct listen *listen = (struct listen *)source;

	for (unsigned i = 0; i < listen->count; i++)
		listen_socket_close(&listen->sock[i]);
	free(listen->memory);
	free(listen);
}

static const struct source_ops listen_ops = { .next = listen_next, .close = listen_close };

static bool listen_open_sockets(struct listen *listen, struct error *err)
{
	uint64_t buffer = listen->config.buffer ? listen->config.buffer : DEFAULT_BUFFER;
	char text[160];

	for (; listen->count < listen->config.count; listen->count++)
		if (!listen_socket_open(&listen->sock[listen->count],
					&listen->config.addresses[listen->count], buffer, err))
			return false;
	if (listen_socket_describe_caps(listen->sock, listen->count, buffer, text, sizeof(text)))
		listen_say(listen, text);
	return true;
}

static void listen_prepare_headers(struct listen *listen)
{
	for (unsigned i = 0; i < BATCH; i++) {
		listen->iov[i] = (struct iovec){ listen->memory + (size_t)i * STRIDE + HEADROOM,
						 PAYLOAD_MAX };
		listen->headers[i].msg_hdr = (struct msghdr){ .msg_name = &listen->from[i],
							      .msg_iov = &listen->iov[i],
							      .msg_iovlen = 1,
							      .msg_control = &listen->control[i] };
	}
	listen->filled = BATCH;
	listen_reset_headers(listen);
	listen->at = listen->filled = 0;
	listen->message.given = true;
}

static struct listen *listen_new(const struct listen_config *config, struct error *err)
{
	struct listen *listen;

	if (config->count == 0 || config->count > LISTEN_MAX) {
		error_usage(err, "1 to %d UDP sockets, not %u", LISTEN_MAX, config->count);
		return NULL;
	}
	listen = calloc(1, sizeof(*listen));
	if (listen)
		listen->memory = malloc((size_t)BATCH * STRIDE);
	if (listen && listen->memory)
		return listen;
	error_errno(err, "%u UDP sockets", config->count);
	free(listen);
	return NULL;
}

struct source *listen_open(const struct listen_config *config, struct error *err)
{
	struct listen *listen = listen_new(config, err);

	if (!listen)
		return NULL;
	listen->config = *config;
	listen->section.serial = packet_serial();
	listen->interface = (struct interface){ .serial = packet_serial(),
						.section = &listen->section,
						.linktype = LINK_RAW,
						.snaplen = 262144,
						.ticks_per_s = 1000000000,
						.name = "listen" };
	listen->source = (struct source){
		.ops = &listen_ops, .name = "listen", .format = "pcapng", .drains = true
	};
	listen_prepare_headers(listen);
	if (listen_open_sockets(listen, err))
		return &listen->source;
	listen_close(&listen->source);
	return NULL;
}

uint64_t listen_dropped(struct source *source)
{
	struct listen *listen = (struct listen *)source;
	uint64_t dropped = 0;

	for (unsigned i = 0; i < listen->count; i++) {
		listen_socket_read_drops(&listen->sock[i]);
		dropped += listen->sock[i].dropped;
	}
	listen_say_lower_limit(listen);
	return dropped;
}
