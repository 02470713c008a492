/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends frames of outer_header_build() for real. Two engines: sockets, where the kernel writes the
 * outer headers (UDP, or raw IP for GRE), and a packet socket on the uplink that takes whole
 * frames. Nothing waits for a slow target; every frame is sent or counted.
 */
#ifndef VTAP_LIVE_SEND_H
#define VTAP_LIVE_SEND_H

#include "capture/sink.h"
#include "tunnel/target.h"

enum { SEND_TARGETS_MAX = 64, SEND_PORTS_MAX = 64 };

enum send_engine {
	ENGINE_AUTO,   /* what is fastest and allowed */
	ENGINE_SOCKET, /* "udp" */
	ENGINE_PACKET,
};

struct send_config {
	const struct outer_header *const
		*outer_headers; /* one a target: addresses, port, TTL, DSCP, checksum mode */
	const struct target *targets;
	unsigned count;
	enum send_engine engine;
	bool even;	/* for ENGINE_AUTO: most frames will have one length (a cut stream) */
	unsigned ports; /* sockets, and source ports, a target; 0: 8 */
	/*
	 * A frame that was put could not be sent; frame->number is the one it was put with, target
	 * the index. Called within put, flush or close, before SEND_FRAMES_MAX further frames were
	 * put.
	 */
	void (*failed)(void *arg, unsigned target, uint64_t number);
	/* The path to a target takes outer IP packets of at most mtu bytes from now on. At the
	 * start, too. */
	void (*mtu)(void *arg, unsigned target, uint32_t mtu);
	void (*say)(void *arg, const char *text); /* what a person wants to hear, once a change */
	void *arg;
};

/*
 * The bytes of a frame that was put must stay as they are until the next flush or SEND_FRAMES_MAX
 * further frames: they are not copied.
 */
enum { SEND_FRAMES_MAX = 64 };

/*
 * Frames' packet.interface->id is the index of their target. NULL and err: no route, no permission,
 * an address that is not this host's.
 */
struct sink *send_open(const struct send_config *config, struct error *err);

/* "udp", "raw ip" or "packet". */
const char *send_engine(const struct sink *sink, unsigned target);

/* New addresses of targets (SIGHUP): opens what changed anew. False: the old ones stay. */
bool send_retarget(struct sink *sink, const struct send_config *config, struct error *err);

struct send_counts {
	uint64_t sent, failed; /* frames */
	uint64_t bytes;	       /* of outer IP packets sent */
};
void send_counts(const struct sink *sink, unsigned target, struct send_counts *counts);

/* Calls each(arg, "ECONNREFUSED", n) for every error number that came; a refusal that was repaired
 * by sending again is among them. */
void send_each_error(const struct sink *sink, unsigned target,
		     void (*each)(void *arg, const char *name, uint64_t count), void *arg);

#endif
