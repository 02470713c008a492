/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/listen.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "header/checksum.h"
#include "io/interrupt.h"
#include "live/listen_socket.h"

enum {
	BATCH = 64,		  /* datagrams, or runs of joined ones, a call */
	HEADROOM = 48,		  /* an IPv6 and a UDP header */
	SLOT = HEADROOM + 65536,  /* what UDP can carry, joined or not */
	STRIDE = SLOT + 64 * 9,	  /* not all slots in the same sets of the cache */
	CONTROL = 256,		  /* bytes of control messages a datagram */
	DEFAULT_BUFFER = 32 << 20 /* bytes a socket */
};

static const int64_t gather_ns = 500000, quiet_ns = 2000000, overdue_ns = 100000000,
		     drain_ns = 1000000000;

union control {
	struct cmsghdr align;
	uint8_t bytes[CONTROL];
};

/* One message of the kernel: a datagram, or several joined ones that are still to be cut. */
struct run {
	uint8_t version;
	uint8_t source[16], destination[16];
	uint16_t source_port, port;
	int64_t time_ns;
	uint32_t part; /* bytes of each datagram but the last */
	uint8_t *next; /* the next datagram, with its headers' room in front */
	uint32_t left; /* bytes from there on */
	bool given;    /* the first one: an empty datagram is one, too */
};

struct listen {
	struct source source;
	struct section section;
	struct interface interface;
	unsigned count;
	struct listen_socket sock[LISTEN_MAX];
	struct listen_config config;
	unsigned turn; /* the socket that was read last */
	/* What recvmmsg(2) filled: message[at .. filled-1] are to come; run is the present one. */
	unsigned at, filled;
	struct run run;
	struct mmsghdr message[BATCH];
	struct iovec part[BATCH];
	struct sockaddr_in6 from[BATCH];
	union control control[BATCH];
	uint8_t *memory;
	bool unflushed;
	int64_t overdue_at_ns; /* when what is unflushed has to go */
	bool ending;
	int64_t end_ns, end_real_ns; /* give up then; what came later is not waited for */
	bool told_least;
};

static void say(const struct listen *listen, const char *text)
{
	if (listen->config.say)
		listen->config.say(listen->config.say_arg, text);
}

static bool is_mapped(const uint8_t address[16])
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(address, prefix, sizeof(prefix)) == 0;
}

/* IPv4 on an IPv6 socket: ::ffff:a.b.c.d, for the sender and for the destination. */
static void set_addresses(struct run *run, const struct sockaddr_in6 *from,
			  const uint8_t destination[16])
{
	const uint8_t *source = from->sin6_addr.s6_addr;

	run->source_port = ntohs(from->sin6_port);
	run->version = is_mapped(source) ? 4 : 6;
	memcpy(run->source, source + (run->version == 4 ? 12 : 0), run->version == 4 ? 4 : 16);
	memcpy(run->destination, destination + (run->version == 4 ? 12 : 0),
	       run->version == 4 ? 4 : 16);
}

/* With mapped addresses there is one form for all. */
static void map(struct in6_addr *to, const struct in_addr *from)
{
	memset(to, 0, sizeof(*to));
	to->s6_addr[10] = to->s6_addr[11] = 0xff;
	memcpy(to->s6_addr + 12, from, sizeof(*from));
}

static void take_control(struct listen_socket *sock, struct run *run, struct cmsghdr *control,
			 struct in6_addr *destination)
{
	const void *data = CMSG_DATA(control);
	struct timespec time;
	struct in_pktinfo info;
	uint32_t drops;
	int size;

	if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_TIMESTAMPNS) {
		memcpy(&time, data, sizeof(time));
		run->time_ns = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
	} else if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_RXQ_OVFL) {
		memcpy(&drops, data, sizeof(drops));
		listen_socket_set_drops(sock, drops);
	} else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
		memcpy(destination, data, sizeof(*destination));
	} else if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
		memcpy(&info, data, sizeof(info));
		map(destination, &info.ipi_addr);
	} else if (control->cmsg_level == SOL_UDP && control->cmsg_type == UDP_GRO) {
		memcpy(&size, data, sizeof(size));
		run->part = size > 0 ? (uint32_t)size : 0;
	}
}

/* The next message that recvmmsg(2) filled. */
static void begin_run(struct listen *listen)
{
	unsigned at = listen->at++;
	struct listen_socket *sock = &listen->sock[listen->turn];
	struct msghdr *message = &listen->message[at].msg_hdr;
	struct sockaddr_in6 from = listen->from[at];
	struct in6_addr destination = { 0 };
	struct run *run = &listen->run;

	*run = (struct run){ .port = sock->port };
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		take_control(sock, run, c, &destination);
	if (!sock->ipv6) {
		struct sockaddr_in in;

		memcpy(&in, &listen->from[at], sizeof(in));
		map(&from.sin6_addr, &in.sin_addr);
		from.sin6_port = in.sin_port;
	}
	set_addresses(run, &from, destination.s6_addr);
	run->next = listen->memory + (size_t)at * STRIDE + HEADROOM;
	run->left = listen->message[at].msg_len;
	sock->joined |= run->part != 0 && run->part < run->left;
	if (run->part == 0)
		run->part = run->left;
	if (run->time_ns == 0)
		run->time_ns = clock_ns(CLOCK_REALTIME);
	sock->done |= listen->ending && run->time_ns > listen->end_real_ns;
}

/* RFC 791 section 3.1; the length includes this header. */
static void put_ipv4(const struct run *run, struct patch room, uint32_t len)
{
	enum { VERSION_IHL = 0x4500, DONT_FRAGMENT = 0x4000, TTL_UDP = 64 << 8 | IPPROTO_UDP };

	patch_be16(room, 0, VERSION_IHL);
	patch_be16(room, 2, (uint16_t)len);
	patch_be16(room, 4, 0);
	patch_be16(room, 6, DONT_FRAGMENT);
	patch_be16(room, 8, TTL_UDP);
	patch_be16(room, 10, 0);
	patch_copy(room, 12, run->source, 4);
	patch_copy(room, 16, run->destination, 4);
	patch_be16(room, 10, checksum_fold(checksum_add(0, patch_span(patch_first(room, 20)))));
}

/* RFC 8200 section 3; the length is what follows this header. */
static void put_ipv6(const struct run *run, struct patch room, uint32_t len)
{
	patch_be32(room, 0, 0x60000000);
	patch_be16(room, 4, (uint16_t)len);
	patch_be16(room, 6, IPPROTO_UDP << 8 | 64);
	patch_copy(room, 8, run->source, 16);
	patch_copy(room, 24, run->destination, 16);
}

/*
 * The headers stand in front of the datagram: in the slot's headroom, or over the end of the
 * datagram that was given last. Returns their length.
 */
static uint32_t put_headers(const struct run *run, uint32_t len)
{
	enum { IPV4 = 20, IPV6 = 40, UDP = 8 };
	uint32_t ip = run->version == 4 ? IPV4 : IPV6;
	struct patch room = { run->next - ip - UDP, ip + UDP };
	struct patch udp = patch_from(room, ip);

	if (run->version == 4)
		put_ipv4(run, room, ip + UDP + len);
	else
		put_ipv6(run, room, UDP + len);
	patch_be16(udp, 0, run->source_port);
	patch_be16(udp, 2, run->port);
	patch_be16(udp, 4, (uint16_t)(UDP + len));
	patch_be16(udp, 6, 0);
	return ip + UDP;
}

static void give(struct listen *listen, struct packet *packet)
{
	struct run *run = &listen->run;
	uint32_t len = run->left < run->part ? run->left : run->part;
	uint32_t headers = put_headers(run, len);

	*packet = (struct packet){ .time_ns = run->time_ns,
				   .ticks = (uint64_t)run->time_ns,
				   .data = run->next - headers,
				   .caplen = headers + len,
				   .len = headers + len,
				   .linktype = LINK_RAW,
				   .interface = &listen->interface,
				   .number = ++listen->source.packets };
	run->next += len;
	run->left -= len;
	run->given = true;
}

/* What is at hand; false: read. */
static bool at_hand(struct listen *listen, struct packet *packet)
{
	struct run *run = &listen->run;

	if (run->given && run->left == 0 && listen->at == listen->filled)
		return false;
	if (run->given && run->left == 0)
		begin_run(listen);
	give(listen, packet);
	return true;
}

static void reset_messages(struct listen *listen)
{
	for (unsigned i = 0; i < listen->filled; i++) {
		listen->message[i].msg_hdr.msg_namelen = sizeof(listen->from[i]);
		listen->message[i].msg_hdr.msg_controllen = sizeof(listen->control[i]);
	}
}

/* Reads a batch of socket listen->turn. False and err when that failed for good. */
static bool read_batch(struct listen *listen, struct error *err)
{
	struct listen_socket *sock = &listen->sock[listen->turn];
	int got;

	reset_messages(listen);
	listen->at = listen->filled = 0;
	got = recvmmsg(sock->fd, listen->message, BATCH, MSG_DONTWAIT, NULL);
	if (got < 0 && errno != EAGAIN && errno != EINTR && errno != ENOMEM)
		return error_errno(err, "UDP port %u", sock->port);
	listen->filled = got > 0 ? (unsigned)got : 0;
	sock->ready = got == BATCH || (got > 0 && listen->ending) || (got < 0 && errno == EINTR);
	listen_socket_leave_gro(sock, !sock->ready, got < 0 && errno == EAGAIN);
	/* What got in before the fence is still to be read. */
	sock->ready |= sock->gro == LISTEN_GRO_FENCED;
	if (got > 0 && !listen->unflushed) {
		listen->unflushed = true;
		listen->overdue_at_ns = clock_ns(CLOCK_MONOTONIC) + overdue_ns;
	}
	return true;
}

/* Sockets take turns. */
static bool next_ready(struct listen *listen)
{
	for (unsigned i = 1; i <= listen->count; i++) {
		unsigned turn = (listen->turn + i) % listen->count;

		if (listen->sock[turn].ready && !listen->sock[turn].done) {
			listen->turn = turn;
			return true;
		}
	}
	return false;
}

static bool call_hook(struct listen *listen)
{
	const struct source_hook *hook = &listen->source.hook;

	listen->unflushed = false;
	return !hook->before_wait || hook->before_wait(hook->arg);
}

/* From now on the queues are only emptied. */
static void begin_end(struct listen *listen)
{
	listen->ending = true;
	listen->end_ns = clock_ns(CLOCK_MONOTONIC) + drain_ns;
	listen->end_real_ns = clock_ns(CLOCK_REALTIME);
	for (unsigned i = 0; i < listen->count; i++)
		listen->sock[i].ready = true;
}

/* While datagrams come, many at a time: a wake-up for each costs more than all else. */
static void gather(void)
{
	struct timespec while_ns = { .tv_nsec = gather_ns };

	nanosleep(&while_ns, NULL);
}

/* Until a socket has something. False: the hook wants an end. */
static bool wait_ready(struct listen *listen)
{
	struct pollfd fds[LISTEN_MAX];

	if (listen->unflushed)
		gather();
	for (unsigned i = 0; i < listen->count; i++)
		fds[i] = (struct pollfd){ .fd = listen->sock[i].fd, .events = POLLIN };
	switch (interrupt_poll(fds, listen->count, listen->unflushed ? quiet_ns : -1)) {
	case WOKEN_READY:
		for (unsigned i = 0; i < listen->count; i++)
			listen->sock[i].ready = fds[i].revents != 0;
		return true;
	case WOKEN_TIMEOUT:
	case WOKEN_EVENT:
		return call_hook(listen);
	case WOKEN_END:
		break;
	}
	return true;
}

/* Reads or waits until something is at hand. False: the end, or err is set. */
static bool fetch(struct listen *listen, struct error *err)
{
	while (listen->filled == 0 || listen->at == listen->filled) {
		if (!listen->ending && interrupt_seen())
			begin_end(listen);
		if (listen->ending && clock_ns(CLOCK_MONOTONIC) > listen->end_ns) {
			for (unsigned i = 0; i < listen->count; i++)
				listen_socket_abandon(&listen->sock[i]);
			return false;
		}
		if (listen->unflushed && clock_ns(CLOCK_MONOTONIC) > listen->overdue_at_ns &&
		    !call_hook(listen))
			return false;
		if (next_ready(listen)) {
			if (!read_batch(listen, err))
				return false;
		} else if (listen->ending || !wait_ready(listen)) {
			return false;
		}
	}
	return true;
}

static void tell_least(struct listen *listen)
{
	if (listen->told_least)
		return;
	for (unsigned i = 0; i < listen->count; i++) {
		const struct listen_socket *sock = &listen->sock[i];

		if (sock->dropped == 0 || !sock->joined)
			continue;
		listen->told_least = true;
		say(listen, "the kernel dropped datagrams that it had joined (UDP_GRO): at least "
			    "as many as it counted are lost");
		return;
	}
}

static enum source_result listen_next(struct source *source, struct packet *packet,
				      struct block *block, struct error *err)
{
	struct listen *listen = (struct listen *)source;

	(void)block;
	if (at_hand(listen, packet))
		return SOURCE_PACKET;
	err->text[0] = '\0';
	if (fetch(listen, err)) {
		at_hand(listen, packet);
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

static bool open_sockets(struct listen *listen, struct error *err)
{
	uint64_t buffer = listen->config.buffer ? listen->config.buffer : DEFAULT_BUFFER;
	uint64_t least = UINT64_MAX;
	char text[160];

	for (; listen->count < listen->config.count; listen->count++) {
		struct listen_socket *sock = &listen->sock[listen->count];

		if (!listen_socket_open(sock, &listen->config.addresses[listen->count], buffer,
					err))
			return false;
		if (sock->capped && sock->buffer < least)
			least = sock->buffer;
	}
	if (least == UINT64_MAX)
		return true;
	snprintf(text, sizeof(text),
		 "the kernel gives a receive buffer of %" PRIu64 " KiB, not %" PRIu64
		 ": the sysctl net.core.rmem_max is the limit",
		 least >> 10, buffer >> 10);
	say(listen, text);
	return true;
}

static void prepare_messages(struct listen *listen)
{
	for (unsigned i = 0; i < BATCH; i++) {
		listen->part[i] =
			(struct iovec){ listen->memory + (size_t)i * STRIDE + HEADROOM, 65536 };
		listen->message[i].msg_hdr = (struct msghdr){ .msg_name = &listen->from[i],
							      .msg_iov = &listen->part[i],
							      .msg_iovlen = 1,
							      .msg_control = &listen->control[i] };
	}
	listen->filled = BATCH;
	reset_messages(listen);
	listen->at = listen->filled = 0;
	listen->run.given = true;
}

struct source *listen_open(const struct listen_config *config, struct error *err)
{
	struct listen *listen = calloc(1, sizeof(*listen));
	uint8_t *memory = malloc((size_t)BATCH * STRIDE);

	if (!listen || !memory || config->count > LISTEN_MAX) {
		error_set(err, "not enough memory for %u sockets", config->count);
		free(memory);
		free(listen);
		return NULL;
	}
	listen->memory = memory;
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
	prepare_messages(listen);
	if (open_sockets(listen, err))
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
	tell_least(listen);
	return dropped;
}
