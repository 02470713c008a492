/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "known.h"

#include <stdlib.h>
#include <string.h>

enum { KNOWN_FIRST_SIZE = 64, KNOWN_MOST = 1 << 16 }; /* at most 4 MiB */
_Static_assert(sizeof(struct known_slot) == 64, "a line of the cache");

/* Where all places are taken the first is given up. */
static void insert(struct known *known, const struct known_slot *what)
{
	struct known_slot *first = known_at(known, &what->id), *slot = first;

	while (slot->key && slot < first + KNOWN_WAYS - 1)
		slot++;
	if (slot->key)
		slot = first;
	known->count += !slot->key;
	*slot = *what;
}

static void grow(struct known *known)
{
	struct known old = *known;
	size_t size = old.size ? 2 * old.size : KNOWN_FIRST_SIZE;
	size_t bytes = (size + KNOWN_WAYS - 1) * sizeof(struct known_slot);
	struct known_slot *slot = aligned_alloc(sizeof(*slot), bytes);

	if (!slot)
		return;
	memset(slot, 0, bytes);
	*known = (struct known){ .slot = slot, .size = size };
	for (size_t i = 0; old.size > 0 && i < old.size + KNOWN_WAYS - 1; i++)
		if (old.slot[i].key)
			insert(known, &old.slot[i]);
	free(old.slot);
}

void known_put(struct known *known, const struct key_id *id, struct split_key *key,
	       struct outset_hint hint)
{
	struct known_slot what = { *id, key, hint };

	if (2 * known->count >= known->size && known->size < KNOWN_MOST)
		grow(known);
	if (known->size > 0)
		insert(known, &what);
}

void known_free(struct known *known)
{
	free(known->slot);
	*known = (struct known){ 0 };
}
