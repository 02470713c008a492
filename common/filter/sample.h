/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Samples packets for vtap-tap: takes one packet in N (--sample), or one flow in N with all its
 * packets (--sample-flows). */
#ifndef VTAP_FILTER_SAMPLE_H
#define VTAP_FILTER_SAMPLE_H

#include "header/headers.h"

/* Set `every`, and all else to 0, before the first packet. */
struct sample {
	uint64_t every; /* N; 0 and 1 take all packets */
	uint64_t skip;	/* packets to leave out before the next one is taken */
};

/* Returns true for the first packet and then for each Nth. Call it once for each packet. */
bool sample_next(struct sample *sample);

/*
 * Returns a hash of a packet's flow, which is equal for both directions, and on all hosts and after
 * restarts, since its seed is fixed. Fragments are hashed by addresses and protocol only, as later
 * ones have no ports; packets without IP by their MAC addresses (a cooked header has the source's
 * only, so that the two directions differ). Its bits depend on those of flow_hash() in no simple
 * way, so that the flows that are taken still spread over all source ports and targets.
 */
uint64_t sample_hash(const struct headers *headers, struct span packet);

/* Returns true for about one flow in `every`; 0 and 1 take all flows. headers: the parsed headers
 * of the packet. */
bool sample_flow(uint64_t every, const struct headers *headers, struct span packet);

#endif
