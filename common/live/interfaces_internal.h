/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of the source of interfaces.c, and how its interfaces are followed: they vanish, come
 * back, and have other things told of them by netlink.
 */
#ifndef VTAP_LIVE_INTERFACES_INTERNAL_H
#define VTAP_LIVE_INTERFACES_INTERNAL_H

#include "live/interfaces.h"
#include "live/live_interface.h"

struct interfaces {
	struct source source;
	struct interfaces_config config;
	struct section section;
	struct live_interface devices[INTERFACES_MAX];
	struct interface **interfaces;
	unsigned interface_count;
	unsigned interfaces_given; /* how many of them were delivered as blocks */
	bool section_given;
	struct live_interface_config ring_config;
	struct monitor *monitor;
	bool unasked;	   /* the kernel could not be asked about an interface that may be gone */
	bool said_unasked; /* the user was told why */
	int64_t flush_ns;  /* CLOCK_MONOTONIC_COARSE of the last flush while packets kept coming */
	bool ending;
	int64_t end_ns;	      /* packet time; younger packets are not delivered */
	int64_t deadline_ns;  /* CLOCK_MONOTONIC; nothing is delivered after it */
	bool failed;	      /* failure is set, and the source ends with it */
	struct error failure; /* reported after all packets that arrived before it */
};

/* Lets the source end: packets up to now are still delivered, for a second at most. */
void interfaces_begin_end(struct interfaces *live);

/* Lets the source end with the error err, after all packets that arrived before it. The first of
 * several errors counts. */
void interfaces_fail(struct interfaces *live, const struct error *err);

/* Opens an interface. Returns true as well if the interface does not exist but is waited for.
 * Otherwise returns false and sets err. */
bool interfaces_open_one(struct interfaces *live, struct live_interface *device, struct error *err);

/* Notes that an open interface is gone, and tells the user. Without config.follow the source
 * fails. */
void interfaces_vanished(struct interfaces *live, struct live_interface *device);

/* Asks the kernel about all interfaces if it said that some changed: those that are gone vanish,
 * those that are back are opened. */
void interfaces_check_links(struct interfaces *live);

/* Closes the rings of a vanished interface once all is read that they got until then. Opens the
 * interface again at once, because one with its name may exist already. */
void interfaces_close_vanished(struct interfaces *live, struct live_interface *device);

#endif
