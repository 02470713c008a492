/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the origin that was silent longest, to make room for a new one. A packet must not cost
 * anything for it, so nothing is noted when an origin sends: a heap keeps how many packets each
 * origin had when it was last looked at. An origin that has more by now has sent since, and counts
 * as heard at this moment.
 */
#ifndef VTAP_DECAP_SILENT_H
#define VTAP_DECAP_SILENT_H

#include <stdbool.h>
#include <stdint.h>

struct silent_entry {
	uint64_t heard;	  /* when it was added, or seen to have sent; see struct silent */
	uint64_t packets; /* of the origin at that time */
	void *origin;
};

/* If all but `spoken` is zero, it holds no origin. */
struct silent {
	uint64_t (*spoken)(const void *origin); /* returns the packets of an origin so far */
	struct silent_entry *heap;		/* no entry is heard later than those below it */
	uint32_t count, size;
	uint64_t now; /* counts origins that were added, by two: a look comes between two of them */
};

/* Adds an origin whose first packet is about to be counted. Returns false without memory. */
bool silent_add(struct silent *silent, void *origin);

/* Takes out the origin that was silent longest. There is at least one. */
void *silent_take(struct silent *silent);

void silent_free(struct silent *silent);

#endif
