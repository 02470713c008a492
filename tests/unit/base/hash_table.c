/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/hash_table.h"

#include <stdlib.h>

#include "lib/tap.h"

enum { MANY = 100000 };

struct entry {
	uint32_t key;
	bool there;
};

static struct entry entries[MANY];

/* Every entry is found exactly when it should be. */
static bool consistent(const struct hash_table *table, size_t count)
{
	size_t there = 0, at = 0, seen = 0;

	for (size_t i = 0; i < count; i++) {
		void *got = hash_table_get(table, &entries[i].key, sizeof(entries[i].key));

		if (got != (entries[i].there ? &entries[i] : NULL))
			return false;
		there += entries[i].there;
	}
	while (hash_table_next(table, &at))
		seen++;
	return seen == there && table->count == there;
}

static void churn(struct hash_table *table)
{
	bool good = true;

	srand(1);
	for (unsigned round = 0; round < 2000 && good; round++) {
		struct entry *entry = &entries[rand() % 200];

		if (entry->there)
			good = hash_table_remove(table, &entry->key, sizeof(entry->key)) == entry;
		else
			good = hash_table_put(table, &entry->key, sizeof(entry->key), entry);
		entry->there = !entry->there;
		good = good && consistent(table, 200);
	}
	ok(good, "2000 random puts and removes keep every entry findable");
}

int main(void)
{
	struct hash_table table;
	bool good = true;

	for (uint32_t i = 0; i < MANY; i++)
		entries[i].key = i;
	hash_table_init(&table);
	ok(!hash_table_get(&table, "x", 1) && !hash_table_remove(&table, "x", 1),
	   "an empty table has nothing");
	churn(&table);
	hash_table_clear(&table);
	for (uint32_t i = 0; i < MANY; i++) {
		good = good &&
		       hash_table_put(&table, &entries[i].key, sizeof(uint32_t), &entries[i]);
		entries[i].there = true;
	}
	ok(good && consistent(&table, MANY), "a hundred thousand keys");
	ok(!hash_table_get(&table, &entries[1].key, 3), "a shorter key is another key");
	hash_table_clear(&table);
	ok(!hash_table_get(&table, &entries[1].key, 4) && table.count == 0, "clear forgets all");
	hash_table_free(&table);
	return tap_done();
}
