/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "origin_stats.h"

#include <stdlib.h>

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

static struct origin_stats_counts *origin_stats_get(struct origin_stats *origins,
						    const uint8_t *key, size_t key_len,
						    uint64_t *over_limit)
{
	struct origin_stats_row *row = hash_table_get(&origins->table, key, key_len);

	if (row == NULL)
		row = origin_stats_add(origins, key, key_len);
	if (row != NULL)
		return &row->counts;
	++*over_limit;
	return &origins->others;
}

static struct origin_stats_counts *origin_stats_get_named(struct origin_stats *origins,
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

static struct origin_stats_counts *origin_stats_interface(struct origin_stats *origins,
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

struct origin_stats_counts *origin_stats_find(struct origin_stats *origins, const struct peel *peel,
					      const struct packet *packet, uint64_t *over_limit)
{
	uint8_t key[ORIGIN_KEY_MAX];
	size_t len;

	if (peel->count == 0)
		return origin_stats_interface(origins, packet->interface, over_limit);
	len = origin_key(peel, span_of(packet->data, packet->caplen), key);
	return origin_stats_get(origins, key, len, over_limit);
}

static const struct stats_source_column columns[] = {
	{ "raised", "restored", "packets whose length was restored from their headers", false },
	{ "lowered", "lowered", "packets whose length was lowered", false },
	{ "bytes_restored", "bytes restored", "bytes added to lengths", true },
	{ 0 },
};

static uint64_t origin_stats_count(void *arg)
{
	return ((const struct origin_stats *)arg)->table.count;
}

static struct stats_source origin_stats_source(const struct origin_stats_row *row,
					       const struct origin_stats_counts *counts)
{
	return (struct stats_source){
		.record = row,
		.packets = counts->packets,
		.bytes = counts->bytes,
		.more = { counts->raised, counts->lowered, counts->bytes_restored },
	};
}

static void origin_stats_each(void *arg,
			      void (*put)(void *put_arg, const struct stats_source *source),
			      void *put_arg)
{
	const struct origin_stats *origins = arg;
	struct stats_source source;

	for (const struct origin_stats_row *row = origins->first; row; row = row->next) {
		source = origin_stats_source(row, &row->counts);
		put(put_arg, &source);
	}
	if (origins->others.packets == 0)
		return;
	source = origin_stats_source(NULL, &origins->others);
	put(put_arg, &source);
}

static void origin_stats_name(void *arg, const void *record, char name[STATS_SOURCE_NAME_MAX])
{
	const struct origin_stats_row *row = record;

	(void)arg;
	if (row->key[0] == ORIGIN_STATS_INTERFACE)
		snprintf(name, STATS_SOURCE_NAME_MAX, "%.*s", (int)row->key_len - 1,
			 (const char *)row->key + 1);
	else
		origin_name(row->key, row->key_len, name);
}

const struct stats_sources origin_stats_sources = {
	.noun = "source",
	.text = "packets of a source, which is named by the tunnel that is still on, or else by "
		"the interface",
	.columns = columns,
	.count = origin_stats_count,
	.each = origin_stats_each,
	.name = origin_stats_name,
};
