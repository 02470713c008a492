/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traffic for the sink that sends, and a collector that judges what arrives of it: mirrored UDP
 * datagrams that say which of which flow they are.
 */
#ifndef VTAP_TESTS_LIB_TRAFFIC_H
#define VTAP_TESTS_LIB_TRAFFIC_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "header/checksum.h"
#include "lib/build.h"
#include "live/send.h"
#include "tunnel/outer_header.h"

enum { FLOWS_MAX = 1024, ROOM = 9400, INNER = 14 + 20 + 8, VXLAN = 8, STAMP = 8, SIZES = 16 };

/* What send is told, and what became of it. */
struct job {
	struct send_config config;
	struct target targets[SEND_TARGETS_MAX];
	struct outer_header outer_header[SEND_TARGETS_MAX];
	const struct outer_header *outer_headers[SEND_TARGETS_MAX];
	struct interface interface[SEND_TARGETS_MAX];
	const char *from;
	unsigned flows, sizes, size[SIZES]; /* of the mirrored packets */
	uint64_t count, told, wrong;	    /* told: failed() calls */
	uint64_t batch, pause_us;	    /* a flush after so many frames, then a pause */
	uint64_t number;
	uint32_t sequence[FLOWS_MAX], mtu;
	const volatile sig_atomic_t *ended; /* stops a run; may be NULL */
	bool obey;			    /* cuts frames to what mtu() says */
	uint8_t frame[SEND_FRAMES_MAX + 1][ROOM];
};

static inline void job_failed(void *arg, unsigned target, uint64_t number)
{
	struct job *job = arg;

	job->told++;
	job->wrong += target >= job->config.count || number > job->number ||
		      number + SEND_FRAMES_MAX <= job->number;
}

static inline void job_mtu(void *arg, unsigned target, uint32_t mtu)
{
	struct job *job = arg;

	(void)target;
	job->mtu = mtu;
}

static inline void job_say(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "# %s\n", text);
}

static inline void job_begin(struct job *job)
{
	unsigned i;

	memset(job, 0, sizeof(*job));
	job->config = (struct send_config){ .outer_headers = job->outer_headers,
					    .targets = job->targets,
					    .engine = ENGINE_SOCKET,
					    .failed = job_failed,
					    .mtu = job_mtu,
					    .say = job_say,
					    .arg = job };
	job->flows = 32;
	job->count = 1000;
	job->batch = 1000;
	for (i = 0; i < SEND_TARGETS_MAX; i++) {
		job->outer_headers[i] = &job->outer_header[i];
		job->interface[i] = (struct interface){ .id = i, .linktype = LINK_ETHERNET };
	}
}

static inline bool job_target(struct job *job, const char *uri)
{
	struct error err;
	unsigned i = job->config.count;

	if (!target_parse(&job->targets[i], uri, &err))
		return false;
	target_outer_header(&job->targets[i], &job->outer_header[i]);
	job->config.count++;
	return job->targets[i].version != 0;
}

/* Where targets of both families are, once for each. */
static inline void job_from(struct job *job, const char *from)
{
	unsigned i;

	for (i = 0; i < job->config.count; i++)
		inet_pton(job->outer_header[i].version == 4 ? AF_INET : AF_INET6, from,
			  job->outer_header[i].source);
}

static inline uint8_t traffic_byte(uint32_t flow, uint32_t sequence, size_t at)
{
	return (uint8_t)(flow * 7 + sequence * 13 + at);
}

/* A UDP datagram that says which of its flow it is, with the rest by traffic_byte(). */
static inline struct span traffic_packet(struct build *b, uint32_t flow, uint32_t sequence,
					 size_t size)
{
	size_t len = size < INNER + STAMP ? STAMP : size - INNER, i;
	uint32_t stamp[2] = { htonl(flow), htonl(sequence) };

	b->start = b->end = 64;
	memcpy(b->room + b->end, stamp, STAMP);
	for (i = STAMP; i < len; i++)
		b->room[b->end + i] = traffic_byte(flow, sequence, i);
	b->end += len;
	build_udp(b, 7);
	build_ipv4(b, 1, 2, 17);
	build_be16(b->room + b->start + 10,
		   checksum_fold(checksum_add(0, span_of(b->room + b->start, 20))));
	build_ethernet(b, 0x0800);
	return span_of(build_data(b), build_len(b));
}

/* The next frame goes to every target. */
static inline bool job_put(struct job *job, struct sink *sink)
{
	static struct build b;
	uint32_t flow = (uint32_t)(job->number / 3 % job->flows);
	size_t size = job->sizes ? job->size[job->number % job->sizes] : 100;
	struct tunnel_build what = { .payload =
					     traffic_packet(&b, flow, job->sequence[flow]++, size),
				     .linktype = LINK_ETHERNET };
	struct error err;
	bool good = true;
	unsigned i;

	job->number++;
	for (i = 0; i < job->config.count; i++) {
		static unsigned held;
		uint8_t *room = job->frame[held++ % (SEND_FRAMES_MAX + 1)];
		const struct outer_header *outer_header = &job->outer_header[i];
		struct packet packet = { .data = room,
					 .linktype = LINK_ETHERNET,
					 .number = job->number,
					 .interface = &job->interface[i] };
		size_t overhead, most = job->mtu + ETHERNET_LEN;

		what.has_id = job->targets[i].has_id;
		what.id = job->targets[i].id;
		overhead = outer_header_overhead(outer_header, &what);
		if (job->obey && overhead + what.payload.len > most)
			what.payload = span_first(what.payload, most - overhead);
		packet.caplen = packet.len = (uint32_t)outer_header_build(
			outer_header, &what, outer_header_source_port(flow * 2654435761u >> 7),
			(uint16_t)job->number, (struct patch){ room, ROOM });
		good = packet.caplen > 0 && sink_put(sink, &packet, &err) && good;
	}
	return good;
}

static inline bool job_run(struct job *job, struct sink *sink)
{
	struct error err;
	uint64_t i;
	bool good = true;

	for (i = 1; i <= job->count && !(job->ended && *job->ended); i++) {
		good = job_put(job, sink) && good;
		if (i % job->batch == 0) {
			sink_flush(sink, &err);
			usleep((useconds_t)job->pause_us);
		}
	}
	sink_flush(sink, &err);
	return good;
}

/* What a collector finds. */
struct collector {
	int fd;
	uint64_t received, damaged, disordered, missing, moved;
	unsigned ports;
	uint32_t next[FLOWS_MAX];
	uint16_t port_of[FLOWS_MAX]; /* of the flow */
	bool used[65536];
};

static inline void collector_judge(struct collector *c, uint16_t port, struct span datagram)
{
	struct span payload = span_from(datagram, VXLAN + INNER);
	uint32_t flow, sequence;
	uint8_t byte;
	size_t i;

	c->received++;
	if (!span_be32(payload, 0, &flow) || !span_be32(payload, 4, &sequence) ||
	    flow >= FLOWS_MAX) {
		c->damaged++;
		return;
	}
	for (i = STAMP; span_u8(payload, i, &byte); i++)
		if (byte != traffic_byte(flow, sequence, i))
			break;
	c->damaged += i < payload.len;
	c->disordered += sequence < c->next[flow];
	c->missing += sequence > c->next[flow] ? sequence - c->next[flow] : 0;
	c->next[flow] = sequence + 1;
	c->ports += !c->used[port];
	c->used[port] = true;
	c->moved += c->port_of[flow] != 0 && c->port_of[flow] != port;
	c->port_of[flow] = port;
}

static inline bool collector_open(struct collector *c, uint16_t port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int size = 256 << 20;

	memset(c, 0, sizeof(*c));
	c->fd = socket(AF_INET6, SOCK_DGRAM, 0);
	setsockopt(c->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return bind(c->fd, (struct sockaddr *)&any, sizeof(any)) == 0;
}

/* All that is there within wait_ms. */
static inline void collector_take(struct collector *c, int wait_ms)
{
	static uint8_t room[65536];
	struct pollfd ready = { .fd = c->fd, .events = POLLIN };

	while (poll(&ready, 1, wait_ms) > 0) {
		struct sockaddr_in6 from = { 0 };
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(c->fd, room, sizeof(room), MSG_DONTWAIT,
				     (struct sockaddr *)&from, &len);

		if (n >= 0)
			collector_judge(c, ntohs(from.sin6_port), span_of(room, (size_t)n));
	}
}

#endif
