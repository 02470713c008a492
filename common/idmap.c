/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "idmap.h"

#include <stdlib.h>

static bool grow(struct idmap *map)
{
	struct idmap old = *map;

	map->size = old.size ? old.size * 2 : 2;
	map->row = calloc(map->size, sizeof(*map->row));
	if (!map->row) {
		*map = old;
		return false;
	}
	for (uint32_t i = 0; i < old.size; i++)
		if (old.row[i].serial)
			*idmap_find(map, old.row[i].serial) = old.row[i];
	free(old.row);
	return true;
}

bool idmap_add(struct idmap *map, uint32_t serial, uint32_t id)
{
	if (2 * (map->count + 1) > map->size && !grow(map))
		return false;
	*idmap_find(map, serial) = (struct idmap_row){ serial, id };
	map->count++;
	return true;
}

void idmap_clear(struct idmap *map)
{
	free(map->row);
	*map = (struct idmap){ .row = NULL };
}
