/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What vtap-tap counts. Every packet has exactly one outcome. */
#ifndef VTAP_TAP_COUNTERS_H
#define VTAP_TAP_COUNTERS_H

#include "cli/stats.h"

/* In the order in which they are told. */
enum tap_outcome {
	TAP_SENT,
	TAP_FILTERED,
	TAP_OWN_TUNNEL,
	TAP_SAMPLED_OUT,
	TAP_RATE_LIMITED,
	TAP_OVERSIZE,
	TAP_UNSUPPORTED,
	TAP_FAILED,
	TAP_OUTCOMES
};

struct tap_counters {
	uint64_t outcome[TAP_OUTCOMES];
	/* Packets, each at most once. */
	uint64_t snapped, mtu_truncated, fragmented, segmented, unsegmented, cooked, completed;
	uint64_t segments;
	uint64_t largest_oversize; /* bytes of an outer IP packet */
	uint64_t kernel_dropped, interface_dropped, interface_gaps;
};

/* For struct stats; ends with name NULL. */
extern const struct stats_row tap_counters_rows[];

#endif
