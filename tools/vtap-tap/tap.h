/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage of vtap-tap: chooses packets, cuts them and puts them into tunnels. In this order:
 * filter, rules, own tunnel, sample, sample-flows, segment, rate, cut, encapsulate, oversize. What
 * it gives are frames of outer_header_build(), one interface a target; it touches no descriptor.
 */
#ifndef VTAP_TAP_STAGE_H
#define VTAP_TAP_STAGE_H

#include "base/token_bucket.h"
#include "cli/stats.h"
#include "encap/geneve_meta.h"
#include "filter/expression.h"
#include "filter/rules.h"
#include "packet/direction.h"
#include "pipeline/pipeline.h"
#include "tunnel/outer_header.h"

enum { TAP_TARGETS_MAX = 64 };

enum tap_oversize { OVERSIZE_TRUNCATE, OVERSIZE_DROP, OVERSIZE_FRAGMENT };

/* One -t. */
struct tap_target {
	const char *uri;		  /* as given, for counters */
	char name[320];			  /* of its interface: vxlan-3000@10.0.2.9 */
	struct outer_header outer_header; /* complete */
	bool has_id;
	uint32_t id;
	uint32_t mtu; /* bytes of an outer IP packet at most; 0: no limit. tap_set_mtu() changes it
		       */
};

struct local_addresses; /* host/route.h */

struct tap_config {
	struct tap_target *targets;
	unsigned target_count;
	bool balance;
	uint32_t cut;		       /* -s; 0: all */
	struct expression *expression; /* NULL: everything */
	struct rules *rules;	       /* NULL: everything; the caller frees them */
	enum direction wanted;	       /* -Q; unknown: both */
	uint64_t sample, sample_flows;
	struct token_bucket_config rate; /* all 0: no limit; a target each */
	enum tap_oversize oversize;
	bool fragment_by_sender; /* with OVERSIZE_FRAGMENT: frames are given whole, who sends them
				    fragments */
	uint32_t first_id;	 /* identification of the first outer packet; they count up */
	bool sequence;		 /* GRE, ERSPAN */
	bool meta;		 /* GENEVE */
	struct meta tap;	 /* its instance and name are sent with meta */
	bool segment;
	uint32_t segment_mtu; /* 0: packet->interface->mtu */
	/* True: the address (4 or 6) is this host's; NULL: there is no own tunnel (files). */
	bool (*is_local)(void *arg, uint8_t version, const uint8_t *address);
	void *is_local_arg;
	bool checksums;	 /* complete those that were left to the card */
	bool live_clock; /* rates by the clock of this host, not by the packets' times */
	bool copied;	 /* who takes a frame copies it at once, and none fails later: a file */
};

struct tap;

/* config must outlive it. Frames stay where they are until TAP_HELD more were made; with
 * config->copied until the next is. */
enum { TAP_HELD = 64 };
struct tap *tap_new(const struct tap_config *config, struct error *err);
void tap_free(struct tap *tap);
struct stage tap_stage(struct tap *tap);

/* From a sink that sends, about a frame it took (packet.number, index of the target), at most 256
 * frames later. */
void tap_not_sent(void *tap, unsigned target, uint64_t number);
void tap_set_mtu(void *tap, unsigned target, uint32_t mtu);
/* Takes over rules (NULL: everything); frees those that an earlier call took over. */
void tap_set_rules(struct tap *tap, struct rules *rules);
/* New address, after SIGHUP. */
void tap_set_envelope(struct tap *tap, unsigned target, const struct outer_header *outer_header);

/* What only the source knows, for the counters. */
struct tap_losses {
	uint64_t kernel_dropped, interface_dropped, interface_gaps;
};
void tap_set_losses(struct tap *tap, const struct tap_losses *losses);

/* What one target got, for stats; sent and bytes only where a file takes the frames. */
struct tap_target_counts {
	uint64_t sent, bytes, failed, oversize, rate_limited;
};
void tap_target_counts(const struct tap *tap, unsigned target, struct tap_target_counts *counts);

/* Sets rows and counters in stats; they hold until tap_free() and count on. The outcomes add up to
 * in between packets; what is sent becomes failed when tap_not_sent() says so. */
void tap_stats(struct tap *tap, struct stats *stats);

#endif
