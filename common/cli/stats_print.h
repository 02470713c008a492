/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The counters of a run as text for a person: a table, a list of losses, a line while it runs. */
#ifndef VTAP_CLI_STATS_PRINT_H
#define VTAP_CLI_STATS_PRINT_H

#include <stdio.h>

#include "cli/stats.h"

/* Prints the table of -v: the totals, every row that is not 0, the sources and the targets. On a
 * terminal, and for a stream in memory on that of standard error, sources have as many lines as it
 * has. */
void stats_print(const struct stats *stats, FILE *to);

/*
 * Writes one line (NUL-terminated, without a newline, cut to size) with all rows marked `loss` that
 * are not 0. size is at least 1. Returns false, and writes nothing, if all of them are 0.
 */
bool stats_print_losses(const struct stats *stats, char *line, size_t size);

/* Prints the outcomes that are not 0 and no losses, which stats_print_losses() has, with commas
 * between them: "3 stripped, 2 passed unchanged: malformed headers". */
void stats_print_outcomes(const struct stats *stats, FILE *to);

/*
 * Writes one line (NUL-terminated, without a newline, cut to size) about a run that goes on:
 * totals, the rates since the line before, and the rows of stats->rows marked `loss`. size is at
 * least 1. now_ns: nanoseconds of any clock that only goes forward; the caller sets
 * stats->line.time_ns to the start of the run, or leaves it 0 to have no rates in the first line.
 * Sets stats->line. If there is no memory, the line is empty.
 */
void stats_print_line(struct stats *stats, int64_t now_ns, char *line, size_t size);

#endif
