/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The helper of the tools' main(): the one place that prints and gives exit statuses. */
#ifndef VTAP_CLI_TOOL_H
#define VTAP_CLI_TOOL_H

#include "cli/cli.h"
#include "cli/stats.h"
#include "host/sandbox.h"
#include "pipeline/pipeline.h"

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
 * Before the first byte that others wrote is parsed: gives up capabilities (but CAP_NET_RAW, if
 * keep_raw) and the user (-Z), and enters the sandbox unless --no-sandbox, with --stats among its
 * files. False and err when it cannot be done.
 */
bool tool_confine(const char *tool, const struct cli_common *common, bool keep_raw,
		  struct sandbox *sandbox, struct error *err);

/*
 * One run: a source, a stage, a sink. What is NULL or false is as for a filter between files. The
 * callbacks get arg.
 */
struct tool_job {
	const struct cli_common *common;
	const struct stage *stage;
	struct stats *stats;
	const char
		*fallback; /* the format when neither -F nor a name decides; NULL: as the input */
	bool watch;	   /* FILE itself is written and flushed, no .tmp: live */
	/* The ends where they are no capture files; they fail as source_file_open() and
	 * sink_file_open() do. */
	struct source *(*open_source)(void *arg, struct error *err);
	struct sink *(*open_sink)(void *arg, struct error *err);
	/* All that is no capture file is open, and nothing given up yet. */
	bool (*begin)(void *arg, struct error *err);
	bool keep_raw;	/* CAP_NET_RAW is needed later */
	unsigned needs; /* of the host/sandbox.h */
	/* What files it will open, beside the ends and --stats. */
	void (*permit)(void *arg, struct sandbox *sandbox);
	/* Put around a source that is a capture file; closes it when it fails. */
	struct source *(*wrap)(void *arg, struct source *source, struct error *err);
	/* Between packets (io/interrupt.h); stats has the totals of that moment. */
	void (*events)(void *arg, unsigned events, struct stats *stats);
	/* After the last packet, before source and sink are closed: statistics blocks, last
	 * counters. */
	bool (*finish)(void *arg, struct source *source, struct sink *sink, struct error *err);
	void *arg;
};

/* Opens both ends, pumps, closes both with the right name, fills stats' totals. The exit status is
 * tool_finish()'s. */
int tool_run(const struct tool_job *job);

#endif
