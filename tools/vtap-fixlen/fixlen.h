/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage of vtap-fixlen: raises a packet's length on the wire to what its headers claim, for
 * packets that a mirror cut without leaving a trace. A packet keeps its bytes; only its len changes
 * and, if asked for, the length fields of its outer headers. The stage touches no file descriptor.
 */
#ifndef VTAP_FIXLEN_H
#define VTAP_FIXLEN_H

#include "cli/stats.h"
#include "origin_stats.h"
#include "pipeline/pipeline.h"
#include "tunnel/header_cache.h"

/* What became of a packet's length; each packet has exactly one outcome. */
enum fixlen_outcome {
	FIXLEN_RAISED,
	FIXLEN_LOWERED,
	FIXLEN_CLIPPED, /* captured bytes behind the claimed end were cut off */
	FIXLEN_RIGHT,
	FIXLEN_PADDED,	  /* longer than claimed, but padding and an FCS explain it */
	FIXLEN_LONGER,	  /* longer than claimed and than padding and an FCS explain */
	FIXLEN_ZERO,	  /* the headers claim a length of 0, as those of GSO packets do */
	FIXLEN_TRUNCATED, /* the packet ends inside its headers */
	FIXLEN_NOT_IP,
	FIXLEN_UNKNOWN_LINK,
	FIXLEN_MALFORMED,
	FIXLEN_WRONG_LINK_TYPE, /* left out: the output cannot hold the packet */
	FIXLEN_UNWRITTEN,	/* a failure kept the packet from the output */
	FIXLEN_OUTCOMES,
};

struct fixlen_counters {
	uint64_t outcome[FIXLEN_OUTCOMES];	/* packets */
	uint64_t bytes_restored, bytes_lowered; /* bytes added to, and taken from, lengths */
	uint64_t bytes_clipped;			/* captured bytes cut off */
	uint64_t tunnelled;			/* packets in a tunnel that is still on */
	uint64_t mirror_truncated;		/* packets that the mirror says it cut */
	uint64_t odd_length;			/* packets whose caplen is larger than their len */
	uint64_t sources_over_limit;		/* packets of origins beyond ORIGIN_STATS_MAX */
	uint64_t rewritten, not_rewritable;	/* packets, by what --rewrite-outer did */
	uint64_t hashes_dropped;		/* hash options of rewritten packets */
};

/* The rows for struct stats; the last one has no name. */
extern const struct stats_row fixlen_rows[];

struct fixlen_config {
	bool lower;	    /* also lower lengths that padding and an FCS do not explain */
	bool rewrite_outer; /* also correct the length fields of outer headers */
};

/* The state of the stage. Its members are private, but for the counters and the origins. */
struct fixlen {
	struct fixlen_config config;
	struct fixlen_counters counters;
	enum fixlen_outcome outcome; /* of the packet that was passed last */
	struct encap_select select;
	struct encap_table table;
	struct origin_stats origins;
	struct header_cache cache; /* maps outer headers to struct origin_stats_counts */
	uint8_t *scratch;	   /* room for a rewritten packet and its options */
	size_t scratch_size;	   /* bytes, enough for the largest packet so far */
	struct peel peel;	   /* the tunnels of the present packet */
};

/* Initialises a stage. It does not allocate memory and cannot fail. */
void fixlen_init(struct fixlen *fixlen, const struct fixlen_config *config);

/* Frees what the stage allocated, not *fixlen itself. */
void fixlen_free(struct fixlen *fixlen);

/*
 * Is the function `put` of struct stage; self is a struct fixlen. Returns PASS, or FAILED with err
 * set if memory runs out. out->data and out->options may point into *self, and are valid until the
 * next call. *out begins as a copy of *in, or is *in itself.
 */
enum verdict fixlen_put(void *self, const struct packet *in, struct packet *out, struct error *err);

/*
 * Is the function `fast` of struct stage, for packets of tunnels in the cache; self is a struct
 * fixlen.
 */
bool fixlen_fast(void *self, struct fast_packet *fast);

/* Is the function `refused` of struct stage; self is a struct fixlen. */
void fixlen_refused(void *self);

/* Is the function `unwritten` of struct stage; self is a struct fixlen. */
void fixlen_unwritten(void *self, const struct interface *fast);

/*
 * Returns the number of corrections so far. A packet counts twice if both its length and its outer
 * headers were corrected.
 */
uint64_t fixlen_corrected(const struct fixlen *fixlen);

/* Is the function `nothing` of struct stats: prints why no length could be judged, if none could.
 * Returns true if nothing was corrected. self is a struct fixlen. */
bool fixlen_nothing(void *self, const struct stats *stats, FILE *to);

#endif
