/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash table from byte-string keys to pointers, for keys that packets choose: open addressing
 * with a random seed, so that nobody can aim at collisions. It grows by itself.
 */
#ifndef VTAP_TABLE_H
#define VTAP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_slot {
	uint64_t hash;
	const void *key; /* NULL: the slot is free */
	size_t key_len;
	void *value;
};

struct table {
	struct table_slot *slots;
	size_t size; /* slots, a power of two; 0 before the first put */
	size_t count;
	uint64_t seed;
};

/* Empties without freeing anything that was there; allocates nothing. */
void table_init(struct table *table);

/* Frees the slots, neither keys nor values; the table is then as after table_init(). */
void table_free(struct table *table);

/* Forgets all entries; keeps the slots unless they were many more than the entries. */
void table_clear(struct table *table);

/* Makes room for count entries, so that table_put() cannot fail up to there. False: no memory. */
bool table_reserve(struct table *table, size_t count);

/* The value of a key, or NULL. */
void *table_get(const struct table *table, const void *key, size_t key_len);

/*
 * Adds a key that is not there yet. The key is borrowed: its bytes stay in place and unchanged as
 * long as the entry (keep them in the value's struct). value is not NULL. False: no memory.
 */
bool table_put(struct table *table, const void *key, size_t key_len, void *value);

/* Takes a key out; returns its value, or NULL when it was not there. */
void *table_remove(struct table *table, const void *key, size_t key_len);

/*
 * All values, in no order: `size_t at = 0; while ((value = table_next(&table, &at)))`. The table
 * must not change meanwhile.
 */
void *table_next(const struct table *table, size_t *at);

#endif
