/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage of vtap-decap: takes the selected tunnels off a packet, reassembles outer fragments
 * for that, and puts what is left on an interface that is named after its source. It touches no
 * file.
 */
#ifndef VTAP_DECAP_H
#define VTAP_DECAP_H

#include "encap.h"
#include "pump.h"
#include "stats.h"

struct decap_config {
	struct encap_select select;
	bool drop;		    /* -x: what is not stripped is dropped, not passed unchanged */
	bool ether;		    /* bare IP gets an Ethernet header */
	uint64_t reassembly_memory; /* bytes; 0: fragments are not reassembled */
	int64_t reassembly_time_ns;
};

struct decap;

/* config must outlive it. NULL and err: no memory. */
struct decap *decap_new(const struct decap_config *config, struct error *err);
void decap_free(struct decap *decap);

struct stage decap_stage(struct decap *decap);

/* Sets rows, counters and sources in stats. They hold until decap_free() and count on. */
void decap_stats(struct decap *decap, struct stats *stats);

#endif
