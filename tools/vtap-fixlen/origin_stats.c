/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "origin_stats.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/printable.h"
#include "tunnel/origin.h"

/* In front of interface names; no codec has that index. */
enum { ORIGIN_STATS_INTERFACE = 0xFF };

void origin_stats_init(struct origin_stats *origins)
{
	*origins = (struct origin_stats){ 0 };
	origins->last = &origins->first;
	hash_table_init(&origins->table);
}

void origin_stats_free(struct origin_stats *origins)
{
	for (struct origin_stats_row *source = origins->first, *next; source != NULL;
	     source = next) {
		next = source->next;
		free(source);
	}
	hash_table_free(&origins->table);
}

static struct origin_stats_row *add(struct origin_stats *origins, const uint8_t *key,
				    size_t key_len)
{
	struct origin_stats_row *source;

	if (origins->table.count == ORIGIN_STATS_MAX)
		return NULL;
	source = calloc(1, sizeof *source + key_len);
	if (source == NULL)
		return NULL;
	source->key_len = key_len;
	memcpy(source->key, key, key_len);
	if (!hash_table_put(&origins->table, source->key, key_len, source)) {
		free(source);
		return NULL;
	}
	*origins->last = source;
	origins->last = &source->next;
	return source;
}

static struct origin_stats_row *get(struct origin_stats *origins, const uint8_t *key,
				    size_t key_len, uint64_t *lost)
{
	struct origin_stats_row *source = hash_table_get(&origins->table, key, key_len);

	if (source == NULL)
		source = add(origins, key, key_len);
	*lost += source == NULL;
	return source;
}

static struct origin_stats_row *find_interface(struct origin_stats *origins,
					       const struct interface *interface, uint64_t *lost)
{
	uint8_t key[1 + ORIGIN_STATS_NAME_MAX];
	size_t len;

	if (interface->name == NULL || interface->name[0] == '\0')
		return NULL;
	len = strnlen(interface->name, ORIGIN_STATS_NAME_MAX);
	key[0] = ORIGIN_STATS_INTERFACE;
	memcpy(key + 1, interface->name, len);
	return get(origins, key, 1 + len, lost);
}

struct origin_stats_row *origin_stats_interface(struct origin_stats *origins,
						const struct interface *interface, uint64_t *lost)
{
	uint64_t before = *lost;

	if (origins->interface == interface->serial)
		return origins->by_interface;
	origins->by_interface = find_interface(origins, interface, lost);
	origins->interface = *lost != before ? 0 : interface->serial;
	return origins->by_interface;
}

struct origin_stats_row *origin_stats_find(struct origin_stats *origins, const struct peel *peel,
					   const struct packet *packet, uint64_t *lost)
{
	uint8_t key[ORIGIN_KEY_MAX];
	size_t len;

	if (peel->count == 0)
		return origin_stats_interface(origins, packet->interface, lost);
	len = origin_key(peel, span_of(packet->data, packet->caplen), key);
	return get(origins, key, len, lost);
}

static void name_of(const struct origin_stats_row *source, char name[ORIGIN_NAME_MAX])
{
	if (source->key[0] == ORIGIN_STATS_INTERFACE)
		snprintf(name, ORIGIN_NAME_MAX, "%.*s", (int)source->key_len - 1,
			 (const char *)source->key + 1);
	else
		origin_name(source->key, source->key_len, name);
}

void origin_stats_json(struct json *json, void *arg)
{
	const struct origin_stats *origins = arg;
	char name[ORIGIN_NAME_MAX];

	for (const struct origin_stats_row *source = origins->first; source;
	     source = source->next) {
		name_of(source, name);
		json_object(json, NULL);
		json_string(json, "name", name, strlen(name));
		json_number(json, "packets", source->packets);
		json_number(json, "raised", source->raised);
		json_number(json, "lowered", source->lowered);
		json_number(json, "bytes_restored", source->bytes_restored);
		json_object_end(json);
	}
}

void origin_stats_text(FILE *to, void *arg)
{
	const struct origin_stats *origins = arg;
	char name[ORIGIN_NAME_MAX];

	if (origins->first != NULL)
		fprintf(to, "       packets         raised        lowered  source\n");
	for (const struct origin_stats_row *source = origins->first; source;
	     source = source->next) {
		name_of(source, name);
		printable(name);
		fprintf(to, "%14" PRIu64 " %14" PRIu64 " %14" PRIu64 "  %s\n", source->packets,
			source->raised, source->lowered, name);
	}
}
