/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: raises a record's length on the wire to what its headers claim. A packet goes in and
 * the same packet comes out, with another len and, if asked for, other outer length fields.
 */
#ifndef VTAP_FIXLEN_H
#define VTAP_FIXLEN_H

#include "cli/stats.h"
#include "origin_stats.h"
#include "pipeline/pipeline.h"
#include "tunnel/header_cache.h"

/* Each packet is in exactly one. */
enum fixlen_outcome {
	FIXLEN_RAISED,
	FIXLEN_LOWERED,
	FIXLEN_RIGHT,
	FIXLEN_PADDED, /* longer than claimed; padding and an FCS explain it */
	FIXLEN_LONGER, /* longer than that */
	FIXLEN_ZERO,
	FIXLEN_CUT,
	FIXLEN_NOT_IP,
	FIXLEN_UNKNOWN_LINK,
	FIXLEN_MALFORMED,
	FIXLEN_OUTCOMES,
};

struct fixlen_counters {
	uint64_t outcome[FIXLEN_OUTCOMES];
	uint64_t bytes_restored, bytes_lowered;
	uint64_t tunnelled, mirror_truncated, odd_length, sources_over_limit;
	uint64_t rewritten, not_rewritable, hashes_dropped;
};

extern const struct stats_row fixlen_rows[];

struct fixlen_config {
	bool lower, rewrite_outer;
};

struct fixlen {
	struct fixlen_config config;
	struct fixlen_counters counters;
	struct encap_select select;
	struct encap_table table;
	struct origin_stats origins;
	struct header_cache cache; /* its values are struct origin_stats_row */
	uint8_t *scratch;	   /* a packet that is rewritten; grows to the largest */
	size_t scratch_size;
	struct peel peel;
};

/* Never fails; allocates nothing yet. */
void fixlen_init(struct fixlen *fixlen, const struct fixlen_config *config);
void fixlen_free(struct fixlen *fixlen);

/*
 * stage.put; self is a struct fixlen. PASS, or FAILED without memory. out->data and
 * out->options may point into fixlen: they hold until the next call. out may be in.
 */
enum verdict fixlen_put(void *self, const struct packet *in, struct packet *out, struct error *err);

/* stage.fast: for packets in a tunnel that is known; self is a struct fixlen. */
bool fixlen_fast(void *self, struct fast_packet *fast);

/* How many corrections there were: one packet may count for its length and for its outer headers.
 */
uint64_t fixlen_corrected(const struct fixlen *fixlen);

#endif
