/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many objects, and how many of their bytes, are there at one time: objects overlap if the
 * packets of one begin before those of the other end. */
#ifndef VTAP_RECALL_OVERLAP_H
#define VTAP_RECALL_OVERLAP_H

#include "archive/listing.h"

struct overlap {
	size_t objects;	 /* most that are there at once */
	uint64_t stored; /* most bytes of compressed or other objects that are there at once */
};

/* Finds them for a listing that is sorted, without the bytes of objects that have more than `most`.
 * Returns false and sets err if there is no memory. */
bool overlap_find(const struct listing *listing, uint64_t most, struct overlap *overlap,
		  struct error *err);

#endif
