/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage of vtap-decap: takes the selected tunnels off each packet and puts what they carry on
 * an interface that is named after the packet's origin (tunnel/origin.h). It reassembles the
 * tunnels' IP fragments for that. The stage touches no file descriptor.
 */
#ifndef VTAP_DECAP_H
#define VTAP_DECAP_H

#include "cli/stats.h"
#include "encap/encap.h"
#include "filter/choice.h"
#include "pipeline/pipeline.h"

struct decap_config {
	struct encap_select select;
	bool drop;		    /* -x: drop packets without a tunnel, instead of passing them */
	bool ether;		    /* put an Ethernet header in front of bare IP */
	uint64_t reassembly_memory; /* bytes for fragments; 0: do not reassemble */
	int64_t reassembly_time_ns; /* how long a fragment waits for the rest of its datagram */
	bool live;		    /* packets come from -i or -l: drop those without a tunnel */
	bool no_meta;		    /* ignore the GENEVE option of vtap-tap --meta */
	bool statistics;	    /* write interface statistics blocks: the output is a pcapng */
	struct choice *choice;	    /* which packets are written; NULL if all are */
};

struct decap;

/*
 * Makes a stage. config is borrowed and must outlive it. Returns NULL and sets err without memory.
 * The caller frees the stage with decap_free().
 */
struct decap *decap_new(const struct decap_config *config, struct error *err);
void decap_free(struct decap *decap); /* NULL is not allowed */

/* Returns the functions of the stage for pipeline_run(). They hold until decap_free(). */
struct stage decap_stage(struct decap *decap);

/*
 * Sets the rows, the counters, the sources and the function `nothing` in *stats. They point into
 * the stage, hold until decap_free() and go on counting.
 */
void decap_stats(struct decap *decap, struct stats *stats);

/* Packets that the kernel or a device dropped since the start, times an interface was away, and
 * times that its name was another interface's then. */
struct decap_kernel {
	uint64_t dropped, interface_dropped, interface_gaps, interface_replaced;
};

/* Replaces the counters of packets that the kernel did not hand over. */
void decap_set_kernel(struct decap *decap, const struct decap_kernel *kernel);

/* Asked at the end of a live run, before statistics are written: calls decap_set_kernel(), and
 * sets *times to those of the run. */
struct decap_end {
	void (*ask)(void *arg, struct stage_times *times);
	void *arg;
};

/* Sets what is asked at the end. Without it the times are those of the section's packets, and no
 * kernel dropped any. */
void decap_at_end(struct decap *decap, const struct decap_end *at_end);

#endif
