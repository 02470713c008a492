/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "names.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { NAMES_FIRST_SIZE = 1024 };

/* False when hash is there already. There is always a free slot. */
static bool insert(uint64_t *slot, size_t size, uint64_t hash)
{
	size_t at = hash & (size - 1);

	for (; slot[at]; at = (at + 1) & (size - 1))
		if (slot[at] == hash)
			return false;
	slot[at] = hash;
	return true;
}

static bool grow(struct names *names)
{
	size_t size = names->size ? 2 * names->size : NAMES_FIRST_SIZE;
	uint64_t *slot = calloc(size, sizeof(*slot));

	if (!slot)
		return false;
	for (size_t i = 0; i < names->size; i++)
		if (names->slot[i])
			insert(slot, size, names->slot[i]);
	free(names->slot);
	names->slot = slot;
	names->size = size;
	return true;
}

bool names_add(struct names *names, const char *name, struct error *err)
{
	uint64_t hash = XXH3_64bits(name, strlen(name)) | 1;

	if (names->count >= names->size / 4 * 3 && !grow(names))
		return error_errno(err, "%s", name);
	if (!insert(names->slot, names->size, hash))
		return error_set(err,
				 "%s: a second file of this run would get this name: expected a "
				 "-w that tells them apart, with {key}, {n} or {start}",
				 name);
	names->count++;
	return true;
}

void names_free(struct names *names)
{
	free(names->slot);
	*names = (struct names){ 0 };
}
