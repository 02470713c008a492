/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Named counters. A tool has one table of them; text for people and the JSON of
 * --stats come from the same table. Outcomes add up to `in`.
 */
#ifndef VTAP_CLI_STATS_H
#define VTAP_CLI_STATS_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

enum stats_group {
	STATS_OUTCOME,
	STATS_DETAIL,
	STATS_LARGEST, /* a detail that is no counter: bytes of the largest something */
};

/* One row of a tool's const table; value is at `offset` (offsetof) in the tool's struct of uint64_t
 * counters. */
struct stats_row {
	enum stats_group group;
	const char *name; /* snake_case, as in the JSON */
	const char *text; /* for people: "stripped", "passed unchanged: malformed" */
	size_t offset;
	bool loss; /* when not 0, worth a line even without -v: something dropped or not read */
};

extern const struct stats_row stats_common_rows[]; /* of every tool, in struct stats itself */

uint64_t stats_value(const struct stats_row *row, const void *counters);
/* True for rows that are told in that group: STATS_LARGEST among STATS_DETAIL. */
bool stats_belongs(const struct stats_row *row, enum stats_group group);

struct json; /* base/json.h */

/* One -t of a tool that sends. */
struct stats_target {
	const char *uri;
	uint64_t sent, bytes, failed, oversize, rate_limited;
};

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
	/* Targets, the same for JSON, text and metrics; target_count 0: the tool has none. */
	unsigned target_count;
	void (*target)(void *arg, unsigned i, struct stats_target *target);
	/* Calls each(each_arg, "ECONNREFUSED", n) for every kind of error; may be NULL. */
	void (*target_errors)(void *arg, unsigned i,
			      void (*each)(void *arg, const char *name, uint64_t count),
			      void *each_arg);
	void *targets_arg;
	/* What sources and sinks had to count (capture/source.h, capture/sink.h); details of every
	 * tool. */
	uint64_t skipped, gso_split, simple_enhanced, timestamps_clamped, blocks_dropped;
	bool fatal; /* the run ended with an error */
	/* What stats_print_line() said last. */
	struct {
		int64_t time_ns;
		uint64_t in, bytes_in;
	} line;
};

/* Writes the JSON object to a file; "-" is standard output. A regular file is complete or .tmp. */
bool stats_write(const struct stats *stats, const char *file, struct error *err);

#endif
