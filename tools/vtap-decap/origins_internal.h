/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records of all origins, for the files that make them up: origins.c, origins_room.c and
 * origins_print.c. */
#ifndef VTAP_DECAP_ORIGINS_INTERNAL_H
#define VTAP_DECAP_ORIGINS_INTERNAL_H

#include "base/hash_table.h"
#include "origins.h"
#include "silent.h"
#include "streams.h"

/* What is told of an origin, or of several. */
struct origin_sums {
	uint64_t packets, bytes; /* as in struct output_interface */
	struct loss loss;
};

struct origins {
	struct hash_table by_key;	     /* struct origin */
	struct hash_table by_key_in_section; /* struct output_interface of this section */
	struct streams streams;
	struct silent silent;
	struct origins_users users;
	struct origin *first, **end;
	/* Origins that made room, by `next`. The header cache may still have their interfaces, so
	 * that they are freed when the cache is emptied. */
	struct origin *gone;
	struct origin *going; /* where origins_next_gone() goes on; NULL at its first call */
	uint32_t gone_count;
	struct origin_sums others;     /* figures of those that are gone and freed */
	struct output_interface *last; /* the one returned last, often wanted again */
	struct origin
		*streams_next; /* whose streams are forgotten next; the first one if it is NULL */
	uint32_t count, limit;
	uint32_t snaplen;
	bool snaplen_known;
};

/* Frees an origin that is in no list and no table. */
void origins_free_origin(struct origin *origin);

/* Puts an origin at the end of the list. */
void origins_list(struct origins *origins, struct origin *origin);

/* The origin that was silent longest makes room. Its packets that the header cache still knows are
 * written as before, and counted among `others`. There is at least one. */
void origins_make_room(struct origins *origins);

/* Returns the packets of an origin, on all its interfaces; for silent.h. */
uint64_t origins_packets(const void *origin);

/* Adds the figures of an origin to *sums. */
void origins_sum(const struct origin *origin, struct origin_sums *sums);

#endif
