/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage of vtap-tap: chooses packets and puts them into tunnels, in this order: filter, rules,
 * own tunnel, sample, sample-flows, loop, segment, rate, snaplen, encapsulate, oversize. Its output
 * is whole frames of outer_header_build(), on one interface per target. It touches no file
 * descriptor.
 */
#ifndef VTAP_TAP_STAGE_H
#define VTAP_TAP_STAGE_H

#include "cli/stats.h"
#include "pipeline/pipeline.h"
#include "tap_config.h"
#include "tap_counters.h"

struct tap;

/*
 * Makes a stage. config is borrowed and must outlive it. Returns NULL and sets err without memory.
 * The caller frees the stage with tap_free(), for which NULL is allowed.
 */
struct tap *tap_new(const struct tap_config *config, struct error *err);
void tap_free(struct tap *tap);

/*
 * Returns the functions of the stage for pipeline_run(). They hold until tap_free(). The bytes of a
 * frame stay where they are until TAP_HELD further frames were made, or with config->copied until
 * the next one.
 */
struct stage tap_stage(struct tap *tap);

/*
 * Reports that a frame was not sent after all: of the packet with that number (struct packet), to
 * the target with that index. The packet's outcome changes if no target got it. To be called before
 * 256 further frames were made. `tap` is a struct tap.
 */
void tap_not_sent(void *tap, unsigned target, uint64_t number);

/* Sets the MTU of a target: bytes of an outer IP packet, 0 for no limit. `tap` is a struct tap. */
void tap_set_mtu(void *tap, unsigned target, uint32_t mtu);

/*
 * Replaces the rules; NULL includes all packets. The stage frees these rules when others replace
 * them, or in tap_free(); the rules in its config stay the caller's.
 */
void tap_set_rules(struct tap *tap, struct rules *rules);

/*
 * Lets what the caller has changed in the stage's config take effect: expression, snaplen, sample
 * and rate. A target has a full burst of a new rate. To be called between packets.
 */
void tap_reconfigure(struct tap *tap);

/* Replaces the outer header of a target, whose encapsulation stays. */
void tap_set_outer_header(struct tap *tap, unsigned target,
			  const struct outer_header *outer_header);

/* Packets that the source lost since the start, and times that an interface was away, and that
 * another one came back under its name. */
struct tap_losses {
	uint64_t kernel_dropped, interface_dropped, interface_gaps, interface_replaced;
};

/* Replaces the counters of what the source lost. */
void tap_set_losses(struct tap *tap, const struct tap_losses *losses);

/* Replaces those of one interface. `tap` is a struct tap. */
void tap_set_interface_losses(void *tap, const char *name, uint64_t kernel_dropped,
			      uint64_t interface_dropped);

/* Fills *counts with the counters of a target. */
void tap_target_counts(const struct tap *tap, unsigned target, struct tap_target_counts *counts);

/*
 * Sets rows, counters and sources in *stats. They point into the stage, hold until tap_free() and
 * go on counting. The outcomes add up to the packets that came in, whenever no packet is in the
 * stage; a packet counted as sent is counted as failed if tap_not_sent() says so later.
 */
void tap_stats(struct tap *tap, struct stats *stats);

#endif
