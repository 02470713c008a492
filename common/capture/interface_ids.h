/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the serial of an interface to its number in one output. As small as what
 * it holds: ten thousand outputs have one each.
 */
#ifndef VTAP_CAPTURE_INTERFACE_IDS_H
#define VTAP_CAPTURE_INTERFACE_IDS_H

#include <stdbool.h>
#include <stdint.h>

struct interface_ids {
	struct interface_ids_row {
		uint32_t serial; /* 0: free */
		uint32_t id;
	} * row;
	uint32_t count, size; /* size: a power of two, or 0 */
};

/* The row of serial, or the free one for it; only where there are rows. Serials count up: their low
 * bits spread well. */
static inline struct interface_ids_row *interface_ids_find(const struct interface_ids *map,
							   uint32_t serial)
{
	uint32_t mask = map->size - 1, i = serial & mask;

	while (map->row[i].serial && map->row[i].serial != serial)
		i = (i + 1) & mask;
	return &map->row[i];
}

/* False when serial is not there. */
static inline bool interface_ids_get(const struct interface_ids *map, uint32_t serial, uint32_t *id)
{
	const struct interface_ids_row *row;

	if (map->size == 0)
		return false;
	row = interface_ids_find(map, serial);
	*id = row->id;
	return row->serial != 0;
}

/* False when there is no memory. serial must be new and not 0. */
bool interface_ids_add(struct interface_ids *map, uint32_t serial, uint32_t id);
/* Empties the map and frees its memory. */
void interface_ids_clear(struct interface_ids *map);

#endif
