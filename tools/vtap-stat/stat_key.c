/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stat_key.h"

#include <string.h>

#include "key/shorten.h"
#include "stat_tell.h"

enum { SHORT = 32 }; /* bytes of a part that is cut, where the pool has no room for more */

/* Parts one behind the other: keys of different bytes may have one text, and are one key then. */
static struct span stat_key_pack(struct stat_stage *stat, size_t limit)
{
	size_t len = 0;

	for (unsigned i = 0; i < stat->text.count; i++) {
		const char *part = stat->text.part[i];

		len += 1 + shorten(stat->packed + len, part, strlen(part), limit);
	}
	return span_of((const uint8_t *)stat->packed, len);
}

/* A text that no room is left for is cut; of many parts only the first stays, for all of them. */
static struct span stat_key_cut(struct stat_stage *stat)
{
	struct span text = stat_key_pack(stat, SHORT);
	char all[KEY_TEXT_LIMIT + 1];

	if (text.len <= ENTRIES_INLINE)
		return text;
	key_text_join(&stat->text, false, KEY_TEXT_LIMIT, all);
	for (unsigned i = 0; i < stat->text.count; i++)
		stat->text.part[i][0] = '\0';
	shorten(stat->text.part[0], all, strlen(all), ENTRIES_INLINE / 2);
	return stat_key_pack(stat, KEY_PART_SIZE);
}

static struct entry *stat_key_add(struct stat_stage *stat, struct span text, struct error *err)
{
	struct entry *entry;

	if (!stat_tell_make_room(stat, err))
		return NULL;
	entry = entries_add_key(&stat->entries, text);
	if (!entry) {
		stat->counters.names_full++;
		text = stat_key_cut(stat);
		entry = entries_find_key(&stat->entries, text);
		if (entry)
			return entry;
		entry = entries_add_key(&stat->entries, text);
	}
	stat->counters.keys++;
	if (stat->config->format != RECORD_TABLE)
		return entry;
	entry->key.bar = entries_pool_take(&stat->entries, sizeof(*entry->key.bar));
	stat->counters.names_full += !entry->key.bar;
	return entry;
}

static struct entry *stat_key_find_text(struct stat_stage *stat, const struct key *key,
					struct error *err)
{
	struct entry *entry;
	struct span text;

	key_write(&stat->config->by.spec, key, &stat->text);
	text = stat_key_pack(stat, KEY_PART_SIZE);
	entry = entries_find_key(&stat->entries, text);
	return entry ? entry : stat_key_add(stat, text, err);
}

static bool stat_key_is_live(const struct entry *entry)
{
	return entry && entry->list == ENTRIES_KEYS;
}

struct entry *stat_key_find(struct stat_stage *stat, const struct key *key, struct error *err)
{
	struct entry *entry = key_cache_find(&stat->cache, key);

	if (!stat_key_is_live(entry)) {
		entry = stat_key_find_text(stat, key, err);
		if (!entry)
			return NULL;
		key_cache_remember(&stat->cache, key, entry);
	}
	entries_touch(&stat->entries, entry);
	return entry;
}

static bool stat_key_is_there(struct entry *const found[], unsigned count, const struct entry *one)
{
	for (unsigned i = 0; i < count; i++)
		if (found[i] == one)
			return true;
	return false;
}

struct entry *stat_key_peel(struct stat_stage *stat, const struct packet *packet,
			    uint32_t *outer_end)
{
	struct entry *entry = key_cache_peel_get(&stat->cache, packet, &stat->peel, outer_end);

	if (!entry || stat_key_is_live(entry))
		return entry;
	/* The key was forgotten: a new one is made of all that the packet has. */
	*outer_end = 0;
	peel_packet(&stat->peel, &stat->table, packet->linktype, packet->data, packet->caplen,
		    packet->len);
	return NULL;
}

unsigned stat_key_find_all(struct stat_stage *stat, const struct packet *packet,
			   struct entry *known, struct entry *found[KEY_CHOICES], struct error *err)
{
	const struct key_spec *spec = &stat->config->by.spec;
	unsigned made, count = 0;
	struct entry *entry;

	if (known) {
		entries_touch(&stat->entries, known);
		found[0] = known;
		return 1;
	}
	made = key_make(spec, packet, &stat->peel, key_cache_taken(&stat->cache, packet),
			stat->key);
	for (unsigned i = 0; i < made; i++) {
		entry = stat_key_find(stat, &stat->key[i], err);
		if (!entry)
			return 0;
		if (!stat_key_is_there(found, count, entry))
			found[count++] = entry;
	}
	if (made == 1)
		key_cache_put(&stat->cache, packet, &stat->peel, found[0]);
	return count;
}
