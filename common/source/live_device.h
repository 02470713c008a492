/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One interface that packets are taken from, by name: it may go away and come back. */
#ifndef VTAP_SOURCE_LIVE_DEVICE_H
#define VTAP_SOURCE_LIVE_DEVICE_H

#include "live.h"
#include "live_ring.h"

/* A ring and the next frame of it. */
struct live_lane {
	struct live_ring *ring;
	enum direction direction; /* of all its frames; unknown: their header may tell */
	bool full;		  /* head is there */
	bool done;		  /* no more is wanted of it */
	struct live_frame head;
	int64_t empty_until_ns; /* nothing older comes: by the packets' clock */
};

enum live_state {
	LIVE_OPEN,
	LIVE_LEAVING, /* the interface is gone; what the rings still hold is read */
	LIVE_AWAY,
};

struct live_device {
	const char *name;
	enum live_state state;
	struct live_lane lanes[2];
	unsigned lane_count;
	uint32_t index; /* of the interface; 0: what has no index, "any" among others */
	uint32_t mtu;
	uint32_t linktype;
	struct interface *interface; /* the caller's */
	bool seen;		     /* it was open once */
	int64_t since_ns;	     /* in this state, by the clock that is never set */
	struct live_counts lost;     /* by rings that are closed, and the gaps */
};

/* False and err: err->number is ENODEV or ENETDOWN where waiting may help. */
bool live_device_open(struct live_device *device, const struct live_config *config,
		      struct error *err);

/* Looks whether the name still stands for the interface that is open, and at its MTU. */
bool live_device_present(struct live_device *device);

/* Everything that the kernel had put into its rings was given. */
bool live_device_exhausted(struct live_device *device);

/* Counts what its rings hold from before end_ns (by the packets' clock) as lost: nobody gets it. */
void live_device_abandon(struct live_device *device, int64_t end_ns);

/* Closes its rings and keeps what they lost. */
void live_device_close(struct live_device *device);

/* Adds its counts so far; an open gap counts, too. */
void live_device_counts(const struct live_device *device, struct live_counts *counts);

/* Of a frame of lane. */
enum direction live_device_direction(const struct live_device *device,
				     const struct live_lane *lane);

#endif
