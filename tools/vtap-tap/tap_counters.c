/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap_counters.h"

#include <stddef.h>

#define OUTCOME(which, name, text, loss)                                                        \
	{                                                                                       \
		STATS_OUTCOME, name, text, offsetof(struct tap_counters, outcome[which]), loss, \
			NULL                                                                    \
	}
#define DETAIL(field, text, loss)                                                            \
	{                                                                                    \
		STATS_DETAIL, #field, text, offsetof(struct tap_counters, field), loss, NULL \
	}

const struct stats_row tap_counters_rows[] = {
	OUTCOME(TAP_SENT, "sent", "sent", false),
	OUTCOME(TAP_FILTERED, "filtered", "not mirrored: excluded by the filter, the rules or -Q",
		false),
	OUTCOME(TAP_OWN_TUNNEL, "own_tunnel",
		"not mirrored: own tunnel, which this host sends to a target", false),
	OUTCOME(TAP_LOOP, "loop",
		"not mirrored: in more than --max-depth tunnels, as in a loop of taps", false),
	OUTCOME(TAP_SAMPLED_OUT, "sampled_out",
		"not mirrored: not in the sample (--sample, --sample-flows)", false),
	OUTCOME(TAP_RATE_LIMITED, "rate_limited",
		"dropped: above --rate or --pps (--burst lets short peaks pass)", true),
	OUTCOME(TAP_OVERSIZE, "oversize",
		"dropped: larger than the MTU with the outer headers (see --oversize)", true),
	OUTCOME(TAP_UNSUPPORTED, "unsupported",
		"dropped: a link type that the tunnel cannot carry (gre and geneve take bare IP)",
		true),
	OUTCOME(TAP_FAILED, "failed", "dropped: could not be sent (-v and --stats name the errors)",
		true),
	OUTCOME(TAP_UNWRITTEN, "unwritten", "not written: the run failed", false),
	DETAIL(snapped, "cut to the snaplen (-s)", false),
	DETAIL(mtu_truncated, "truncated to the MTU (--oversize fragment sends them whole)", true),
	DETAIL(fragmented, "sent in IP fragments", false),
	DETAIL(segmented, "GSO packets segmented", false),
	DETAIL(segments, "segments made of them", false),
	DETAIL(unsegmented, "larger than the MTU, but left whole: they cannot be segmented", false),
	{ STATS_LARGEST, "largest_oversize", "bytes in the largest outer packet above the MTU",
	  offsetof(struct tap_counters, largest_oversize), true, NULL },
	DETAIL(cooked, "cooked captures given an Ethernet header", false),
	DETAIL(completed, "partial checksums completed", false),
	DETAIL(kernel_dropped,
	       "dropped by the kernel: the buffer was full (-B, or a narrower EXPRESSION)", true),
	DETAIL(interface_dropped,
	       "dropped by the interface or its driver (ethtool -G makes its queue longer)", true),
	DETAIL(interface_gaps, "times that an interface was away", false),
	DETAIL(interface_replaced, "times that another interface came back under its name", false),
	{ 0 },
};
