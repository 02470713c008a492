/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of the sending sink, shared by send.c and send_*.c. Each target has one path: the
 * sockets of one engine. A frame is queued on a socket, and the queues of all sockets are sent
 * together, when SEND_FRAMES_MAX frames wait or at a flush.
 */
#ifndef VTAP_LIVE_SEND_INTERNAL_H
#define VTAP_LIVE_SEND_INTERNAL_H

#include <sys/socket.h>

#include "header/fields.h"
#include "live/send.h"
#include "live/send_qdisc.h"
#include "tunnel/outer_header.h"

enum {
	SEND_NO_ROUTE = 135, /* stands for an errno: the target is absent */
	SEND_ERRNOS = 136,   /* above every errno of Linux (133, EHWPOISON) */
};

struct send_target;

/* One socket, and the frames that wait for it, in order. */
struct send_socket {
	int fd;
	uint8_t count;
	uint8_t frames[SEND_FRAMES_MAX]; /* indices into send_sink.frames */
	struct send_target *target;
};

struct send_path {
	enum send_engine engine; /* never ENGINE_AUTO */
	struct outer_header outer_header;
	char zone[TARGET_ZONE_MAX + 1]; /* interface of a link-local destination; empty: none */
	unsigned count;			/* of sockets */
	struct send_socket *sockets;	/* NULL while the path is not open */
	uint32_t mtu;			/* bytes of an outer IP packet; 0 if not known */
	uint16_t skip;	 /* bytes at the front of the outer IP packet that the kernel writes */
	bool segments;	 /* UDP_SEGMENT works on this path */
	bool split;	 /* a queueing discipline could drop single datagrams of a message
			    (send_qdisc.h), so UDP_SEGMENT is not used */
	bool stacked;	 /* device hands packets on to another device (bond, bridge, tunnel) */
	bool unfinished; /* the kernel leaves UDP checksums to a card, and device has none */
	uint32_t device; /* index of the interface that packets leave by; 0 if not known */
	bool unasked;	 /* the kernel could not be asked about the path, for lack of memory or
			    descriptors, since the last change */
	int unreachable; /* errno that every frame fails with, unsent; 0 while the path is usable */
	bool absent;	 /* there is no route yet: the one socket is no descriptor, and unreachable
			    stays SEND_NO_ROUTE */

	/* The packet engine's own. */
	uint8_t ethernet[ETHERNET_LEN]; /* header of every frame */
	int64_t known_ns;    /* when the MAC address of the next hop was last found in the
				kernel's table; 0 if never */
	uint8_t hop_version; /* IP version of the next hop; 0 if there was none yet */
	uint8_t hop[16];     /* address of the next hop; IPv4: the first 4 bytes, then zeros */
	bool pending;	     /* the kernel is resolving the next hop's address */
	int icmp;	     /* raw ICMP socket; -1 if none */
	int oversize;	     /* raw socket for frames above the MTU; -1 if none */
	uint32_t route_mtu;  /* bytes, of the route */
	uint32_t path_mtu;   /* bytes, from a router's ICMP error; 0 if none */
	int64_t path_ns;     /* when path_mtu was learned */
};

struct send_target {
	struct send_path path;
	unsigned index; /* in the config */
	char name[TARGET_NAME_MAX];
	struct send_counts counts;
	uint64_t errors[SEND_ERRNOS]; /* by errno */
	int error;		      /* errno that was reported last; 0 if the target is well */
	int64_t error_ns;	      /* when the last error occurred */
	uint64_t error_sent;	      /* counts.sent when the last error occurred */
	int64_t said_ns;	      /* when an error was last reported to the user */
	uint32_t said_unfinished;     /* device that the user was told of; 0 if none */
	int64_t waited_ns;	      /* when a full socket was last waited for */
};

struct send_frame {
	struct span packet; /* from the outer IP header on; room for Ethernet's is in front */
	uint64_t number;    /* that the caller gave it */
};

/* Frames of a socket's queue that leave as one message: a single one, or a UDP GSO packet, whose
 * frames have one length but for the last, which may be shorter. */
struct send_group {
	uint8_t first, count; /* of frames; first is a place in the socket's queue */
};

struct monitor;
struct xfrm_watch;

/* All times, here and in the structs above, are nanoseconds of CLOCK_MONOTONIC_COARSE. */
struct send_sink {
	struct sink base;
	struct send_config config;
	struct send_target *targets;
	int64_t now_ns;	 /* time of the last flush */
	int64_t poll_ns; /* when error queues and path MTUs were last looked at */

	struct xfrm_watch *policies;
	struct monitor *monitor;
	int64_t monitor_ns; /* when the monitor was last read */
	int64_t refresh_ns; /* when the paths were last updated */
	bool changed;	    /* routes, links or neighbours changed since refresh_ns */
	struct send_qdiscs qdiscs;
	int64_t qdiscs_ns;   /* when qdiscs was read */
	bool qdiscs_changed; /* queueing disciplines changed since qdiscs_ns */
	bool qdiscs_unasked; /* the kernel could not be asked about them at qdiscs_ns */

	struct send_frame frames[SEND_FRAMES_MAX];
	unsigned frame_count;
	struct send_socket *busy[SEND_FRAMES_MAX]; /* sockets that have frames */
	unsigned busy_count;

	/* The messages of the one socket that is being sent. */
	struct send_group groups[SEND_FRAMES_MAX];
	struct mmsghdr messages[SEND_FRAMES_MAX];
	struct iovec iov[2 * SEND_FRAMES_MAX];
	union {
		char room[CMSG_SPACE(sizeof(uint16_t))];
		struct cmsghdr align;
	} control[SEND_FRAMES_MAX];
};

#endif
