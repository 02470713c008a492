/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which key a packet has, by what one look says of it (key.h): for the packets that come after a
 * key's first one. A memory that may forget: whoever finds nothing makes the key again.
 */
#ifndef VTAP_SPLIT_KEY_CACHE_H
#define VTAP_SPLIT_KEY_CACHE_H

#include "capture/sink_pool.h"
#include "key.h"

struct split_key;

enum { KEY_CACHE_WAYS = 4 }; /* places where an id can stand, side by side */

struct key_cache {
	struct key_cache_slot {
		struct key_id id;
		struct split_key *key;	    /* NULL: free */
		struct sink_pool_hint hint; /* of its output */
	} * slot;			    /* `size` of them and KEY_CACHE_WAYS - 1 */
	size_t size, count;		    /* size: a power of two, or 0 */
};

/* The first place of an id. Whoever aims at collisions makes us slow, not wrong. */
static inline struct key_cache_slot *key_cache_at(const struct key_cache *known,
						  const struct key_id *id)
{
	const uint64_t odd = 0x9E3779B97F4A7C15;
	uint64_t hash = ((id->record ^ id->address[1]) * odd ^ id->tunnel) * odd ^ id->address[0];

	hash *= odd;
	return known->slot + ((hash ^ hash >> 32) & (known->size - 1));
}

/* Where an id stands, until the next key_cache_put(), or NULL. The hint may be written. */
static inline struct key_cache_slot *key_cache_get(const struct key_cache *known,
						   const struct key_id *id)
{
	struct key_cache_slot *slot;

	if (known->size == 0)
		return NULL;
	slot = key_cache_at(known, id);
	for (int i = 0; i < KEY_CACHE_WAYS; i++)
		if (slot[i].key && key_id_equal(&slot[i].id, id))
			return &slot[i];
	return NULL;
}

/* Remembers the key of an id that is not there. Never fails: without memory it forgets. */
void key_cache_put(struct key_cache *known, const struct key_id *id, struct split_key *key,
		   struct sink_pool_hint hint);

void key_cache_free(struct key_cache *known);

#endif
