/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of the source of interfaces.c. Its parts: interfaces_match.c finds the interfaces that
 * names and patterns stand for, interfaces_follow.c opens them, sees them vanish and come back, as
 * netlink tells, interfaces_merge.c chooses the oldest frame of all, and interfaces_filter.c
 * replaces the filter.
 */
#ifndef VTAP_LIVE_INTERFACES_INTERNAL_H
#define VTAP_LIVE_INTERFACES_INTERNAL_H

#include "live/interfaces.h"
#include "live/live_interface.h"

/* The rings that are open, and those that have a frame, ordered by time. */
struct interfaces_merge {
	struct interface_queue **queues; /* of all open rings */
	struct interface_queue **heap;	 /* those with a frame; a binary heap, the oldest first */
	unsigned count, full;		 /* of queues, of heap */
	bool stale;			 /* rings were opened or closed since the lists were made */
	struct interface_queue *taken;	 /* whose frame was given last, and that has none yet */
	int64_t certain_ns;		 /* packet time: no older frame can come */
	int64_t round_ns;		 /* CLOCK_MONOTONIC when all rings were last read */
};

struct interfaces {
	struct source source;
	struct interfaces_config config;
	struct section section;
	struct live_interface **devices; /* named first; those that patterns stand for are added */
	unsigned device_count;
	struct interface **interfaces;
	unsigned interface_count;
	unsigned interfaces_given; /* how many of them were delivered as blocks */
	bool section_given;
	struct live_interface_config ring_config;
	struct interfaces_merge merge;
	struct pollfd *fds; /* room for two rings of each device, the monitor, and the waiter's */
	struct monitor *monitor;
	bool unasked;	     /* the kernel could not be asked about an interface that may be gone */
	bool said_unasked;   /* the user was told why */
	int64_t reminded_ns; /* CLOCK_MONOTONIC when the user was told that no interface is there;
				0 while one is */
	int64_t flush_ns; /* CLOCK_MONOTONIC_COARSE of the last flush while packets kept coming */
	bool running;	  /* the first interfaces are open; others come later */
	bool ending;
	int64_t end_ns;	      /* packet time; younger packets are not delivered */
	int64_t deadline_ns;  /* CLOCK_MONOTONIC; nothing is delivered after it */
	bool failed;	      /* failure is set, and the source ends with it */
	struct error failure; /* reported after all packets that arrived before it */
};

/* Tells the user a line, which is cut at 511 bytes. */
void interfaces_say(const struct interfaces *live, const char *format, ...) ERROR_PRINTF(2, 3);

/* Lets the source end: packets up to now are still delivered, for a second at most. */
void interfaces_begin_end(struct interfaces *live);

/* Lets the source end with the error err, after all packets that arrived before it. The first of
 * several errors counts. */
void interfaces_fail(struct interfaces *live, const struct error *err);

/* Checks a filter as if for Ethernet if no interface is open, so that no ring compiles it. Returns
 * false and sets err if it does not compile. */
bool interfaces_check_filter(const struct interfaces *live, const char *filter, struct error *err);

/* Opens an interface. Returns true as well if the interface does not exist but is waited for.
 * Otherwise returns false and sets err. */
bool interfaces_open_one(struct interfaces *live, struct live_interface *device, struct error *err);

/* Opens an interface that a pattern matches. Tells the user, once, if that fails. */
void interfaces_open_matched(struct interfaces *live, struct live_interface *device);

/* Notes that an open interface is gone, and tells the user. Without config.follow the source
 * fails. */
void interfaces_vanished(struct interfaces *live, struct live_interface *device);

/* Asks the kernel about all interfaces if it said that some changed: those that are gone vanish,
 * those that are back, or match a pattern, are opened. */
void interfaces_check_links(struct interfaces *live);

/* Closes the rings of a vanished interface once all is read that they got until then. Opens the
 * interface again at once, because one with its name may exist already. */
void interfaces_close_vanished(struct interfaces *live, struct live_interface *device);

/* Tells the user each minute that no interface is there. Returns the nanoseconds until it is to be
 * called again, at the latest; -1 if that is not needed. */
int64_t interfaces_remind(struct interfaces *live);

/* Makes the devices that config stands for at this moment, and decides how large their rings are.
 * Returns false and sets err if there is none and config.follow is not set, or without memory. */
bool interfaces_match_first(struct interfaces *live, struct error *err);

/* Returns true if some of config.interfaces is a pattern. */
bool interfaces_match_patterns(const struct interfaces *live);

/* Makes and opens a device for each of count links that is up, matches a pattern and is not `known`
 * (an element a link). Tells the user of one that cannot be opened. */
void interfaces_match_more(struct interfaces *live, const struct link *links, const bool *known,
			   size_t count);

/* Returns the bytes of each ring that a device is to be opened with now. */
uint64_t interfaces_match_ring_len(const struct interfaces *live,
				   const struct live_interface *device);

/* Returns the queue with the oldest frame, or NULL if no queue has one. *certain is set to true if
 * no older frame can come. */
struct interface_queue *interfaces_merge_choose(struct interfaces *live, bool *certain);

/* Takes the frame that was chosen. */
void interfaces_merge_take(struct interfaces *live);

/* Returns for how many nanoseconds the rings are not to be read; 0 if they may be read now. */
int64_t interfaces_merge_pause_ns(const struct interfaces *live);

/* Frees the lists. */
void interfaces_merge_free(struct interfaces_merge *merge);

#endif
