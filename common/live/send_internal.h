/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of tunnel.c, by nobody else. A target has a path: the sockets of one engine.
 * Frames are collected by sock (one socket) and leave in batches.
 */
#ifndef VTAP_LIVE_SEND_INTERNAL_H
#define VTAP_LIVE_SEND_INTERNAL_H

#include <sys/socket.h>

#include "live/send.h"
#include "tunnel/outer_header.h"

/* Above every errno of Linux (133, EHWPOISON). */
enum { SEND_ERRNOS = 136, SEND_FRAGMENT_MAX = 65536 };

struct send_target;

/* One socket, and the frames that wait for it, in order. */
struct send_socket {
	int fd;
	uint8_t count;
	uint8_t frames[SEND_FRAMES_MAX]; /* indices of struct send_sink's frames */
	struct send_target *target;
};

struct send_path {
	enum send_engine engine;
	struct outer_header outer_header;
	char zone[TARGET_ZONE_MAX + 1];
	unsigned count;
	struct send_socket *sockets;
	uint32_t mtu;	 /* bytes of an outer IP packet; 0: not known */
	uint16_t skip;	 /* bytes of the outer IP packet that the kernel writes itself */
	bool segments;	 /* UDP_SEGMENT works here */
	bool split;	 /* but its segments could be lost unseen: tunnel_qdisc.c */
	bool stacked;	 /* the device hands packets to others */
	uint32_t device; /* 0: not known */
	int unreachable; /* what frames fail with, unsent; 0: the path is open */

	/* Of the packet engine. */
	uint8_t ethernet[ETHERNET_LEN];
	uint32_t identification; /* of fragments */
	int64_t known_ns;	 /* when the next hop's address was known last; 0: never */
	bool pending;		 /* it has been asked for */
	int icmp;		 /* socket; -1: none */
	uint32_t route_mtu;	 /* by the route */
	uint32_t path_mtu;	 /* what a router told of at path_ns; 0: nothing */
	int64_t path_ns;
};

struct send_target {
	struct send_path path;
	unsigned index;
	char name[TARGET_NAME_MAX];
	struct send_counts counts;
	uint64_t errors[SEND_ERRNOS];
	int trouble;	    /* the error that was said last; 0: all is well */
	int64_t trouble_ns; /* when an error came last */
	int64_t said_ns;    /* when trouble was */
	int64_t waited_ns;  /* when a full socket was waited for last */
};

struct send_frame {
	struct span packet; /* from the outer IP header on; Ethernet's stands in front */
	uint64_t number;
};

/* Frames that leave as one message: of one size but the last. */
struct send_run {
	uint8_t first, count; /* of the sock's frames */
};

enum { SEND_QDISCS_MAX = 32 };

/* Devices whose queue takes packets apart. */
struct send_qdiscs {
	unsigned count; /* more than SEND_QDISCS_MAX: not all are here */
	uint32_t device[SEND_QDISCS_MAX];
};

struct monitor;
struct route;
struct neighbour;

struct send_sink {
	struct sink sink;
	struct send_config config;
	struct send_target *targets;
	int64_t now_ns; /* at the last flush; coarse */
	int64_t tick_ns;
	struct monitor *watch;
	int64_t read_ns, looked_ns; /* the watch; the paths */
	bool changed;		    /* something, since */
	struct send_qdiscs qdiscs;
	int64_t qdiscs_ns;   /* when they were read */
	bool queues_changed; /* since */

	struct send_frame frame[SEND_FRAMES_MAX];
	unsigned held;
	struct send_socket *busy[SEND_FRAMES_MAX]; /* sockets with frames */
	unsigned busy_count;

	/* The messages of the one sock that is being sent. */
	struct send_run run[SEND_FRAMES_MAX];
	struct mmsghdr message[SEND_FRAMES_MAX];
	struct iovec iov[2 * SEND_FRAMES_MAX];
	union {
		char room[CMSG_SPACE(sizeof(uint16_t))];
		struct cmsghdr align;
	} control[SEND_FRAMES_MAX];
	uint8_t fragment[SEND_FRAGMENT_MAX];
};

/* tunnel_socket.c: path->outer_header, zone and engine are set, all else is filled. */
bool send_socket_open(struct send_path *path, unsigned ports, struct error *err);
/* The path MTU of a connected socket of path's, by its route as it is now; 0: not known. */
uint32_t send_socket_mtu(const struct send_path *path, int fd);
/* Closes the sockets of any engine and frees the sockets. */
void send_socket_close(struct send_path *path);

/* tunnel_packet.c: likewise, by a route; unreachable is set while the next hop does not answer. */
bool send_packet_open(struct send_path *path, const struct route *route, int64_t now_ns,
		      struct error *err);
/* The next hop of a route to outer_header's destination: neighbour_lookup(). */
bool send_packet_neighbour(struct neighbour *neighbour, const struct outer_header *outer_header,
			   const struct route *route, struct error *err);
/* After a change. False: no frame can go (err->number). */
bool send_packet_look(struct send_path *path, const struct route *route, int64_t now_ns,
		      struct error *err);
/* Sends a frame above the MTU in fragments, where it may, and counts it; nothing else waits. */
void send_packet_oversize(struct send_sink *tunnel, struct send_socket *sock,
			  const struct send_frame *frame);

/* An ICMP message about a packet of ours. */
struct send_icmp {
	int number;   /* the error of it */
	uint32_t mtu; /* of EMSGSIZE: what the next hop takes, at least what all must take */
};
/* send_icmp.c. message: as a raw socket gives it, with IPv4's header, without IPv6's. False: it
 * is no error, or not about a packet of this outer_header. */
bool send_icmp_parse(const struct outer_header *outer_header, struct span message,
		     struct send_icmp *icmp);
bool send_icmp_open(struct send_path *path, struct error *err);
/* A router takes mtu bytes only; holds for 10 minutes. */
void send_icmp_narrow(struct send_path *path, uint32_t mtu, int64_t now_ns);
/* What the path takes: of the route and of what routers told. */
uint32_t send_icmp_mtu(struct send_path *path, int64_t now_ns);
/* Counts what came about the target's packets, and tells of a new MTU. */
void send_icmp_drain(struct send_sink *tunnel, struct send_target *target);

/* tunnel_hop.c: opens a path by the engine that is asked for, or by the best. */
bool send_route_open(struct send_path *path, const struct send_config *config, int64_t now_ns,
		     struct error *err);
/* From now on send_route_watch(), called often, keeps the paths current. */
bool send_route_begin(struct send_sink *tunnel, struct error *err);
/* Looks at all paths anew. */
void send_route_refresh(struct send_sink *tunnel);
void send_route_watch(struct send_sink *tunnel);

/* tunnel_qdisc.c. */
void send_qdisc_read(struct send_qdiscs *qdiscs);
bool send_qdisc_splits(const struct send_qdiscs *qdiscs, const struct send_path *path);

/* tunnel_send.c: sends what a sock holds; all of it is counted then. */
void send_batch_socket(struct send_sink *tunnel, struct send_socket *sock);
/* One frame's fate: number is 0, or the error it failed with. */
void send_target_done(struct send_sink *tunnel, struct send_target *target,
		      const struct send_frame *frame, int number);
/* The target's path takes packets of mtu bytes from now on: tells, if that is news. */
void send_target_set_mtu(struct send_sink *tunnel, struct send_target *target, uint32_t mtu);

/* tunnel_errors.c: count errors came. */
void send_errors_add(struct send_sink *tunnel, struct send_target *target, int number,
		     unsigned count);
/* Empties and counts a socket's error queue; true when errors of earlier datagrams (ICMP) were in
 * it. */
bool send_errors_drain(struct send_sink *tunnel, struct send_socket *sock);
/* Says that a target takes frames again, when it has for a while. */
void send_errors_over(struct send_sink *tunnel, struct send_target *target);

#endif
