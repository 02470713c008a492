/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts the blocks that at least one of many files lacks, each of them once. Blocks have numbers,
 * and each file lacks ranges of them; the union of the ranges takes little memory, because most
 * begin or end where another one does.
 */
#ifndef VTAP_CAPTURE_LEFT_OUT_H
#define VTAP_CAPTURE_LEFT_OUT_H

#include <stdint.h>

/* Ranges that are kept apart; beyond that one of them grows, and its gap counts as left out. */
enum { LEFT_OUT_RANGES = 64 };

/* A union without ranges is all zeros. */
struct left_out {
	struct left_out_range {
		uint64_t from, to; /* the number of the first block, and that behind the last */
	} range[LEFT_OUT_RANGES];  /* in order; there is a gap in front of each */
	unsigned count;		   /* ranges */
	uint64_t blocks;	   /* in all of them */
};

/* Adds the blocks from number `from` up to `to`, which is not in the range; none if `to` is not
 * larger. */
void left_out_add(struct left_out *left_out, uint64_t from, uint64_t to);

#endif
