/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps the serial of an interface to its number in one output. The map takes no more memory than
 * its contents need, because each of ten thousand outputs has one.
 */
#ifndef VTAP_CAPTURE_INTERFACE_IDS_H
#define VTAP_CAPTURE_INTERFACE_IDS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Odd, so that serials that follow each other have different rows, and large, so that their rows do
 * not stand side by side: others, of 2^n serials before, would have to pass all of them.
 */
#define INTERFACE_IDS_SPREAD UINT32_C(2654435769)

/* The map. If all is zero, it is empty; interface_ids_clear() frees what it holds. */
struct interface_ids {
	struct interface_ids_row {
		uint32_t serial; /* 0: the row is free */
		uint32_t id;	 /* number of the interface in the output */
	} * row;
	uint32_t count; /* rows in use */
	uint32_t size;	/* rows in all: a power of two, or 0 */
};

/*
 * Returns the row of a serial, or the free row where the serial belongs. map->size must not be 0.
 * The row is valid until the map changes.
 */
static inline struct interface_ids_row *interface_ids_find(const struct interface_ids *map,
							   uint32_t serial)
{
	uint32_t mask = map->size - 1, i = serial * INTERFACE_IDS_SPREAD & mask;

	while (map->row[i].serial && map->row[i].serial != serial)
		i = (i + 1) & mask;
	return &map->row[i];
}

/* Sets *id to the number of an interface. Returns false, with *id 0 or as it was, if the serial is
 * not in the map. */
static inline bool interface_ids_get(const struct interface_ids *map, uint32_t serial, uint32_t *id)
{
	const struct interface_ids_row *row;

	if (map->size == 0)
		return false;
	row = interface_ids_find(map, serial);
	*id = row->id;
	return row->serial != 0;
}

/* Adds a serial, which must be new and not 0. Returns false, with the map as it was, if there is no
 * memory. */
bool interface_ids_add(struct interface_ids *map, uint32_t serial, uint32_t id);

/* Empties the map and frees its memory. */
void interface_ids_clear(struct interface_ids *map);

#endif
