/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of tunnel.c, by nobody else. A target has a way: the sockets of one engine.
 * Frames are collected by lane (one socket) and leave in batches.
 */
#ifndef VTAP_SINK_TUNNEL_WAY_H
#define VTAP_SINK_TUNNEL_WAY_H

#include <sys/socket.h>

#include "envelope.h"
#include "sink/tunnel.h"

/* Above every errno of Linux (133, EHWPOISON). */
enum { TUNNEL_ERRNOS = 136, TUNNEL_FRAGMENT_MAX = 65536 };

struct tunnel_target;

/* One socket, and the frames that wait for it, in order. */
struct tunnel_lane {
	int fd;
	uint8_t count;
	uint8_t frames[TUNNEL_HELD]; /* indices of struct tunnel_sink's frames */
	struct tunnel_target *target;
};

struct tunnel_way {
	enum tunnel_engine engine;
	struct envelope envelope;
	char zone[TARGET_ZONE_MAX + 1];
	unsigned count;
	struct tunnel_lane *lanes;
	uint32_t mtu;	 /* bytes of an outer IP packet; 0: not known */
	uint16_t skip;	 /* bytes of the outer IP packet that the kernel writes itself */
	bool segments;	 /* UDP_SEGMENT works here */
	bool split;	 /* but its segments could be lost unseen: tunnel_qdisc.c */
	bool stacked;	 /* the device hands packets to others */
	uint32_t device; /* 0: not known */
	int unreachable; /* what frames fail with, unsent; 0: the way is open */

	/* Of the packet engine. */
	uint8_t ethernet[ENVELOPE_ETHERNET_LEN];
	uint32_t identification; /* of fragments */
	int64_t known_ns;	 /* when the next hop's address was known last; 0: never */
	bool pending;		 /* it has been asked for */
	int icmp;		 /* socket; -1: none */
	uint32_t route_mtu;	 /* by the route */
	uint32_t path_mtu;	 /* what a router told of at path_ns; 0: nothing */
	int64_t path_ns;
};

struct tunnel_target {
	struct tunnel_way way;
	unsigned index;
	char name[TARGET_NAME_MAX];
	struct tunnel_counts counts;
	uint64_t errors[TUNNEL_ERRNOS];
	int trouble;	    /* the error that was said last; 0: all is well */
	int64_t trouble_ns; /* when an error came last */
	int64_t said_ns;    /* when trouble was */
	int64_t waited_ns;  /* when a full socket was waited for last */
};

struct tunnel_frame {
	struct span packet; /* from the outer IP header on; Ethernet's stands in front */
	uint64_t number;
};

/* Frames that leave as one message: of one size but the last. */
struct tunnel_run {
	uint8_t first, count; /* of the lane's frames */
};

enum { TUNNEL_QDISCS_MAX = 32 };

/* Devices whose queue takes packets apart. */
struct tunnel_qdiscs {
	unsigned count; /* more than TUNNEL_QDISCS_MAX: not all are here */
	uint32_t device[TUNNEL_QDISCS_MAX];
};

struct link_watch;
struct route;
struct neighbour;

struct tunnel_sink {
	struct sink sink;
	struct tunnel_config config;
	struct tunnel_target *targets;
	int64_t now_ns; /* at the last flush; coarse */
	int64_t tick_ns;
	struct link_watch *watch;
	int64_t read_ns, looked_ns; /* the watch; the ways */
	bool changed;		    /* something, since */
	struct tunnel_qdiscs qdiscs;
	int64_t qdiscs_ns;   /* when they were read */
	bool queues_changed; /* since */

	struct tunnel_frame frame[TUNNEL_HELD];
	unsigned held;
	struct tunnel_lane *busy[TUNNEL_HELD]; /* lanes with frames */
	unsigned busy_count;

	/* The messages of the one lane that is being sent. */
	struct tunnel_run run[TUNNEL_HELD];
	struct mmsghdr message[TUNNEL_HELD];
	struct iovec iov[2 * TUNNEL_HELD];
	union {
		char room[CMSG_SPACE(sizeof(uint16_t))];
		struct cmsghdr align;
	} control[TUNNEL_HELD];
	uint8_t fragment[TUNNEL_FRAGMENT_MAX];
};

/* tunnel_socket.c: way->envelope, zone and engine are set, all else is filled. */
bool tunnel_socket_open(struct tunnel_way *way, unsigned ports, struct error *err);
/* The path MTU of a connected socket of way's, by its route as it is now; 0: not known. */
uint32_t tunnel_socket_mtu(const struct tunnel_way *way, int fd);
/* Closes the sockets of any engine and frees the lanes. */
void tunnel_socket_close(struct tunnel_way *way);

/* tunnel_packet.c: likewise, by a route; unreachable is set while the next hop does not answer. */
bool tunnel_packet_open(struct tunnel_way *way, const struct route *route, int64_t now_ns,
			struct error *err);
/* The next hop of a route to envelope's destination: route_neighbour(). */
bool tunnel_packet_neighbour(struct neighbour *neighbour, const struct envelope *envelope,
			     const struct route *route, struct error *err);
/* After a change. False: no frame can go (err->number). */
bool tunnel_packet_look(struct tunnel_way *way, const struct route *route, int64_t now_ns,
			struct error *err);
/* Sends a frame above the MTU in fragments, where it may, and counts it; nothing else waits. */
void tunnel_packet_oversize(struct tunnel_sink *tunnel, struct tunnel_lane *lane,
			    const struct tunnel_frame *frame);

/* An ICMP message about a packet of ours. */
struct tunnel_icmp {
	int number;   /* the error of it */
	uint32_t mtu; /* of EMSGSIZE: what the next hop takes, at least what all must take */
};
/* tunnel_icmp.c. message: as a raw socket gives it, with IPv4's header, without IPv6's. False: it
 * is no error, or not about a packet of this envelope. */
bool tunnel_icmp_parse(const struct envelope *envelope, struct span message,
		       struct tunnel_icmp *icmp);
bool tunnel_icmp_open(struct tunnel_way *way, struct error *err);
/* A router takes mtu bytes only; holds for 10 minutes. */
void tunnel_icmp_narrow(struct tunnel_way *way, uint32_t mtu, int64_t now_ns);
/* What the path takes: of the route and of what routers told. */
uint32_t tunnel_icmp_mtu(struct tunnel_way *way, int64_t now_ns);
/* Counts what came about the target's packets, and tells of a new MTU. */
void tunnel_icmp_drain(struct tunnel_sink *tunnel, struct tunnel_target *target);

/* tunnel_hop.c: opens a way by the engine that is asked for, or by the best. */
bool tunnel_hop_open(struct tunnel_way *way, const struct tunnel_config *config, int64_t now_ns,
		     struct error *err);
/* From now on tunnel_hop_watch(), called often, keeps the ways current. */
bool tunnel_hop_begin(struct tunnel_sink *tunnel, struct error *err);
/* Looks at all ways anew. */
void tunnel_hop_refresh(struct tunnel_sink *tunnel);
void tunnel_hop_watch(struct tunnel_sink *tunnel);

/* tunnel_qdisc.c. */
void tunnel_qdisc_read(struct tunnel_qdiscs *qdiscs);
bool tunnel_qdisc_splits(const struct tunnel_qdiscs *qdiscs, const struct tunnel_way *way);

/* tunnel_send.c: sends what a lane holds; all of it is counted then. */
void tunnel_send_lane(struct tunnel_sink *tunnel, struct tunnel_lane *lane);
/* One frame's fate: number is 0, or the error it failed with. */
void tunnel_send_settle(struct tunnel_sink *tunnel, struct tunnel_target *target,
			const struct tunnel_frame *frame, int number);
/* The target's path takes packets of mtu bytes from now on: tells, if that is news. */
void tunnel_send_mtu(struct tunnel_sink *tunnel, struct tunnel_target *target, uint32_t mtu);

/* tunnel_errors.c: count errors came. */
void tunnel_errors_add(struct tunnel_sink *tunnel, struct tunnel_target *target, int number,
		       unsigned count);
/* Empties and counts a socket's error queue; true when errors of earlier datagrams (ICMP) were in
 * it. */
bool tunnel_errors_drain(struct tunnel_sink *tunnel, struct tunnel_lane *lane);
/* Says that a target takes frames again, when it has for a while. */
void tunnel_errors_over(struct tunnel_sink *tunnel, struct tunnel_target *target);

#endif
