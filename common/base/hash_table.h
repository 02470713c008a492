/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash table from byte strings to pointers, for keys that packets choose: it hashes with a random
 * seed, so that nobody can prepare keys that collide. It uses open addressing and grows by itself.
 */
#ifndef VTAP_BASE_HASH_TABLE_H
#define VTAP_BASE_HASH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_table_slot {
	uint64_t hash;
	const void *key; /* NULL if the slot is free */
	size_t key_len;	 /* bytes */
	void *value;
};

struct hash_table {
	struct hash_table_slot *slots;
	size_t size;  /* number of slots, a power of two; 0 before the first entry */
	size_t count; /* number of entries */
	uint64_t seed;
};

/* Makes an empty table. It allocates nothing, and frees nothing that *table held before. */
void hash_table_init(struct hash_table *table);

/* Frees the slots, but neither keys nor values. The table is empty then and may be used again. */
void hash_table_free(struct hash_table *table);

/*
 * Removes all entries. The slots are kept unless they are far more than the entries were, so the
 * cost is in proportion to the entries.
 */
void hash_table_clear(struct hash_table *table);

/*
 * Makes room for `count` entries in all, so that hash_table_put() cannot fail before there are
 * more. Returns false if there is no memory; the table then stays as it is.
 */
bool hash_table_reserve(struct hash_table *table, size_t count);

/* Returns the value of a key, or NULL if the key is not in the table. */
void *hash_table_get(const struct hash_table *table, const void *key, size_t key_len);

/*
 * Adds a key, which must not be in the table yet. The table keeps the pointer: the key's bytes must
 * stay in place and unchanged as long as the entry exists (they best stand in the struct that
 * `value` points to). Neither key nor value may be NULL. Returns false if there is no memory.
 */
bool hash_table_put(struct hash_table *table, const void *key, size_t key_len, void *value);

/* Removes a key. Returns its value, or NULL if the key was not in the table. */
void *hash_table_remove(struct hash_table *table, const void *key, size_t key_len);

/*
 * Walks over all values in no particular order. *at is 0 before the first call, and each call
 * returns the next value:
 *   size_t at = 0;
 *   while ((value = hash_table_next(&table, &at)))
 * Returns NULL after the last one. The table must not change during the walk.
 */
void *hash_table_next(const struct hash_table *table, size_t *at);

#endif
