/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tally.h"

#include <inttypes.h>
#include <stdlib.h>

#include "json.h"
#include "origin.h"
#include "printable.h"

/* In front of interface names; no codec has that index. */
enum { TALLY_INTERFACE = 0xFF };

void tally_init(struct tally *tally)
{
	*tally = (struct tally){ 0 };
	tally->last = &tally->first;
	table_init(&tally->table);
}

void tally_free(struct tally *tally)
{
	for (struct tally_source *source = tally->first, *next; source != NULL; source = next) {
		next = source->next;
		free(source);
	}
	table_free(&tally->table);
}

static struct tally_source *add(struct tally *tally, const uint8_t *key, size_t key_len)
{
	struct tally_source *source;

	if (tally->table.count == TALLY_MAX)
		return NULL;
	source = calloc(1, sizeof *source + key_len);
	if (source == NULL)
		return NULL;
	source->key_len = key_len;
	memcpy(source->key, key, key_len);
	if (!table_put(&tally->table, source->key, key_len, source)) {
		free(source);
		return NULL;
	}
	*tally->last = source;
	tally->last = &source->next;
	return source;
}

static struct tally_source *get(struct tally *tally, const uint8_t *key, size_t key_len,
				uint64_t *lost)
{
	struct tally_source *source = table_get(&tally->table, key, key_len);

	if (source == NULL)
		source = add(tally, key, key_len);
	*lost += source == NULL;
	return source;
}

static struct tally_source *find_interface(struct tally *tally, const struct interface *interface,
					   uint64_t *lost)
{
	uint8_t key[1 + TALLY_NAME_MAX];
	size_t len;

	if (interface->name == NULL || interface->name[0] == '\0')
		return NULL;
	len = strnlen(interface->name, TALLY_NAME_MAX);
	key[0] = TALLY_INTERFACE;
	memcpy(key + 1, interface->name, len);
	return get(tally, key, 1 + len, lost);
}

struct tally_source *tally_interface(struct tally *tally, const struct interface *interface,
				     uint64_t *lost)
{
	uint64_t before = *lost;

	if (tally->interface == interface->serial)
		return tally->by_interface;
	tally->by_interface = find_interface(tally, interface, lost);
	tally->interface = *lost != before ? 0 : interface->serial;
	return tally->by_interface;
}

struct tally_source *tally_find(struct tally *tally, const struct peel *peel,
				const struct packet *packet, uint64_t *lost)
{
	uint8_t key[ORIGIN_KEY_MAX];
	size_t len;

	if (peel->count == 0)
		return tally_interface(tally, packet->interface, lost);
	len = origin_key(peel, span_of(packet->data, packet->caplen), key);
	return get(tally, key, len, lost);
}

struct tally_source *tally_glance(struct tally *tally, const struct glance *glance, uint64_t *lost)
{
	uint8_t key[ORIGIN_KEY_LEN];

	origin_glance(glance, key);
	return get(tally, key, sizeof(key), lost);
}

static void name_of(const struct tally_source *source, char name[ORIGIN_NAME_MAX])
{
	if (source->key[0] == TALLY_INTERFACE)
		snprintf(name, ORIGIN_NAME_MAX, "%.*s", (int)source->key_len - 1,
			 (const char *)source->key + 1);
	else
		origin_name(source->key, source->key_len, name);
}

void tally_json(struct json *json, void *arg)
{
	const struct tally *tally = arg;
	char name[ORIGIN_NAME_MAX];

	for (const struct tally_source *source = tally->first; source; source = source->next) {
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

void tally_text(FILE *to, void *arg)
{
	const struct tally *tally = arg;
	char name[ORIGIN_NAME_MAX];

	if (tally->first != NULL)
		fprintf(to, "       packets         raised        lowered  source\n");
	for (const struct tally_source *source = tally->first; source; source = source->next) {
		name_of(source, name);
		printable(name);
		fprintf(to, "%14" PRIu64 " %14" PRIu64 " %14" PRIu64 "  %s\n", source->packets,
			source->raised, source->lowered, name);
	}
}
