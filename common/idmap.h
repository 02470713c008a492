/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the serial of an interface to its number in one output. As small as what
 * it holds: ten thousand outputs have one each.
 */
#ifndef VTAP_IDMAP_H
#define VTAP_IDMAP_H

#include <stdbool.h>
#include <stdint.h>

struct idmap {
	struct idmap_row {
		uint32_t serial; /* 0: free */
		uint32_t id;
	} * row, last;
	uint32_t count, size; /* size: a power of two, or 0 */
};

/* False when serial is not there. */
bool idmap_get(struct idmap *map, uint32_t serial, uint32_t *id);
/* False when there is no memory. serial must be new and not 0. */
bool idmap_add(struct idmap *map, uint32_t serial, uint32_t id);
/* Empties the map and frees its memory. */
void idmap_clear(struct idmap *map);

#endif
