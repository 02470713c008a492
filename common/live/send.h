/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sink that sends the frames of tunnel/outer_header.h to their targets. It has two engines:
 * sockets, where the kernel writes the outer headers (UDP, or raw IP for GRE), and a packet socket
 * on the uplink, which takes whole frames. It does not wait for a slow target: each frame is
 * counted as sent or as failed.
 */
#ifndef VTAP_LIVE_SEND_H
#define VTAP_LIVE_SEND_H

#include "capture/sink.h"
#include "tunnel/target.h"

enum {
	SEND_TARGETS_MAX = 64, /* send_open() refuses more */
	SEND_PORTS_MAX = 64,   /* send_open() refuses more */
	/* Frames are not copied: the bytes of a frame must stay as they are until the next flush,
	 * or until SEND_FRAMES_MAX further frames were put. */
	SEND_FRAMES_MAX = 64,
};

enum send_engine {
	ENGINE_AUTO,   /* for each target: sockets for UDP where a network card completes checksums,
			  else a packet socket if it may be used */
	ENGINE_SOCKET, /* UDP or raw IP sockets, "udp" on the command line */
	ENGINE_PACKET, /* a packet socket */
};

/* The arrays are read within send_open(), send_retarget() and send_arrive() only. */
struct send_config {
	/* Of each target: addresses, port, TTL, DSCP, may_fragment. The sink ignores MAC addresses,
	 * and the socket engine ignores `checksum`, since the kernel writes UDP checksums. A target
	 * whose source or destination is 0 has no address yet; it needs `absent`. */
	const struct outer_header *const *outer_headers;
	const struct target *targets; /* for each, its zone, and what names it in messages */
	unsigned count;		      /* of targets and outer headers: 1 to SEND_TARGETS_MAX */
	enum send_engine engine;
	unsigned ports; /* UDP sockets, each with its source port, for a target; 0 means 8 */
	/*
	 * Called for each frame that could not be sent: target is its index, number is that of the
	 * packet that was put. Called within put, flush, close or send_retarget(), before
	 * SEND_FRAMES_MAX further frames were put. May be NULL.
	 */
	void (*failed)(void *arg, unsigned target, uint64_t number);
	/* Called when the path to a target takes outer IP packets of at most mtu bytes from now on,
	 * and for each path that is opened if its MTU is known. May be NULL. */
	void (*mtu)(void *arg, unsigned target, uint32_t mtu);
	/* Called within send_open() for each target to which there is no route, as *why says: it is
	 * absent until send_arrive(), and what is put for it fails. NULL if targets are not waited
	 * for: then send_open() fails. */
	void (*absent)(void *arg, unsigned target, const struct error *why);
	/* Called with a message for the user when a target fails, when it has recovered, and when
	 * no card completes the checksums of its frames. May be NULL. */
	void (*say)(void *arg, const char *text);
	void *arg; /* first argument of failed, mtu, absent and say */
};

/*
 * Opens a path to each target that is not absent. The sink takes packets that begin with room for
 * an Ethernet header, with the outer IP header behind it; packet.interface->id is the index of the
 * target. Returns NULL and sets err if there is no route to a target, no permission, an outer
 * source address that is not of this host (the packet engine takes any), or too many targets or
 * ports (an error of usage). The caller ends with sink_close(), which sends what waits.
 */
struct sink *send_open(const struct send_config *config, struct error *err);

/* Returns the name of the engine in use for a target, a string constant: "udp", "raw ip" or
 * "packet"; or "none" if the target is absent. */
const char *send_engine(const struct sink *sink, unsigned target);

/*
 * Replaces the config, which must have as many targets: sends what waits, then opens new paths to
 * those targets whose addresses, zone, port, encapsulation, TTL, DSCP or may_fragment differ. All
 * others keep their path, even if engine or ports differ. Returns false, sets err and keeps all old
 * paths if one of the new ones cannot be opened.
 */
bool send_retarget(struct sink *sink, const struct send_config *config, struct error *err);

/*
 * Replaces the config, and opens the path to an absent target, which has both addresses in it now.
 * Returns false, sets err and keeps the old config if the path cannot be opened; err->number is
 * ENETUNREACH if that is because there is no route.
 */
bool send_arrive(struct sink *sink, const struct send_config *config, unsigned target,
		 struct error *err);

struct send_counts {
	uint64_t sent;	 /* frames that the kernel took. Those that it drops after that count, too:
			    while it resolves the next hop's MAC address it queues only some */
	uint64_t failed; /* frames that the kernel refused, or that were not given to it */
	uint64_t bytes;	 /* of outer IP packets that were sent */
};

/* Fills counts with those of a target since send_open(). */
void send_counts(const struct sink *sink, unsigned target, struct send_counts *counts);

/*
 * Calls each(arg, name, count) for every errno that occurred for a target. name is a string
 * constant such as "ECONNREFUSED", or "no_route" while the target was absent. Errors are counted
 * even if the frame was then sent by a second try, so their sum is not the number of failed frames.
 */
void send_each_error(const struct sink *sink, unsigned target,
		     void (*each)(void *arg, const char *name, uint64_t count), void *arg);

#endif
