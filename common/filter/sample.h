/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One packet in N, or one flow in N with all its packets. */
#ifndef VTAP_FILTER_SAMPLE_H
#define VTAP_FILTER_SAMPLE_H

#include "header/headers.h"

/* All zero but `every` at the start. */
struct sample {
	uint64_t every; /* 0 and 1: all */
	uint64_t skip;	/* how many to leave out before the next is taken */
};

/* True for the 1st, N+1st, 2N+1st ... call. */
bool sample_next(struct sample *sample);

/*
 * A hash of the flow: both directions the same, fixed seed, so that all hosts
 * and restarts agree. Fragments, the first too: addresses and protocol only. Not
 * IP: the pair of MAC addresses. Independent of flow_hash(), so that the flows
 * chosen by it still spread over all source ports and targets.
 */
uint64_t sample_hash(const struct headers *headers, struct span packet);

/* True for about one flow in `every` (0 and 1: all). */
bool sample_flow(uint64_t every, const struct headers *headers, struct span packet);

#endif
