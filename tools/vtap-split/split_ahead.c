/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "split_ahead.h"

#include "split_internal.h"

/* How many packets in front each step comes: what it reads was fetched by the step before. */
enum { TO_KEY = 5, TO_FILE = 2 };

static void split_ahead_find_tunnel(struct ahead *ahead, const struct key_cache *cache)
{
	struct span head;
	unsigned slot;

	if (!lookahead_show(&ahead->packets, &slot, &head))
		return;
	ahead->slot[slot].number = key_cache_ahead(cache, head);
	ahead->slot[slot].key = NULL;
}

static void split_ahead_find_key(struct ahead *ahead, const struct key_cache *cache)
{
	unsigned slot = lookahead_slot(&ahead->packets, TO_KEY);
	const char *key;

	if (slot == LOOKAHEAD_SLOTS || !ahead->slot[slot].number)
		return;
	ahead->slot[slot].key = key_cache_guess(cache, ahead->slot[slot].number);
	key = (const char *)ahead->slot[slot].key;
	__builtin_prefetch(key, 1);
	__builtin_prefetch(key + ARENA_LINE);
}

static void split_ahead_find_file(const struct ahead *ahead)
{
	unsigned slot = lookahead_slot(&ahead->packets, TO_FILE);

	if (slot < LOOKAHEAD_SLOTS && ahead->slot[slot].key)
		sink_pool_fetch(&ahead->slot[slot].key->hint);
}

/* Two packets are shown for each that is put, until enough are. */
void split_ahead_look(struct ahead *ahead, const struct key_cache *cache,
		      const struct packet *packet)
{
	lookahead_advance(&ahead->packets, packet);
	split_ahead_find_tunnel(ahead, cache);
	split_ahead_find_tunnel(ahead, cache);
	split_ahead_find_key(ahead, cache);
	split_ahead_find_file(ahead);
}
