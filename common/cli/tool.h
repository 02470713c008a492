/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame of a tool's main(): opens both ends, gives up rights, runs the pipeline and reports. It
 * is the one place that prints messages and chooses exit statuses.
 */
#ifndef VTAP_CLI_TOOL_H
#define VTAP_CLI_TOOL_H

#include "cli/cli.h"
#include "cli/metrics.h"
#include "cli/stats.h"
#include "host/sandbox.h"
#include "pipeline/pipeline.h"

struct tool_interval; /* cli/tool_interval.h */

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Prints `TOOL: error` to stderr. Returns the exit status that fits the error. */
int tool_fail(const char *tool, const struct error *err);

/* Prints an error as tool_fail() does, but nothing if err->text is empty or says that the reader of
 * a pipe went away. Returns the exit status. */
int tool_report_error(const char *tool, const struct error *err);

/* Prints `TOOL: text` to stderr. */
void tool_say(const char *tool, const char *format, ...) ERROR_PRINTF(2, 3);

/* Prints the counters to stderr as one line of JSON (stats_report()). */
void tool_report_stats(const struct stats *stats);

/* Prints the error of an input to stderr; arg is the tool's name. The `tell` of inputs_new(). */
void tool_tell_input(const void *arg, const struct error *err);

/* Prints that a file has got another name; arg is the tool's name. The `tell` of abandoned_tell().
 */
void tool_tell_abandoned(const void *arg, const char *tmp, const char *now);

/*
 * Fills stats->inputs with what became of the inputs, and the times of a single one with those of
 * the pipeline. Must be called while the source is open, or before it is. inputs may be NULL.
 */
void tool_count_inputs(struct stats *stats, struct inputs *inputs, unsigned count,
		       const struct pipeline *pipeline);

/*
 * Reports the end of a run: the table with -v, or one line about losses unless -q; that nothing was
 * done, in the same line, unless -q; the files of --stats and --metrics; and err unless err->text
 * is empty. interval: after tool_interval_open(), also has the options and the counters. Returns
 * the exit status.
 */
int tool_finish(struct tool_interval *interval, const struct error *err);

/* Makes the folders of a file that are missing, as for -w. file may be NULL. Returns false and sets
 * err if that fails. */
bool tool_make_folders(const struct cli_common *common, const char *file, struct error *err);

/*
 * Gives up what the process no longer needs, before it parses bytes of others: capabilities (but
 * CAP_NET_RAW, if keep_raw, and CAP_LEASE with SANDBOX_SPOOL), the user (-Z), and, unless
 * --no-sandbox, all files and system calls that *sandbox does not name; the files of --stats and
 * --metrics are added to it. In between, with the rights that are left, makes the folders that are
 * missing of these and of the file `output`, which may be NULL. Returns false and sets err if that
 * fails.
 */
bool tool_confine(const char *tool, const struct cli_common *common, const char *output,
		  bool keep_raw, struct sandbox *sandbox, struct error *err);

/*
 * A run with one source, one stage and one sink. common, stage and stats are needed, and
 * stats->tool is set; all other members may be NULL, false or 0, which makes the run a filter from
 * file to file. Each function gets `arg` as its first argument.
 */
struct tool_job {
	const struct cli_common *common;
	const struct stage *stage;
	struct stats *stats; /* tool_run() fills the totals */
	/* Format if neither -F nor the file's name decides; NULL for that of the input. Must not be
	 * NULL if open_sink is set and open_source is not: the sink is then opened first. */
	const char *fallback;
	enum interface_order interfaces; /* of a pcapng that is written */
	bool without_fcs;		 /* a pcap that is written has no frame check sequences */
	bool watch; /* live: the file is written under its own name, not as .tmp */
	/* Open an end that is no capture file. They return NULL and set err if that fails. */
	struct source *(*open_source)(void *arg, struct error *err);
	struct sink *(*open_sink)(void *arg, struct error *err);
	/*
	 * The source of open_source reads captures, more than one: it is no live end. Called in the
	 * sandbox, before the output is opened, to begin to read. Returns false and sets err to end
	 * the run; err->text is empty if a signal has asked for that. NULL if the source is live.
	 */
	bool (*start)(void *arg, struct error *err);
	/* Called when ends that are no capture files are open, before rights are given up. Returns
	 * false and sets err to end the run. */
	bool (*begin)(void *arg, struct error *err);
	bool keep_raw;	/* CAP_NET_RAW is needed later */
	unsigned needs; /* SANDBOX_... of host/sandbox.h */
	/* Names the files to be opened later, beside the ends and --stats. */
	void (*permit)(void *arg, struct sandbox *sandbox);
	/* Wraps a source that is a capture file. Returns the new source, which closes the old one
	 * with itself; closes the old one, returns NULL and sets err if it fails. */
	struct source *(*wrap)(void *arg, struct source *source, struct error *err);
	int64_t tick_ns; /* INTERRUPT_TICK is to come at least this often; 0: `events` needs none */
	/* Handles events between packets (io/interrupt.h), but for those for which tool_run()
	 * prints: INTERRUPT_REPORT and INTERRUPT_DRAW. */
	void (*events)(void *arg, unsigned events);
	/* Brings the counters of the tool's own ends up to date, before they are printed or
	 * written; also called after `finish`, while both ends are open. */
	void (*collect)(void *arg, struct stats *stats);
	struct metrics_label label; /* of --metrics; by default the name of its file */
	/* Called after the last packet, before the ends are closed: for last blocks. sink may be
	 * NULL. Returns false and sets err if writing failed. */
	bool (*finish)(void *arg, struct source *source, struct sink *sink, struct error *err);
	void *arg;
};

/*
 * Runs a job from opening the ends to tool_finish(), whose exit status it returns. A regular output
 * file gets its final name unless writing failed: what came before a damaged input is good. A run
 * from a regular file to a file or pipe that a signal ends is an error, though, with a status of
 * its own (cli/interrupted.h): its output stays .tmp. If the input is bad from the start, a pipe
 * gets a capture without packets all the same.
 */
int tool_run(const struct tool_job *job);

#endif
