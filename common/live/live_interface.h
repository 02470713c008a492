/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One interface that packets are taken from, by name: it may go away and come back. */
#ifndef VTAP_LIVE_LIVE_INTERFACE_H
#define VTAP_LIVE_LIVE_INTERFACE_H

#include "live/interfaces.h"
#include "live/packet_ring.h"

/* A ring and the next frame of it. */
struct interface_queue {
	struct packet_ring *ring;
	enum direction direction; /* of all its frames; unknown: their header may tell */
	bool full;		  /* head is there */
	bool done;		  /* no more is wanted of it */
	struct packet_ring_frame head;
	int64_t empty_until_ns; /* nothing older comes: by the packets' clock */
};

enum live_interface_state {
	LIVE_INTERFACE_OPEN,
	LIVE_INTERFACE_LEAVING, /* the interface is gone; what the rings still hold is read */
	LIVE_INTERFACE_AWAY,
};

struct live_interface {
	const char *name;
	enum live_interface_state state;
	struct interface_queue queues[2];
	unsigned queue_count;
	uint32_t index; /* of the interface; 0: what has no index, "any" among others */
	uint32_t mtu;
	uint32_t linktype;
	struct interface *interface;   /* the caller's */
	bool seen;		       /* it was open once */
	int64_t since_ns;	       /* in this state, by the clock that is never set */
	struct interfaces_counts lost; /* by rings that are closed, and the gaps */
};

/* False and err: err->number is ENODEV or ENETDOWN where waiting may help. */
bool live_interface_open(struct live_interface *device, const struct interfaces_config *config,
			 struct error *err);

/* Looks whether the name still stands for the interface that is open, and at its MTU. */
bool live_interface_present(struct live_interface *device);

/* Everything that the kernel had put into its rings was given. */
bool live_interface_exhausted(struct live_interface *device);

/* Counts what its rings hold from before end_ns (by the packets' clock) as lost: nobody gets it. */
void live_interface_abandon(struct live_interface *device, int64_t end_ns);

/* Closes its rings and keeps what they lost. */
void live_interface_close(struct live_interface *device);

/* Adds its counts so far; an open gap counts, too. */
void live_interface_counts(const struct live_interface *device, struct interfaces_counts *counts);

/* Of a frame of queue. */
enum direction live_interface_direction(const struct live_interface *device,
					const struct interface_queue *queue);

#endif
