/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "key_cache.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_CACHE_FIRST_SIZE = 64, KEY_CACHE_MOST = 1 << 16 }; /* at most 4 MiB */
_Static_assert(sizeof(struct key_cache_slot) == 64, "a line of the cache");

/* Where all places are taken the first is given up. */
static void insert(struct key_cache *known, const struct key_cache_slot *what)
{
	struct key_cache_slot *first = key_cache_at(known, &what->id), *slot = first;

	while (slot->key && slot < first + KEY_CACHE_WAYS - 1)
		slot++;
	if (slot->key)
		slot = first;
	known->count += !slot->key;
	*slot = *what;
}

static void grow(struct key_cache *known)
{
	struct key_cache old = *known;
	size_t size = old.size ? 2 * old.size : KEY_CACHE_FIRST_SIZE;
	size_t bytes = (size + KEY_CACHE_WAYS - 1) * sizeof(struct key_cache_slot);
	struct key_cache_slot *slot = aligned_alloc(sizeof(*slot), bytes);

	if (!slot)
		return;
	memset(slot, 0, bytes);
	*known = (struct key_cache){ .slot = slot, .size = size };
	for (size_t i = 0; old.size > 0 && i < old.size + KEY_CACHE_WAYS - 1; i++)
		if (old.slot[i].key)
			insert(known, &old.slot[i]);
	free(old.slot);
}

void key_cache_put(struct key_cache *known, const struct key_id *id, struct split_key *key,
		   struct sink_pool_hint hint)
{
	struct key_cache_slot what = { *id, key, hint };

	if (2 * known->count >= known->size && known->size < KEY_CACHE_MOST)
		grow(known);
	if (known->size > 0)
		insert(known, &what);
}

void key_cache_free(struct key_cache *known)
{
	free(known->slot);
	*known = (struct key_cache){ 0 };
}
