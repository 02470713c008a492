/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "idmap.h"

#include <stdlib.h>

/* Serials count up: their low bits spread well. The row of serial, or the free one for it. */
static struct idmap_row *find(const struct idmap *map, uint32_t serial)
{
	uint32_t i = serial & (map->size - 1);

	while (map->row[i].serial && map->row[i].serial != serial)
		i = (i + 1) & (map->size - 1);
	return &map->row[i];
}

bool idmap_get(struct idmap *map, uint32_t serial, uint32_t *id)
{
	if (map->last.serial != serial) {
		struct idmap_row *row = map->size ? find(map, serial) : NULL;

		if (!row || !row->serial)
			return false;
		map->last = *row;
	}
	*id = map->last.id;
	return true;
}

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
			*find(map, old.row[i].serial) = old.row[i];
	free(old.row);
	return true;
}

bool idmap_add(struct idmap *map, uint32_t serial, uint32_t id)
{
	if (2 * (map->count + 1) > map->size && !grow(map))
		return false;
	map->last = (struct idmap_row){ serial, id };
	*find(map, serial) = map->last;
	map->count++;
	return true;
}

void idmap_clear(struct idmap *map)
{
	free(map->row);
	*map = (struct idmap){ .row = NULL };
}
