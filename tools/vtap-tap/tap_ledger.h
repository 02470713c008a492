/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The books on what became of each packet. A packet is sent when at least one target took all of
 * it. Its outcome is counted when its last frame was made, and counted anew when a sink says later
 * that a frame failed.
 */
#ifndef VTAP_TAP_LEDGER_H
#define VTAP_TAP_LEDGER_H

#include <stdbool.h>

#include "tap_counters.h"

/* As many packets as 256 frames (tap_failed()) can belong to, and more. A power of two. */
enum { TAP_LEDGER_PACKETS = 512 };

struct tap_ledger_entry {
	uint64_t number;
	uint64_t wanted, lost; /* targets, a bit each */
	uint8_t causes;	       /* of what was lost, a bit an outcome */
	uint8_t outcome;
	bool counted;
};

struct tap_ledger {
	struct tap_ledger_entry entry[TAP_LEDGER_PACKETS];
	unsigned next; /* where the open one stands, or the next will */
	bool open;
	bool frames; /* the open one has some that may fail later */
	bool final;  /* no frame ever does: a file takes them */
};

/* A packet that goes to the targets in `wanted`. */
void tap_ledger_open(struct tap_ledger *ledger, uint64_t number, uint64_t wanted);

/* Of the open packet, something does not go to a target. */
void tap_ledger_lose(struct tap_ledger *ledger, unsigned target, enum tap_outcome cause);

/* The open packet has another frame. */
static inline void tap_ledger_frame(struct tap_ledger *ledger)
{
	ledger->frames = !ledger->final;
}

/* All frames of the open packet were made: counts its outcome. */
void tap_ledger_close(struct tap_ledger *ledger, uint64_t outcome[TAP_OUTCOMES]);

/* A frame of an open or earlier packet failed. */
void tap_ledger_failed(struct tap_ledger *ledger, unsigned target, uint64_t number,
		       uint64_t outcome[TAP_OUTCOMES]);

#endif
