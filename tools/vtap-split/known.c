/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "known.h"

#include <stdlib.h>

enum { KNOWN_FIRST_SIZE = 64, KNOWN_MOST = 1 << 16 }; /* at most 2.5 MiB */

/* Where all places are taken the first is given up. */
static void insert(struct known *known, const struct key_id *id, struct split_key *key)
{
	struct known_slot *first = known_at(known, id), *slot = first;

	while (slot->key && slot < first + KNOWN_WAYS - 1)
		slot++;
	if (slot->key)
		slot = first;
	known->count += !slot->key;
	*slot = (struct known_slot){ *id, key };
}

static void grow(struct known *known)
{
	struct known old = *known;
	size_t size = old.size ? 2 * old.size : KNOWN_FIRST_SIZE;
	struct known_slot *slot = calloc(size + KNOWN_WAYS - 1, sizeof(*slot));

	if (!slot)
		return;
	*known = (struct known){ .slot = slot, .size = size };
	for (size_t i = 0; old.size > 0 && i < old.size + KNOWN_WAYS - 1; i++)
		if (old.slot[i].key)
			insert(known, &old.slot[i].id, old.slot[i].key);
	free(old.slot);
}

void known_put(struct known *known, const struct key_id *id, struct split_key *key)
{
	if (2 * known->count >= known->size && known->size < KNOWN_MOST)
		grow(known);
	if (known->size > 0)
		insert(known, id, key);
}

void known_free(struct known *known)
{
	free(known->slot);
	*known = (struct known){ 0 };
}
