/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run found of each source: of each origin, key or interface, whatever the tool tells apart.
 * A tool describes its columns and walks its records; the table for a person, the JSON of --stats
 * and docs/stats.md come from that description.
 */
#ifndef VTAP_CLI_STATS_SOURCES_H
#define VTAP_CLI_STATS_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/json.h"

enum {
	STATS_SOURCE_MORE = 6,	       /* columns of a tool, at most */
	STATS_SOURCE_NAME_MAX = 32768, /* bytes of a name with its NUL; longer ones are cut off */
};

/* A column of a tool; packets and bytes stand in front of them in all tools. */
struct stats_source_column {
	const char *name;    /* in the JSON */
	const char *heading; /* in the table */
	const char *text;    /* what is counted, for docs/stats.md */
	bool bytes; /* the table has it as bytes ("1.5 GB"), else as a count ("1,301,074") */
};

/* A member that json() of struct stats_sources adds. */
struct stats_source_text {
	const char *name, *text; /* text: what it is, for docs/stats.md */
};

/* What is known of one source. */
struct stats_source {
	const void *record; /* the tool's; NULL for all that it did not tell apart */
	uint64_t packets, bytes;
	uint64_t more[STATS_SOURCE_MORE]; /* in the order of the tool's columns */
};

/* The functions get the sources_arg of struct stats as `arg`. */
struct stats_sources {
	const char *noun; /* what a row is: "source", "key", "interface" */
	const char *text; /* what its packets and bytes are, for docs/stats.md */
	const struct stats_source_column *columns; /* the last has no name */
	/* Returns the number of records. */
	uint64_t (*count)(void *arg);
	/* Calls put(put_arg, source) for every source in the order of appearance. */
	void (*each)(void *arg, void (*put)(void *put_arg, const struct stats_source *source),
		     void *put_arg);
	/* Writes the name of a record, which is not NULL; it may hold any bytes. */
	void (*name)(void *arg, const void *record, char name[STATS_SOURCE_NAME_MAX]);
	/* Writes what the table calls it. NULL if that is its name. */
	void (*label)(void *arg, const void *record, char name[STATS_SOURCE_NAME_MAX]);
	/* Adds members to the record's JSON object, which is open; record may be NULL. May be
	 * NULL itself. */
	void (*json)(void *arg, const void *record, struct json *json);
	const struct stats_source_text
		*texts; /* its members, the last has no name; NULL for none */
};

/* The columns of all tools, which the tool's own follow: packets and bytes; the last has no name.
 */
extern const struct stats_source_column stats_source_columns[];

/*
 * Writes one object for each source into an array that is open: its name, all columns with exact
 * numbers, and what sources->json() adds. What was not told apart is called `others`.
 */
void stats_sources_json(struct json *json, const struct stats_sources *sources, void *arg);

/*
 * Prints the table: a heading, the sources by their packets, most first, and in the row `others`
 * the sum of those that have no row of their own. Sources with equal packets are in the order of
 * appearance; a tool's column that is 0 everywhere is left out. lines: how many the table may have,
 * at least 3; 0 if there is no limit. Prints nothing if there are no sources.
 */
void stats_sources_print(FILE *to, const struct stats_sources *sources, void *arg, unsigned lines);

#endif
