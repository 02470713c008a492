/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/hash_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { TABLE_FIRST_SIZE = 64 };

/* A table with fewer entries than one in CLEAR_LEAST slots is freed instead of being cleared. */
enum { CLEAR_LEAST = 16 };

void hash_table_init(struct hash_table *table)
{
	*table = (struct hash_table){ 0 };
	/* Before the kernel has entropy the address has to do: collisions could be prepared. */
	if (getrandom(&table->seed, sizeof(table->seed), GRND_NONBLOCK) < 0)
		table->seed = (uintptr_t)table;
}

void hash_table_free(struct hash_table *table)
{
	free(table->slots);
	*table = (struct hash_table){ .seed = table->seed };
}

void hash_table_clear(struct hash_table *table)
{
	if (table->count == 0)
		return;
	if (table->count < table->size / CLEAR_LEAST) {
		hash_table_free(table);
		return;
	}
	memset(table->slots, 0, table->size * sizeof(*table->slots));
	table->count = 0;
}

static uint64_t hash_table_hash(const struct hash_table *table, const void *key, size_t key_len)
{
	return XXH3_64bits_withSeed(key, key_len, table->seed);
}

/* Returns the slot of the key, or the free one where it belongs: a table is never full. */
static size_t hash_table_find(const struct hash_table *table, uint64_t hash, const void *key,
			      size_t key_len)
{
	size_t mask = table->size - 1, at = hash & mask;

	for (;; at = (at + 1) & mask) {
		const struct hash_table_slot *slot = &table->slots[at];

		if (!slot->key || (slot->hash == hash && slot->key_len == key_len &&
				   memcmp(slot->key, key, key_len) == 0))
			return at;
	}
}

static void hash_table_insert(struct hash_table *table, const struct hash_table_slot *entry)
{
	size_t mask = table->size - 1, at = entry->hash & mask;

	while (table->slots[at].key)
		at = (at + 1) & mask;
	table->slots[at] = *entry;
}

static bool hash_table_resize(struct hash_table *table, size_t size)
{
	struct hash_table old = *table;

	table->slots = calloc(size, sizeof(*table->slots));
	if (!table->slots) {
		table->slots = old.slots;
		return false;
	}
	table->size = size;
	for (size_t i = 0; i < old.size; i++)
		if (old.slots[i].key)
			hash_table_insert(table, &old.slots[i]);
	free(old.slots);
	return true;
}

bool hash_table_reserve(struct hash_table *table, size_t count)
{
	size_t size = table->size ? table->size : TABLE_FIRST_SIZE;

	/* Linear probing looks at few slots while at most three quarters of them are taken. */
	while (size / 4 * 3 < count)
		size *= 2;
	return size == table->size || hash_table_resize(table, size);
}

void *hash_table_get(const struct hash_table *table, const void *key, size_t key_len)
{
	if (table->count == 0)
		return NULL;
	return table
		->slots[hash_table_find(table, hash_table_hash(table, key, key_len), key, key_len)]
		.value;
}

bool hash_table_put(struct hash_table *table, const void *key, size_t key_len, void *value)
{
	struct hash_table_slot entry = { hash_table_hash(table, key, key_len), key, key_len,
					 value };

	if (!hash_table_reserve(table, table->count + 1))
		return false;
	hash_table_insert(table, &entry);
	table->count++;
	return true;
}

/* Moves back entries that were pushed past the slot that becomes free (Knuth 6.4, algorithm R). */
static void hash_table_close_gap(struct hash_table *table, size_t hole)
{
	size_t mask = table->size - 1;

	for (size_t at = (hole + 1) & mask; table->slots[at].key; at = (at + 1) & mask) {
		size_t home = table->slots[at].hash & mask;

		if (((at - home) & mask) < ((at - hole) & mask))
			continue;
		table->slots[hole] = table->slots[at];
		hole = at;
	}
	table->slots[hole] = (struct hash_table_slot){ 0 };
}

void *hash_table_remove(struct hash_table *table, const void *key, size_t key_len)
{
	size_t at;
	void *value;

	if (table->count == 0)
		return NULL;
	at = hash_table_find(table, hash_table_hash(table, key, key_len), key, key_len);
	value = table->slots[at].value;
	if (!value)
		return NULL;
	hash_table_close_gap(table, at);
	table->count--;
	return value;
}

void *hash_table_next(const struct hash_table *table, size_t *at)
{
	while (*at < table->size) {
		const struct hash_table_slot *slot = &table->slots[(*at)++];

		if (slot->key)
			return slot->value;
	}
	return NULL;
}
