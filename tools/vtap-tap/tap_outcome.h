/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decides the outcome of each packet: sent if at least one target got all of it, otherwise what
 * kept it from the targets. The outcome is counted when the packet's last frame was made, and
 * changes if a sink reports later that a frame failed. For that the last packets are remembered.
 */
#ifndef VTAP_TAP_TAP_OUTCOME_H
#define VTAP_TAP_TAP_OUTCOME_H

#include <stdbool.h>

#include "tap_counters.h"

/*
 * Packets that are remembered, a power of two. A failure is reported at most 256 frames late, so
 * older packets keep their outcome.
 */
enum { TAP_OUTCOME_PACKETS = 512 };

_Static_assert(TAP_OUTCOMES <= 16, "causes has a bit for each outcome");

struct tap_outcome_entry {
	uint64_t number; /* of the packet, in its source */
	uint64_t wanted; /* targets that are to get the packet, a bit each */
	uint64_t lost;	 /* targets that did not get all of it, a bit each */
	uint16_t causes; /* why, a bit for each enum tap_outcome */
	uint8_t outcome; /* valid if counted */
	bool counted;
};

/* The last packets. Begins as all zeros. */
struct tap_outcome_history {
	struct tap_outcome_entry entry[TAP_OUTCOME_PACKETS];
	unsigned next;	/* entry of the open packet, or of the next one; modulo the size */
	bool open;	/* frames of a packet are being made */
	bool frames;	/* the open packet has frames that may fail later */
	bool final;	/* no frame fails later, since a file takes them */
	bool unwritten; /* the file failed to take a frame of the open packet */
	uint8_t last;	/* outcome of the packet that was counted last */
};

/* Begins a packet that is to go to the targets in `wanted`, a bit each. */
void tap_outcome_open(struct tap_outcome_history *history, uint64_t number, uint64_t wanted);

/* Notes that a target does not get all of the open packet. */
void tap_outcome_lose(struct tap_outcome_history *history, unsigned target, enum tap_outcome cause);

/* Notes that a frame of the open packet was made. */
static inline void tap_outcome_frame(struct tap_outcome_history *history)
{
	history->frames = !history->final;
}

/* Ends the open packet, all of whose frames were made, and counts its outcome in outcome[]. */
void tap_outcome_close(struct tap_outcome_history *history, uint64_t outcome[TAP_OUTCOMES]);

/*
 * Notes that a frame of the packet with that number failed, and moves the packet to another outcome
 * if need be. Does nothing if the packet is not remembered any more.
 */
void tap_outcome_failed(struct tap_outcome_history *history, unsigned target, uint64_t number,
			uint64_t outcome[TAP_OUTCOMES]);

/*
 * Notes that the file could not take the frame that was made last, and moves its packet to the
 * outcome of those that were not written. Does nothing if frames do not go into a file.
 */
void tap_outcome_unwritten(struct tap_outcome_history *history, uint64_t outcome[TAP_OUTCOMES]);

#endif
