/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records as a table for a person: the keys with most bytes, the rest in a row `others`, and below
 * it what the figures mean where packets are superframes or were cut without a sign of it.
 */
#ifndef VTAP_STAT_RECORD_TABLE_H
#define VTAP_STAT_RECORD_TABLE_H

#include "record.h"
#include "record_config.h"

/* Makes an empty table. config is borrowed until record_table_close(). Returns NULL if there is no
 * memory. */
struct record_table *record_table_open(const struct record_config *config);

/*
 * Adds a record to the row of its key. At most twice --top rows are kept (--max-keys for --top 0):
 * then those with fewest bytes become a part of `others`, and a key that comes again after that is
 * a new one. Returns false, with nothing added, if there is no memory.
 */
bool record_table_put(struct record_table *table, const struct record *record);

/* Returns true if nothing was put since record_table_open() or record_table_clear(). */
bool record_table_is_empty(const struct record_table *table);

/*
 * Writes the table, which may be empty: its header, rows in the order of bytes, and the notes. With
 * -G the first line is the interval, which ends at interval_end_ns.
 */
void record_table_print(struct record_table *table, int64_t interval_end_ns, FILE *to);

/* Removes all rows. */
void record_table_clear(struct record_table *table);

/* Frees the table, which may be NULL. */
void record_table_close(struct record_table *table);

#endif
