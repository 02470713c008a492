/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The counters of vtap-tap, and their names and texts for cli/stats.h. Each packet that came in is
 * counted by exactly one outcome; the details may overlap.
 */
#ifndef VTAP_TAP_COUNTERS_H
#define VTAP_TAP_COUNTERS_H

#include "cli/stats.h"

/* What became of a packet, in the order in which the outcomes are printed. */
enum tap_outcome {
	TAP_SENT,
	TAP_FILTERED,
	TAP_OWN_TUNNEL,
	TAP_LOOP,
	TAP_SAMPLED_OUT,
	TAP_RATE_LIMITED,
	TAP_OVERSIZE,
	TAP_UNSUPPORTED,
	TAP_FAILED,
	TAP_UNWRITTEN, /* a failure kept the packet from the file */
	TAP_OUTCOMES
};

struct tap_counters {
	uint64_t outcome[TAP_OUTCOMES]; /* packets */
	/* Packets, each counted once however many frames it became. */
	uint64_t snapped, mtu_truncated, fragmented, segmented, unsegmented, cooked, completed;
	uint64_t segments;	   /* segments made of GSO packets */
	uint64_t largest_oversize; /* bytes of the largest outer IP packet that did not fit */
	uint64_t kernel_dropped, interface_dropped; /* packets */
	uint64_t interface_gaps;		    /* times that an interface was away */
	uint64_t interface_replaced; /* times that another interface came back under the name */
};

/* The counters of one target, in frames; bytes are those of outer IP packets. */
struct tap_target_counts {
	uint64_t sent, bytes; /* of frames that the stage made */
	uint64_t failed;      /* frames that tap_not_sent() reported */
	uint64_t oversize, rate_limited;
};

/* The rows for struct stats; the last one has no name. */
extern const struct stats_row tap_counters_rows[];

#endif
