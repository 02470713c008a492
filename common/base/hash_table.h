/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash table from byte-string keys to pointers, for keys that packets choose: open addressing
 * with a random seed, so that nobody can aim at collisions. It grows by itself.
 */
#ifndef VTAP_BASE_HASH_TABLE_H
#define VTAP_BASE_HASH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_table_slot {
	uint64_t hash;
	const void *key; /* NULL: the slot is free */
	size_t key_len;
	void *value;
};

struct hash_table {
	struct hash_table_slot *slots;
	size_t size; /* slots, a power of two; 0 before the first put */
	size_t count;
	uint64_t seed;
};

/* Empties without freeing anything that was there; allocates nothing. */
void hash_table_init(struct hash_table *table);

/* Frees the slots, neither keys nor values; the table is then as after hash_table_init(). */
void hash_table_free(struct hash_table *table);

/* Forgets all entries; keeps the slots unless they were many more than the entries. */
void hash_table_clear(struct hash_table *table);

/* Makes room for count entries, so that hash_table_put() cannot fail up to there. False: no memory.
 */
bool hash_table_reserve(struct hash_table *table, size_t count);

/* The value of a key, or NULL. */
void *hash_table_get(const struct hash_table *table, const void *key, size_t key_len);

/*
 * Adds a key that is not there yet. The key is borrowed: its bytes stay in place and unchanged as
 * long as the entry (keep them in the value's struct). value is not NULL. False: no memory.
 */
bool hash_table_put(struct hash_table *table, const void *key, size_t key_len, void *value);

/* Takes a key out; returns its value, or NULL when it was not there. */
void *hash_table_remove(struct hash_table *table, const void *key, size_t key_len);

/*
 * All values, in no order: `size_t at = 0; while ((value = hash_table_next(&table, &at)))`. The
 * table must not change meanwhile.
 */
void *hash_table_next(const struct hash_table *table, size_t *at);

#endif
