/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The helper of the tools' main(): the one place that prints and gives exit statuses. */
#ifndef VTAP_TOOL_H
#define VTAP_TOOL_H

#include "cli.h"
#include "pump.h"
#include "stats.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Prints `TOOL: error` to stderr; returns the exit status that fits. */
int tool_fail(const char *tool, const struct error *err);

/* Prints `TOOL: text`. */
void tool_say(const char *tool, const char *format, ...) ERROR_PRINTF(2, 3);

/*
 * The end of a run: the table with -v, one line for losses without (unless quiet), --stats, and the
 * error of the run if `err->text` is not empty. Returns the exit status.
 */
int tool_finish(const struct cli_common *common, const struct stats *stats,
		const struct error *err);

/*
 * From one source through a stage to one sink: opens both, pumps, closes both
 * with the right name, and fills stats' totals. fallback: the format when neither -F nor a name
 * decides; NULL: as the input. The exit status is tool_finish()'s.
 */
int tool_filter(const struct cli_common *common, const struct stage *stage, const char *fallback,
		struct stats *stats);

#endif
