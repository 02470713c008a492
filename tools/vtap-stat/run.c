/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/inputs.h"
#include "capture/sink.h"
#include "capture/source_file.h"
#include "cli/cli_choice.h"
#include "cli/interrupted.h"
#include "cli/progress.h"
#include "cli/tool.h"
#include "cli/tool_interval.h"
#include "host/privileges.h"
#include "io/abandoned.h"
#include "io/atomic_file.h"
#include "io/interrupt.h"
#include "io/reader_watch.h"
#include "io/terminal.h"
#include "record_file.h"
#include "record_writer.h"
#include "stat_choose.h"

static const char tool[] = "vtap-stat";

struct run {
	const struct stat_config *config;
	const char *output;
	struct stat_stage *stat;
	struct record_config format;
	struct record_writer *writer;
	struct record_file file;
	struct inputs *inputs;
	unsigned input_count;
	bool is_file_job; /* all inputs are regular files */
	bool interrupted; /* a signal ended a file job */
	struct pipeline pipeline;
	struct progress progress;
	struct stats stats;
	struct tool_interval interval;
};

/* A failed write is told with the name of the file. */
static bool run_judge(const struct run *run, bool good, struct error *err)
{
	return (run->file.fd < 0 || record_file_check(&run->file, err)) && good;
}

static bool run_put(void *arg, const struct record *record, struct error *err)
{
	struct run *run = arg;

	return run_judge(run, record_writer_put(run->writer, record, err), err);
}

/* Totals replace those of the last interval in one step. */
static bool run_replace(const struct run *run, struct error *err)
{
	struct atomic_file file;

	if (!atomic_file_open(&file, run->output, err))
		return false;
	record_writer_prometheus(run->writer, file.to);
	return atomic_file_commit(&file, err);
}

static bool run_end_interval(void *arg, int64_t end_ns, struct error *err)
{
	struct run *run = arg;

	if (run->format.format == RECORD_PROMETHEUS)
		return strcmp(run->output, "-") == 0 || run_replace(run, err);
	return run_judge(run, record_writer_end_interval(run->writer, end_ns, err), err);
}

static bool run_flush(struct run *run, struct error *err)
{
	if (run->format.format == RECORD_PROMETHEUS)
		return true;
	return run_judge(run, record_writer_flush(run->writer, err), err);
}

static bool run_finish_records(struct run *run, struct error *err)
{
	int64_t end_ns;

	if (!stat_finish(run->stat, err))
		return false;
	end_ns = stat_interval_end(run->stat);
	if (run->format.format == RECORD_PROMETHEUS)
		return run_replace(run, err);
	return run_judge(run, record_writer_finish(run->writer, end_ns, err), err) &&
	       run_flush(run, err);
}

/* SIGUSR1: what is counted and not told yet, as a table. */
static bool run_peek_put(void *arg, const struct record *record, struct error *err)
{
	return record_writer_put(arg, record, err);
}

static void run_print(struct run *run)
{
	struct record_config config = run->format;
	struct error err = { 0 };
	struct record_writer *writer;

	config.format = RECORD_TABLE;
	config.to = stderr;
	writer = record_writer_open(&config, &err);
	if (writer) {
		const struct stat_sink sink = { .put = run_peek_put, .arg = writer };

		if (stat_peek(run->stat, &sink, &err) &&
		    record_writer_finish(writer, stat_interval_end(run->stat), &err))
			record_writer_flush(writer, &err);
	}
	record_writer_close(writer);
}

static void run_on_blocked_report(void *arg)
{
	run_print(arg);
}

static void run_count(struct run *run)
{
	run->stats.in = run->pipeline.in;
	run->stats.bytes_in = run->pipeline.bytes_in;
	run->stats.skipped = run->pipeline.source ? run->pipeline.source->skipped : 0;
	stat_totals(run->stat);
	tool_count_inputs(&run->stats, run->inputs, run->input_count, &run->pipeline);
}

static void run_on_events(void *arg, unsigned events)
{
	struct run *run = arg;
	bool due = events & INTERRUPT_TICK && tool_interval_is_due(&run->interval);

	if (due)
		run_count(run);
	if (due)
		tool_interval_tick(&run->interval);
	if (events & INTERRUPT_REPORT)
		run_print(run);
	if (events & INTERRUPT_DRAW)
		progress_draw(&run->progress, &run->pipeline, &run->stats);
}

static bool run_before_wait(void *arg)
{
	struct run *run = arg;
	unsigned events = interrupt_events();

	if (!run_flush(run, &(struct error){ 0 }))
		return false;
	if (events)
		run_on_events(run, events);
	return true;
}

static void run_say_interrupted(const struct run *run, struct error *err)
{
	char rest[PATH_MAX + sizeof("what was written is in ")] = "";

	if (run->file.tmp)
		snprintf(rest, sizeof(rest), "what was written is in %s", run->file.tmp);
	interrupted_error(&run->pipeline, run->input_count, rest, err);
}

/* Reports the first of two errors and sets it to the second. That a reader went away hides none. */
static void run_report_first(struct error *err, const struct error *finish)
{
	if (err->text[0] && sink_gone(finish))
		return;
	if (err->text[0])
		tool_fail(tool, err);
	*err = *finish;
}

/* If the input is damaged, the records of what came before are good. */
static bool run_pipeline(struct run *run, struct error *err)
{
	struct error finish = { 0 };
	enum pipeline_result result;
	bool complete;

	run->stats.running = true;
	if (tool_interval_is_due(&run->interval))
		tool_interval_tick(&run->interval);
	source_before_wait(run->pipeline.source, (struct source_hook){ run_before_wait, run });
	progress_start(&run->progress);
	interrupt_on_blocked_report(run_on_blocked_report, run);
	result = pipeline_run(&run->pipeline, err);
	progress_end(&run->progress);
	run->stats.running = false;
	if (result == PIPELINE_STAGE_FAILED)
		return false;
	if (result == PIPELINE_DONE)
		err->text[0] = '\0';
	complete = run_finish_records(run, &finish);
	run->interrupted = run->pipeline.interrupted && run->is_file_job && complete;
	if (run->interrupted)
		run_say_interrupted(run, err);
	if (complete)
		return !run->interrupted;
	run_report_first(err, &finish);
	return false;
}

static bool run_is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *term = getenv("TERM"), *locale = NULL;

	for (unsigned i = 0; i < 3 && (!locale || !*locale); i++)
		locale = getenv(names[i]);
	return locale && (strcasestr(locale, "UTF-8") || strcasestr(locale, "UTF8")) &&
	       !(term && strcmp(term, "dumb") == 0);
}

static void run_set_format(struct run *run, const struct stat_config *config)
{
	enum { SECOND_NS = 1000000000 };
	struct terminal_size size = { 0 };
	bool is_stdout = strcmp(run->output, "-") == 0;

	if (is_stdout)
		terminal_ask_size(STDOUT_FILENO, &size);
	run->format = (struct record_config){
		.format = config->format,
		.by = config->by.list,
		.interval_s = (uint64_t)(config->interval_ns / SECOND_NS),
		.flows = !config->no_flows,
		.top = config->top,
		.max_keys = config->max_keys,
		.version = VTAP_VERSION,
		.input = config->common.input_count == 1 &&
					 strcmp(config->common.inputs[0], "-") != 0
				 ? config->common.inputs[0]
				 : NULL,
		.columns = size.columns,
		.utf8 = run_is_utf8(),
	};
}

/* Files that somebody follows are there from the start, unless all inputs are. */
static bool run_open_output(struct run *run, struct error *err)
{
	if (run->format.format != RECORD_PROMETHEUS) {
		if (!record_file_open(&run->file, run->output, !run->is_file_job, err))
			return false;
		run->format.to = run->file.to;
		reader_watch(run->file.fd);
	}
	run->writer = record_writer_open(&run->format, err);
	return run->writer;
}

static bool run_confine(const struct stat_config *config, const struct inputs *inputs,
			const char *output, struct error *err)
{
	struct sandbox sandbox = { .needs = source_file_needs() |
					    cli_choice_needs(&config->common) | SANDBOX_TRUNCATE };

	sandbox_write(&sandbox, output);
	inputs_permit(inputs, &sandbox);
	return tool_confine(tool, &config->common, strcmp(output, "-") == 0 ? NULL : output, false,
			    &sandbox, err);
}

/* The sandbox allows to set a timer, but not to make one: a first call, with 0, makes it. */
static bool run_set_tick(int64_t interval_ns, struct error *err)
{
	return interrupt_tick(interval_ns) || error_errno(err, "a timer for the counters");
}

/* The source stays where the output fails: what it skipped is counted. */
static bool run_open(struct run *run, const struct stat_config *config, struct error *err)
{
	enum { SECOND_NS = 1000000000 };
	struct inputs *inputs = run->inputs;
	int64_t tick_ns;

	if (!privileges_allow_owner(config->common.user, err) || !inputs_probe(inputs, err))
		return false;
	progress_open(&run->progress, run->stats.tool, &config->common, inputs);
	if (!run_set_tick(0, err) || !run_confine(config, inputs, run->output, err))
		return false;
	run->is_file_job = inputs_are_regular(inputs);
	if (strcmp(run->output, "-") == 0)
		reader_watch(STDOUT_FILENO);
	/* What is no capture empties no file. */
	run->pipeline.source = inputs_start(inputs, config->window_ns, err);
	if (!run->pipeline.source || !run_open_output(run, err))
		return false;
	tick_ns = tool_interval_tick_ns(&config->common, SECOND_NS);
	if (tick_ns > 0)
		interrupt_tick(tick_ns);
	return true;
}

static int run_inputs(struct run *run, const struct stat_config *config, struct error *err)
{
	const struct stage stage = { .self = run->stat,
				     .put = config->choice ? stat_choose_put : stat_put,
				     .block = stat_block,
				     .in_place = true };
	struct error close = { 0 };
	bool complete = false;
	int status;

	run->pipeline = (struct pipeline){ .stage = &stage,
					   .limit = config->common.limit,
					   .events = run_on_events,
					   .events_arg = run };
	stat_stats(run->stat, &run->stats);
	tool_interval_open(&run->interval, &config->common, &run->stats,
			   &(struct metrics_label){ 0 });
	if (run_open(run, config, err))
		complete = run_pipeline(run, err);
	else if (reader_watch_gone())
		err->text[0] = '\0'; /* what did not come before it left is missed by nobody */
	run_count(run);
	if (!record_file_close(&run->file, complete, &close) && !err->text[0])
		*err = close;
	run->stats.fatal = err->text[0];
	status = tool_finish(&run->interval, err);
	source_close(run->pipeline.source);
	return run->interrupted ? interrupted_status() : status;
}

static int run_chosen(const struct stat_config *config)
{
	const struct cli_common *common = &config->common;
	struct run run = { .config = config,
			   .output = common->output ? common->output : "-",
			   .file = { .name = "-", .fd = -1 },
			   .input_count = common->input_count,
			   .stats = { .tool = tool } };
	const struct stat_sink sink = { .put = run_put,
					.end_interval = run_end_interval,
					.arg = &run };
	struct error err = { 0 };
	int status;

	run_set_format(&run, config);
	run.stat = stat_new(config, &sink, &err);
	if (!run.stat)
		return tool_fail(tool, &err);
	if (!common->quiet)
		abandoned_tell(tool_tell_abandoned, tool);
	interrupt_catch();
	run.inputs = inputs_new(common->inputs, common->input_count, common->reader,
				tool_tell_input, tool, &err);
	status = run.inputs ? run_inputs(&run, config, &err) : tool_fail(tool, &err);
	record_writer_close(run.writer);
	stat_free(run.stat);
	inputs_free(run.inputs);
	return status;
}

int stat_run(struct stat_config *config)
{
	struct error err = { 0 };
	int status;

	if (!cli_choice_open(&config->common, tool, &config->choice, &err))
		return tool_fail(tool, &err);
	status = run_chosen(config);
	choice_free(config->choice);
	return status;
}
