/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "record_sum.h"
#include "record_table_internal.h"

enum { ROWS_MIN = 64 }; /* rows that are kept before the first are given up, at least */

struct record_table *record_table_open(const struct record_config *config)
{
	struct record_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->config = config;
	hash_table_init(&table->by_key);
	return table;
}

static void free_row(struct table_row *row)
{
	free(row->key);
	free(row);
}

/* Rows with most bytes come first; equal ones in the order of their names. */
static int compare_rows(const void *one, const void *other)
{
	const struct table_row *a = *(struct table_row *const *)one,
			       *b = *(struct table_row *const *)other;

	if (a->counts.bytes != b->counts.bytes)
		return a->counts.bytes > b->counts.bytes ? -1 : 1;
	return strcmp(a->key, b->key);
}

static void sort_rows(struct record_table *table)
{
	if (table->count > 1)
		qsort(table->rows, table->count, sizeof(*table->rows), compare_rows);
}

static void add_to_others(struct record_table *table, const struct counts *counts,
			  const struct bar *bar)
{
	record_sum_add(&table->others.counts, counts);
	if (bar)
		bar_merge(&table->others.bar, bar);
	table->other_keys++;
}

/* Only the first rows stay. */
static void prune_rows(struct record_table *table, size_t stay)
{
	sort_rows(table);
	while (table->count > stay) {
		struct table_row *row = table->rows[--table->count];

		hash_table_remove(&table->by_key, row->key, strlen(row->key));
		add_to_others(table, &row->counts, &row->bar);
		free_row(row);
	}
}

static size_t most_rows(const struct record_table *table)
{
	size_t top = table->config->top;

	if (top == 0)
		return table->config->max_keys;
	return top > ROWS_MIN / 2 ? 2 * top : ROWS_MIN;
}

static bool make_room(struct record_table *table)
{
	size_t room = table->room ? 2 * table->room : ROWS_MIN;
	struct table_row **rows;

	if (table->count < table->room)
		return true;
	rows = realloc(table->rows, room * sizeof(*rows));
	if (!rows)
		return false;
	table->rows = rows;
	table->room = room;
	return true;
}

static struct table_row *add_row(struct record_table *table, const char *key)
{
	struct table_row *row = make_room(table) ? calloc(1, sizeof(*row)) : NULL;

	if (!row)
		return NULL;
	row->key = strdup(key);
	if (!row->key || !hash_table_put(&table->by_key, row->key, strlen(key), row)) {
		free_row(row);
		return NULL;
	}
	table->rows[table->count++] = row;
	return row;
}

static void note_superframes(struct record_table *table, const struct record *record)
{
	const char *name = record->source ? record->source : record->key;
	struct table_superframes *superframes = &table->more_superframes;

	if (record->counts.superframes == 0)
		return;
	for (unsigned i = 0; i < TABLE_GUILTY; i++) {
		if (i < table->guilty &&
		    strncmp(table->superframes[i].name, name, TABLE_NAME - 1) != 0)
			continue;
		superframes = &table->superframes[i];
		if (i == table->guilty) {
			snprintf(superframes->name, TABLE_NAME, "%s", name);
			table->guilty++;
		}
		break;
	}
	superframes->packets += record->counts.superframes;
	superframes->wire_packets += record->counts.superframe_wire_packets;
	if (record->largest_superframe > superframes->largest)
		superframes->largest = record->largest_superframe;
}

/* Returns false if there is no memory; *row is NULL if the record belongs to `others`. */
static bool find_row(struct record_table *table, const struct record *record,
		     struct table_row **row)
{
	size_t most = most_rows(table);

	*row = NULL;
	if (record->forgotten || (record->flow && record->flow->why == RECORD_RESOURCES))
		return true;
	*row = hash_table_get(&table->by_key, record->key, strlen(record->key));
	if (*row)
		return true;
	if (table->count >= most && table->config->top == 0)
		return true;
	if (table->count >= most)
		prune_rows(table, table->config->top);
	*row = add_row(table, record->key);
	return *row;
}

bool record_table_put(struct record_table *table, const struct record *record)
{
	struct table_row *row;

	if (!find_row(table, record, &row))
		return false;
	note_superframes(table, record);
	table->hidden_cut += record->counts.hidden_cut;
	if (!row) {
		add_to_others(table, &record->counts, record->bar);
		return true;
	}
	record_sum_add(&row->counts, &record->counts);
	if (record->bar)
		bar_merge(&row->bar, record->bar);
	return true;
}

bool record_table_is_empty(const struct record_table *table)
{
	return table->count == 0 && table->other_keys == 0;
}

void record_table_settle(struct record_table *table)
{
	if (table->config->top > 0)
		prune_rows(table, table->config->top);
	else
		sort_rows(table);
}

void record_table_clear(struct record_table *table)
{
	hash_table_clear(&table->by_key);
	while (table->count > 0)
		free_row(table->rows[--table->count]);
	table->others = (struct table_row){ 0 };
	table->more_superframes = (struct table_superframes){ 0 };
	memset(table->superframes, 0, sizeof(table->superframes));
	table->other_keys = table->hidden_cut = table->guilty = 0;
}

void record_table_close(struct record_table *table)
{
	if (!table)
		return;
	record_table_clear(table);
	hash_table_free(&table->by_key);
	free(table->rows);
	free(table);
}
