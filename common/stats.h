/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Named counters. A tool has one table of them; text for people and the JSON of
 * --stats come from the same table. Outcomes add up to `in`.
 */
#ifndef VTAP_STATS_H
#define VTAP_STATS_H

#include <stdint.h>
#include <stdio.h>

#include "error.h"

enum stats_group { STATS_OUTCOME, STATS_DETAIL };

/* One row of a tool's const table; value is at `offset` (offsetof) in the tool's struct of uint64_t
 * counters. */
struct stats_row {
	enum stats_group group;
	const char *name; /* snake_case, as in the JSON */
	const char *text; /* for people: "stripped", "passed unchanged: malformed" */
	size_t offset;
	bool loss; /* when not 0, worth a line even without -v: something dropped or not read */
};

struct json; /* json.h */

struct stats {
	const char *tool;
	const struct stats_row *rows; /* ends with name NULL */
	const void *counters;
	uint64_t in, out, bytes_in, bytes_out;
	void (*sources)(struct json *json,
			void *arg); /* adds objects to the open array `sources`; may be NULL */
	/* The sources for a person, with -v; may be NULL. */
	void (*sources_text)(FILE *to, void *arg);
	void *sources_arg;
	/* What sources and sinks had to count (source.h, sink.h); details of every tool. */
	uint64_t skipped, simple_enhanced, time_cut, blocks_lost;
	bool fatal; /* the run ended with an error */
};

/* Writes the JSON object to a file; "-" is standard output. A regular file is complete or .tmp. */
bool stats_write(const struct stats *stats, const char *file, struct error *err);

/* The table for a person: totals and every row that is not 0. */
void stats_print(const struct stats *stats, FILE *to);

/* One line of all rows with `loss` that are not 0; false (nothing written) when there are none. */
bool stats_losses(const struct stats *stats, char *line, size_t size);

#endif
