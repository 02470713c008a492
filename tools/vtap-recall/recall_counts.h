/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run counts, and how --stats and -v show it. */
#ifndef VTAP_RECALL_RECALL_COUNTS_H
#define VTAP_RECALL_RECALL_COUNTS_H

#include <stdint.h>

#include "cli/stats.h"

struct recall_counts {
	uint64_t written, outside, other_source, filtered; /* packets: the outcomes */
	uint64_t bytes_left_out;			   /* of packets that were not written */
	uint64_t listed, fetched, damaged;		   /* objects */
};

/* The table of outcomes. */
extern const struct stats_row recall_counts_rows[];

/* The figures of objects; stats->own_arg is a struct recall_counts. */
extern const struct stats_own recall_counts_own;

#endif
