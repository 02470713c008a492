/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a table keeps, for the file that fills it and those that print it. */
#ifndef VTAP_STAT_RECORD_TABLE_INTERNAL_H
#define VTAP_STAT_RECORD_TABLE_INTERNAL_H

#include "base/hash_table.h"
#include "record_table.h"

enum { TABLE_GUILTY = 3, TABLE_NAME = 128 };

struct table_row {
	char *key; /* NULL in the row `others` */
	struct counts counts;
	struct bar bar;
};

/* A source with superframes. */
struct table_superframes {
	char name[TABLE_NAME]; /* cut off if it is longer */
	uint64_t packets, wire_packets;
	uint32_t largest; /* bytes */
};

struct record_table {
	const struct record_config *config;
	struct hash_table by_key;
	struct table_row **rows;
	size_t count, room;
	struct table_row others;
	uint64_t other_keys; /* of how many keys `others` is the sum, at least */
	/* The first sources that have superframes, and all further ones together. */
	struct table_superframes superframes[TABLE_GUILTY], more_superframes;
	unsigned guilty;
	uint64_t hidden_cut;
};

/* Brings the rows into order and leaves no more than --top of them. */
void record_table_settle(struct record_table *table);

/* Writes what has to be said below the table, in lines of at most `width` columns. */
void record_table_notes(const struct record_table *table, unsigned width, FILE *to);

#endif
