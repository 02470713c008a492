/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/interface_ids.h"

#include <stdlib.h>

static bool interface_ids_grow(struct interface_ids *map)
{
	struct interface_ids old = *map;

	map->size = old.size ? old.size * 2 : 2;
	map->row = calloc(map->size, sizeof(*map->row));
	if (!map->row) {
		*map = old;
		return false;
	}
	for (uint32_t i = 0; i < old.size; i++)
		if (old.row[i].serial)
			*interface_ids_find(map, old.row[i].serial) = old.row[i];
	free(old.row);
	return true;
}

bool interface_ids_add(struct interface_ids *map, uint32_t serial, uint32_t id)
{
	if (2 * (map->count + 1) > map->size && !interface_ids_grow(map))
		return false;
	*interface_ids_find(map, serial) = (struct interface_ids_row){ serial, id };
	map->count++;
	return true;
}

void interface_ids_clear(struct interface_ids *map)
{
	free(map->row);
	*map = (struct interface_ids){ .row = NULL };
}
