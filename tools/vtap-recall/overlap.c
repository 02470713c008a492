/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "overlap.h"

#include <stdlib.h>
#include <string.h>

static int overlap_compare_ends(const void *a, const void *b)
{
	const struct listing_object *one = *(struct listing_object *const *)a;
	const struct listing_object *other = *(struct listing_object *const *)b;

	return (one->last_ns > other->last_ns) - (one->last_ns < other->last_ns);
}

static uint64_t overlap_stored(const struct listing_object *object, uint64_t most)
{
	return object->stored <= most ? object->stored : 0;
}

/* What ends when another one begins is there with it. */
static void overlap_sweep(const struct listing *listing, struct listing_object *const *ends,
			  uint64_t most, struct overlap *overlap)
{
	size_t ended = 0;
	uint64_t stored = 0;

	for (size_t i = 0; i < listing->count; i++) {
		const struct listing_object *object = listing->object[i];

		stored += overlap_stored(object, most);
		for (; ends[ended]->last_ns < object->first_ns; ended++)
			stored -= overlap_stored(ends[ended], most);
		if (i + 1 - ended > overlap->objects)
			overlap->objects = i + 1 - ended;
		if (stored > overlap->stored)
			overlap->stored = stored;
	}
}

bool overlap_find(const struct listing *listing, uint64_t most, struct overlap *overlap,
		  struct error *err)
{
	size_t size = listing->count * sizeof(struct listing_object *);
	struct listing_object **ends;

	*overlap = (struct overlap){ 0 };
	if (listing->count == 0)
		return true;
	ends = malloc(size);
	if (!ends)
		return error_errno(err, "%zu objects", listing->count);
	memcpy(ends, listing->object, size);
	qsort(ends, listing->count, sizeof(*ends), overlap_compare_ends);
	overlap_sweep(listing, ends, most, overlap);
	free(ends);
	return true;
}
