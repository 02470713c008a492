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
	} * row;
	uint32_t count, size; /* size: a power of two, or 0 */
};

/* The row of serial, or the free one for it; only where there are rows. Serials count up: their low
 * bits spread well. */
static inline struct idmap_row *idmap_find(const struct idmap *map, uint32_t serial)
{
	uint32_t mask = map->size - 1, i = serial & mask;

	while (map->row[i].serial && map->row[i].serial != serial)
		i = (i + 1) & mask;
	return &map->row[i];
}

/* False when serial is not there. */
static inline bool idmap_get(const struct idmap *map, uint32_t serial, uint32_t *id)
{
	const struct idmap_row *row;

	if (map->size == 0)
		return false;
	row = idmap_find(map, serial);
	*id = row->id;
	return row->serial != 0;
}

/* False when there is no memory. serial must be new and not 0. */
bool idmap_add(struct idmap *map, uint32_t serial, uint32_t id);
/* Empties the map and frees its memory. */
void idmap_clear(struct idmap *map);

#endif
