/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps counters per origin, for -v and --stats. The origin of a packet is that of the tunnel that
 * is still on (tunnel/origin.h); without a tunnel it is the name of its interface, which is where
 * vtap-decap puts the origin.
 */
#ifndef VTAP_FIXLEN_ORIGIN_STATS_H
#define VTAP_FIXLEN_ORIGIN_STATS_H

#include "base/hash_table.h"
#include "cli/stats_sources.h"
#include "packet/packet.h"
#include "tunnel/peel.h"

enum {
	ORIGIN_STATS_MAX = 16384,    /* origins; further ones share a row */
	ORIGIN_STATS_NAME_MAX = 255, /* bytes of an interface's name; the rest is ignored */
};

struct origin_stats_counts {
	uint64_t packets, bytes;  /* captured bytes, as they came in */
	uint64_t raised, lowered; /* packets whose length was raised, and lowered */
	uint64_t bytes_restored;  /* bytes added to lengths */
};

/* One origin. */
struct origin_stats_row {
	struct origin_stats_row *next; /* in the order of appearance */
	struct origin_stats_counts counts;
	size_t key_len;
	uint8_t key[]; /* from origin_key(), or a mark and the name of an interface */
};

struct origin_stats {
	struct hash_table table; /* rows by their key */
	struct origin_stats_row *first, **last;
	/* The last interface of a packet without a tunnel, by its serial number; 0 at first. */
	uint32_t interface;
	struct origin_stats_counts *by_interface; /* its counts, or NULL if it has no name */
	struct origin_stats_counts others;	  /* of all origins beyond ORIGIN_STATS_MAX */
};

/* Begins without any origin. */
void origin_stats_init(struct origin_stats *origins);
void origin_stats_free(struct origin_stats *origins);

/*
 * Returns the counts of a packet's origin, which is added if it is new. Returns NULL if the packet
 * has no origin. If ORIGIN_STATS_MAX is reached or memory runs out, increases *over_limit and
 * returns &origins->others. The counts live until origin_stats_free().
 */
struct origin_stats_counts *origin_stats_find(struct origin_stats *origins, const struct peel *peel,
					      const struct packet *packet, uint64_t *over_limit);

/* The table of origins; its argument is a struct origin_stats. */
extern const struct stats_sources origin_stats_sources;

#endif
