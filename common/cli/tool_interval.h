/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run tells while it goes on: a line of counters each --stats-interval, and at the end of a
 * live run, and the file of --metrics. The file is written at the start, then as often as the line
 * but at least every five seconds, and at the end.
 */
#ifndef VTAP_CLI_TOOL_INTERVAL_H
#define VTAP_CLI_TOOL_INTERVAL_H

#include "cli/cli.h"
#include "cli/metrics.h"
#include "cli/stats.h"

enum { TOOL_INTERVAL_LABEL_SIZE = 512 }; /* bytes of the label of --metrics with its NUL */

/* All zero before tool_interval_open(). */
struct tool_interval {
	const struct cli_common *common;
	struct stats *stats;
	struct metrics_label label;
	char name[TOOL_INTERVAL_LABEL_SIZE]; /* of the file, if label was not given */
	int64_t line_ns, file_ns; /* by CLOCK_MONOTONIC, when each is due; INT64_MAX for never */
	bool live;		  /* the end of the run prints a line, too; set by the caller */
	bool told;		  /* the user was told that the file cannot be written */
};

/*
 * Returns the nanoseconds between two calls of tool_interval_tick() that the options need, or 0 if
 * they need none. The interval of --stats-interval is a multiple of it; longest_ns: what it must
 * not exceed.
 */
int64_t tool_interval_tick_ns(const struct cli_common *common, int64_t longest_ns);

/*
 * Begins with a run. common and stats must outlive *interval. label: of the samples of --metrics;
 * if its name is NULL, it is run=, with the name of the file without its folder and ".prom", or no
 * label if the name is one of no file, such as "-". Nothing is written yet.
 */
void tool_interval_open(struct tool_interval *interval, const struct cli_common *common,
			struct stats *stats, const struct metrics_label *label);

/* Returns true if tool_interval_tick() has something to tell. */
bool tool_interval_is_due(const struct tool_interval *interval);

/*
 * Prints the line and writes the file, each if it is due; the first call writes the file. The
 * caller has brought stats up to date. An error of the file is printed once, and ends nothing.
 */
void tool_interval_tick(struct tool_interval *interval);

/* Prints the line of a live run, unless the run failed or a table comes, and writes the file for
 * the last time. Returns false if it could not be written; the user knows. */
bool tool_interval_end(struct tool_interval *interval);

#endif
