/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage of vtap-decap: takes the selected tunnels off a packet, reassembles outer fragments
 * for that, and puts what is left on an interface that is named after its source. It touches no
 * file.
 */
#ifndef VTAP_DECAP_H
#define VTAP_DECAP_H

#include "cli/stats.h"
#include "encap/encap.h"
#include "pipeline/pipeline.h"

struct decap_config {
	struct encap_select select;
	bool drop;		    /* -x: what is not stripped is dropped, not passed unchanged */
	bool ether;		    /* bare IP gets an Ethernet header */
	uint64_t reassembly_memory; /* bytes; 0: fragments are not reassembled */
	int64_t reassembly_time_ns;
	bool live;    /* what is no tunnel is dropped: nobody asked for it */
	bool no_meta; /* GENEVE's meta option (encap/geneve_meta.h) is ignored */
};

struct decap;

/* config must outlive it. NULL and err: no memory. */
struct decap *decap_new(const struct decap_config *config, struct error *err);
void decap_free(struct decap *decap);

struct stage decap_stage(struct decap *decap);

/* Sets rows, counters and sources in stats. They hold until decap_free() and count on. */
void decap_stats(struct decap *decap, struct stats *stats);

/* What the kernel did not hand over, so far. */
struct decap_kernel {
	uint64_t dropped, interface_dropped, interface_gaps;
};
void decap_set_kernel(struct decap *decap, const struct decap_kernel *kernel);

/*
 * An interface statistics block for each interface that was written on, in the order of their
 * first packets; kernel_dropped is the first one's. Times are since 1970. False and err: the sink
 * failed.
 */
bool decap_statistics(struct decap *decap, struct sink *sink, int64_t start_ns, int64_t end_ns,
		      struct error *err);

#endif
