/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One network interface that packets are captured from. It is known by name and may vanish and
 * return; each time its packet rings are opened anew. Used by interfaces.c.
 */
#ifndef VTAP_LIVE_LIVE_INTERFACE_H
#define VTAP_LIVE_LIVE_INTERFACE_H

#include <poll.h>

#include "host/link.h"
#include "live/packet_ring.h"
#include "packet/packet.h"

/* Read within live_interface_open() only. */
struct live_interface_config {
	const char *filter;	 /* pcap-filter(7); "" for all packets */
	const char *bare_filter; /* as in struct interfaces_config */
	bool promiscuous;
	enum direction wanted; /* DIRECTION_UNKNOWN for both */
	bool directions;       /* the direction of each packet must be known */
	bool several;	       /* there are other interfaces: a frame has to wait for theirs */
};

struct live_interface;

/* A ring, and the oldest frame of it that was not delivered yet. */
struct interface_queue {
	struct live_interface *device; /* that the ring belongs to */
	struct packet_ring *ring;
	enum direction direction; /* of all its frames; DIRECTION_UNKNOWN if they are mixed */
	bool full;		  /* head holds a frame */
	bool done;		  /* no further frame is wanted */
	struct packet_ring_frame head;
	int64_t empty_until_ns; /* no frame older than this will come; packet time */
};

enum live_interface_state {
	LIVE_INTERFACE_OPEN,
	LIVE_INTERFACE_LEAVING, /* the interface is gone; its rings are read to the end */
	LIVE_INTERFACE_AWAY,	/* no ring is open */
};

struct live_interface {
	const char *name;  /* the caller's, or own_name; as long as this struct is in use */
	char own_name[16]; /* IFNAMSIZ bytes, for the caller's use */
	bool by_pattern;   /* the name was found by a pattern; the caller's */
	bool refused;	   /* the user was told why it cannot be opened; the caller's */
	uint64_t ring_len; /* bytes of each ring that will be opened */
	enum live_interface_state state;
	/* One ring, or one for each direction if directions must be known. */
	struct interface_queue queues[2];
	unsigned queue_count;
	/* What the kernel said of the interface last; all 0 for devices of libpcap that are no
	 * interface, as "any". */
	struct link link;
	uint32_t linktype;
	struct interface *interface; /* the caller's; this module does not touch it */
	bool seen;		     /* the interface was open before */
	/* CLOCK_MONOTONIC when the interface last vanished, or was found missing at the start; 0 if
	 * neither has happened. */
	int64_t since_ns;
	int64_t gone_ns;		   /* packet time when the interface last vanished */
	struct packet_ring_losses lost;	   /* frames lost by rings that are closed */
	struct packet_ring_losses earlier; /* those of them that live_interface_forget() left to
					      other interfaces */
	uint64_t gaps;			   /* times that the interface vanished */
	uint64_t replaced; /* times that another interface had the name afterwards */
	uint64_t gap_ns;   /* time it was away, without a gap that is still open */
};

/*
 * Opens the rings of device->name, and sets device->link and the state LIVE_INTERFACE_OPEN. The
 * state before is LIVE_INTERFACE_AWAY, ring_len is set, and all members that are not the caller's
 * are 0 the first time. Returns false,
 * sets err and leaves no ring open if that fails; waiting for the interface may help if err->number
 * is ENODEV or ENETDOWN. The caller ends with live_interface_close().
 */
bool live_interface_open(struct live_interface *device, const struct live_interface_config *config,
			 struct error *err);

enum { LIVE_INTERFACE_CHANGE_MAX = 160 }; /* bytes of the text, with the NUL */

/*
 * Returns true if *now, which has the name of device, is another interface than *was, which had it
 * before: its MAC address, type or kind differs. Then counts it in device->replaced and fills text,
 * such as "another interface, veth 02:00:00:00:00:02 (was veth 02:00:00:00:00:01)". Otherwise
 * returns false and leaves text as it was.
 */
bool live_interface_is_replaced(struct live_interface *device, const struct link *was,
				const struct link *now, char text[LIVE_INTERFACE_CHANGE_MAX]);

/* Returns true if the name still belongs to the interface that was opened, and updates
 * device->link. now: the interface that has the name now, or NULL if there is none. */
bool live_interface_is_there(struct live_interface *device, const struct link *now);

/*
 * Returns true if no frame older than wanted_ns can come by the queue. now_ns is the present; both
 * are packet time. That is so if all frames that the kernel has put into the ring by now_ns were
 * read, or if wanted_ns is so long ago that the kernel must have handed its block over.
 */
bool live_interface_is_read_until(struct interface_queue *queue, int64_t now_ns, int64_t wanted_ns);

/* Returns true if the kernel holds no further frame that is wanted. A frame may still be at the
 * head of a queue. */
bool live_interface_is_drained(struct live_interface *device);

/* Fills fds, which has room for 2, with the descriptors to poll for frames: those of queues whose
 * head is empty. Returns how many. */
unsigned live_interface_poll_fds(const struct live_interface *device, struct pollfd *fds);

/* Drops the frames that wait at the heads of queues and those in the rings up to end_ns (packet
 * time), and counts them as lost, because there is no time left to deliver them. */
void live_interface_abandon(struct live_interface *device, int64_t end_ns);

/* Closes the rings and keeps their losses. The caller sets the state. */
void live_interface_close(struct live_interface *device);

/* Adds the packets that open and closed rings have lost so far to *losses. */
void live_interface_add_losses(const struct live_interface *device,
			       struct packet_ring_losses *losses);

/* Returns the nanoseconds that the interface was away so far, with a gap that is still open. */
uint64_t live_interface_gap_ns(const struct live_interface *device);

/* Lets a device that is away be that of an interface that was not seen before. Its losses and gaps
 * up to now stay. */
void live_interface_forget(struct live_interface *device);

/* Returns the direction of the frame at the head of a queue of device, or DIRECTION_UNKNOWN. */
enum direction live_interface_direction(const struct live_interface *device,
					const struct interface_queue *queue);

#endif
