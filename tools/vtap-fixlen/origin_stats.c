/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "origin_stats.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/printable.h"
#include "tunnel/origin.h"

/* First byte of a key that is the name of an interface; a codec never has that index. */
enum { ORIGIN_STATS_INTERFACE = 0xFF };

void origin_stats_init(struct origin_stats *origins)
{
	*origins = (struct origin_stats){ 0 };
	origins->last = &origins->first;
	hash_table_init(&origins->table);
}

void origin_stats_free(struct origin_stats *origins)
{
	for (struct origin_stats_row *row = origins->first, *next; row != NULL; row = next) {
		next = row->next;
		free(row);
	}
	hash_table_free(&origins->table);
}

static struct origin_stats_row *origin_stats_add(struct origin_stats *origins, const uint8_t *key,
						 size_t key_len)
{
	struct origin_stats_row *row;

	if (origins->table.count == ORIGIN_STATS_MAX)
		return NULL;
	row = calloc(1, sizeof(*row) + key_len);
	if (row == NULL)
		return NULL;
	row->key_len = key_len;
	memcpy(row->key, key, key_len);
	if (!hash_table_put(&origins->table, row->key, key_len, row)) {
		free(row);
		return NULL;
	}
	*origins->last = row;
	origins->last = &row->next;
	return row;
}

static struct origin_stats_row *origin_stats_get(struct origin_stats *origins, const uint8_t *key,
						 size_t key_len, uint64_t *over_limit)
{
	struct origin_stats_row *row = hash_table_get(&origins->table, key, key_len);

	if (row == NULL)
		row = origin_stats_add(origins, key, key_len);
	*over_limit += row == NULL;
	return row;
}

static struct origin_stats_row *origin_stats_get_named(struct origin_stats *origins,
						       const struct interface *interface,
						       uint64_t *over_limit)
{
	uint8_t key[1 + ORIGIN_STATS_NAME_MAX];
	size_t len;

	if (interface->name == NULL || interface->name[0] == '\0')
		return NULL;
	len = strnlen(interface->name, ORIGIN_STATS_NAME_MAX);
	key[0] = ORIGIN_STATS_INTERFACE;
	memcpy(key + 1, interface->name, len);
	return origin_stats_get(origins, key, 1 + len, over_limit);
}

static struct origin_stats_row *origin_stats_interface(struct origin_stats *origins,
						       const struct interface *interface,
						       uint64_t *over_limit)
{
	uint64_t before = *over_limit;

	if (origins->interface == interface->serial)
		return origins->by_interface;
	origins->by_interface = origin_stats_get_named(origins, interface, over_limit);
	origins->interface = *over_limit != before ? 0 : interface->serial;
	return origins->by_interface;
}

struct origin_stats_row *origin_stats_find(struct origin_stats *origins, const struct peel *peel,
					   const struct packet *packet, uint64_t *over_limit)
{
	uint8_t key[ORIGIN_KEY_MAX];
	size_t len;

	if (peel->count == 0)
		return origin_stats_interface(origins, packet->interface, over_limit);
	len = origin_key(peel, span_of(packet->data, packet->caplen), key);
	return origin_stats_get(origins, key, len, over_limit);
}

static void origin_stats_name(const struct origin_stats_row *row, char name[ORIGIN_NAME_MAX])
{
	if (row->key[0] == ORIGIN_STATS_INTERFACE)
		snprintf(name, ORIGIN_NAME_MAX, "%.*s", (int)row->key_len - 1,
			 (const char *)row->key + 1);
	else
		origin_name(row->key, row->key_len, name);
}

void origin_stats_json(struct json *json, void *arg)
{
	const struct origin_stats *origins = arg;
	char name[ORIGIN_NAME_MAX];

	for (const struct origin_stats_row *row = origins->first; row; row = row->next) {
		origin_stats_name(row, name);
		json_object(json, NULL);
		json_string(json, "name", name, strlen(name));
		json_number(json, "packets", row->packets);
		json_number(json, "raised", row->raised);
		json_number(json, "lowered", row->lowered);
		json_number(json, "bytes_restored", row->bytes_restored);
		json_object_end(json);
	}
}

void origin_stats_text(FILE *to, void *arg)
{
	const struct origin_stats *origins = arg;
	char name[ORIGIN_NAME_MAX];

	if (origins->first != NULL)
		fprintf(to, "       packets         raised        lowered  source\n");
	for (const struct origin_stats_row *row = origins->first; row; row = row->next) {
		origin_stats_name(row, name);
		printable(name);
		fprintf(to, "%14" PRIu64 " %14" PRIu64 " %14" PRIu64 "  %s\n", row->packets,
			row->raised, row->lowered, name);
	}
}
