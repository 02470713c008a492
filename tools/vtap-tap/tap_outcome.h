/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The books on what became of each packet. A packet is sent when at least one target took all of
 * it. Its outcome is counted when its last frame was made, and counted anew when a sink says later
 * that a frame failed.
 */
#ifndef VTAP_TAP_TAP_OUTCOME_H
#define VTAP_TAP_TAP_OUTCOME_H

#include <stdbool.h>

#include "tap_counters.h"

/* As many packets as 256 frames (tap_failed()) can belong to, and more. A power of two. */
enum { TAP_OUTCOME_PACKETS = 512 };

struct tap_outcome_entry {
	uint64_t number;
	uint64_t wanted, lost; /* targets, a bit each */
	uint8_t causes;	       /* of what was lost, a bit an outcome */
	uint8_t outcome;
	bool counted;
};

struct tap_outcomes {
	struct tap_outcome_entry entry[TAP_OUTCOME_PACKETS];
	unsigned next; /* where the open one stands, or the next will */
	bool open;
	bool frames; /* the open one has some that may fail later */
	bool final;  /* no frame ever does: a file takes them */
};

/* A packet that goes to the targets in `wanted`. */
void tap_outcome_open(struct tap_outcomes *outcomes, uint64_t number, uint64_t wanted);

/* Of the open packet, something does not go to a target. */
void tap_outcome_lose(struct tap_outcomes *outcomes, unsigned target, enum tap_outcome cause);

/* The open packet has another frame. */
static inline void tap_outcome_frame(struct tap_outcomes *outcomes)
{
	outcomes->frames = !outcomes->final;
}

/* All frames of the open packet were made: counts its outcome. */
void tap_outcome_close(struct tap_outcomes *outcomes, uint64_t outcome[TAP_OUTCOMES]);

/* A frame of an open or earlier packet failed. */
void tap_outcome_failed(struct tap_outcomes *outcomes, unsigned target, uint64_t number,
			uint64_t outcome[TAP_OUTCOMES]);

#endif
