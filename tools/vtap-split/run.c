/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "capture/inputs.h"
#include "capture/source_file.h"
#include "cli/cli_choice.h"
#include "cli/interrupted.h"
#include "cli/progress.h"
#include "cli/tool.h"
#include "cli/tool_interval.h"
#include "dry_run.h"
#include "host/privileges.h"
#include "io/abandoned.h"
#include "io/interrupt.h"
#include "lacking.h"
#include "split_choose.h"
#include "split_quiet.h"

struct run {
	const struct split_config *config;
	struct split *split;
	struct inputs *inputs;
	unsigned input_count;
	bool is_file_job; /* all inputs are regular files */
	bool interrupted; /* a signal ended a file job */
	bool ends_quiet;  /* files end, and are removed, by the host's clock, too */
	struct pipeline pipeline;
	struct progress progress;
	struct stats stats;
	struct tool_interval interval;
};

static void run_count(struct run *run)
{
	run->stats.in = run->pipeline.in;
	run->stats.bytes_in = run->pipeline.bytes_in;
	run->stats.skipped = run->pipeline.source->skipped;
	split_totals(run->split, &run->stats);
	tool_count_inputs(&run->stats, run->inputs, run->input_count, &run->pipeline);
}

static void run_on_events(void *arg, unsigned events)
{
	struct run *run = arg;
	bool due = events & INTERRUPT_TICK && tool_interval_is_due(&run->interval);

	if (events & INTERRUPT_TICK && run->ends_quiet)
		split_quiet_end(run->split, clock_ns(CLOCK_MONOTONIC));
	if (due || events & INTERRUPT_REPORT)
		run_count(run);
	if (due)
		tool_interval_tick(&run->interval);
	if (events & INTERRUPT_REPORT)
		tool_report_stats(&run->stats);
	if (events & INTERRUPT_DRAW)
		progress_draw(&run->progress, &run->pipeline, &run->stats);
}

static bool run_before_wait(void *arg)
{
	struct run *run = arg;
	unsigned events = interrupt_events();

	if (!split_flush(run->split) || !split_rotate(run->split))
		return false;
	if (events)
		run_on_events(run, events);
	return !split_has_failed(run->split);
}

/* Files that have their names keep them. An error of finishing is told first, in a line of its own.
 */
static void run_end_interrupted(struct run *run, struct error *err)
{
	struct error finish = { 0 };
	char folder[TEMPLATE_NAME_SIZE], rest[TEMPLATE_NAME_SIZE + 96] = "";
	uint64_t unfinished;

	if (!split_finish(run->split, false, &finish))
		tool_fail("vtap-split", &finish);
	unfinished = split_unfinished(run->split);
	template_folder(&run->config->name, folder);
	if (unfinished > 0)
		snprintf(rest, sizeof(rest),
			 "%" PRIu64 " file%s below %s as NAME.tmp, with what was written",
			 unfinished, unfinished == 1 ? " stays" : "s stay", folder);
	interrupted_error(&run->pipeline, run->input_count, rest, err);
	run->interrupted = true;
}

/* If the input is damaged, the files of what came before are good; if a write failed, none is. */
static void run_pipeline(struct run *run, struct error *err)
{
	struct error finish = { 0 };
	enum pipeline_result result;

	run->stats.running = true;
	if (tool_interval_is_due(&run->interval))
		tool_interval_tick(&run->interval);
	source_before_wait(run->pipeline.source, (struct source_hook){ run_before_wait, run });
	progress_start(&run->progress);
	result = pipeline_run(&run->pipeline, err);
	progress_end(&run->progress);
	run->stats.running = false;
	if (result == PIPELINE_DONE)
		err->text[0] = '\0';
	if (result == PIPELINE_DONE && run->pipeline.interrupted && run->is_file_job) {
		run_end_interrupted(run, err);
		return;
	}
	if (split_finish(run->split, result != PIPELINE_STAGE_FAILED, &finish))
		return;
	if (err->text[0] && result == PIPELINE_SOURCE_FAILED)
		tool_fail("vtap-split", err);
	if (result != PIPELINE_STAGE_FAILED)
		*err = finish;
}

/* The table of a dry run has what was read, though the run failed later. --stats to standard output
 * has the same, and takes its place. */
static void run_print(const struct run *run, const struct split_config *config, struct error *err)
{
	struct error print = { 0 };

	if (!config->common.dry_run || config->no_table || dry_run_print(run->split, &print))
		return;
	if (err->text[0])
		tool_fail("vtap-split", &print);
	else
		*err = print;
}

/* Packets name the files, so writing is allowed in the directory that all of them are below. */
static bool run_confine(const struct split_config *config, const struct inputs *inputs,
			struct error *err)
{
	struct sandbox sandbox = { .needs = source_file_needs() |
					    cli_choice_needs(&config->common) };
	char folder[TEMPLATE_NAME_SIZE];

	if (config->min_free > 0)
		sandbox.needs |= SANDBOX_SPACE;
	template_folder(&config->name, folder);
	if (!config->common.dry_run)
		sandbox_write(&sandbox, folder);
	inputs_permit(inputs, &sandbox);
	return tool_confine("vtap-split", &config->common, NULL, false, &sandbox, err);
}

/* Files end, and are removed, though no packet comes. */
static bool run_needs_tick(const struct split_config *config)
{
	return config->interval_ns > 0 || config->min_free > 0 || (config->keep && config->command);
}

/* The sandbox allows to set a timer, but not to make one: a first call, with 0, makes it. */
static bool run_set_tick(int64_t interval_ns, struct error *err)
{
	return interrupt_tick(interval_ns) || error_errno(err, "a timer for -G and the counters");
}

static void run_start_ticks(const struct run *run, const struct split_config *config)
{
	enum { SECOND_NS = 1000000000 };
	int64_t longest_ns = run->ends_quiet ? SPLIT_QUIET_TICK_NS : SECOND_NS;
	int64_t ns = tool_interval_tick_ns(&config->common, longest_ns);

	if (ns == 0 && run->ends_quiet)
		ns = SPLIT_QUIET_TICK_NS;
	if (ns > 0)
		interrupt_tick(ns);
}

static struct source *run_open(struct run *run, const struct split_config *config,
			       struct inputs *inputs, struct error *err)
{
	struct source *source;

	if (!privileges_allow_owner(config->common.user, err) || !inputs_probe(inputs, err))
		return NULL;
	progress_open(&run->progress, run->stats.tool, &config->common, inputs);
	if (!split_open(run->split, err) || !run_set_tick(0, err) ||
	    !run_confine(config, inputs, err))
		return NULL;
	inputs_leave(inputs, config->max_open);
	run->is_file_job = inputs_are_regular(inputs);
	source = inputs_start(inputs, config->window_ns, err);
	if (source)
		split_begin(run->split, source->format, source_size(source), run->is_file_job);
	run->ends_quiet = !run->is_file_job && run_needs_tick(config);
	if (source)
		run_start_ticks(run, config);
	return source;
}

static int run_inputs(struct split *split, const struct split_config *config, struct inputs *inputs,
		      struct error *err)
{
	const struct stage stage = { .self = split,
				     .put = config->choice ? split_choose_put : split_put,
				     .block = split_block };
	struct run run = { .split = split,
			   .config = config,
			   .inputs = inputs,
			   .input_count = config->common.input_count,
			   .pipeline = { .stage = &stage,
					 .limit = config->common.limit,
					 .events = run_on_events,
					 .events_arg = &run },
			   .stats = { .tool = "vtap-split" } };
	int status;

	split_stats(split, &run.stats);
	lacking_stats(split, &run.stats);
	tool_interval_open(&run.interval, &config->common, &run.stats,
			   &(struct metrics_label){ 0 });
	run.pipeline.source = run_open(&run, config, inputs, err);
	if (run.pipeline.source) {
		run_pipeline(&run, err);
		run_count(&run);
		run_print(&run, config, err);
	} else {
		tool_count_inputs(&run.stats, inputs, run.input_count, &run.pipeline);
	}
	run.stats.fatal = err->text[0];
	run.stats.refused = split_has_refused(split);
	status = tool_finish(&run.interval, err);
	source_close(run.pipeline.source);
	if (run.interrupted)
		return interrupted_status();
	return status == EXIT_DONE && split_has_refused(split) ? EXIT_FAILED : status;
}

static int run_chosen(const struct split_config *config)
{
	const struct cli_common *common = &config->common;
	struct error err = { 0 };
	struct split *split = split_new(config, &err);
	struct inputs *inputs;
	int status;

	if (!split)
		return tool_fail("vtap-split", &err);
	if (!common->quiet)
		abandoned_tell(tool_tell_abandoned, "vtap-split");
	interrupt_catch();
	inputs = inputs_new(common->inputs, common->input_count, common->reader, tool_tell_input,
			    "vtap-split", &err);
	status = inputs ? run_inputs(split, config, inputs, &err) : tool_fail("vtap-split", &err);
	split_free(split);
	inputs_free(inputs);
	return status;
}

int split_run(struct split_config *config)
{
	struct error err = { 0 };
	int status;

	if (!cli_choice_open(&config->common, "vtap-split", &config->choice, &err))
		return tool_fail("vtap-split", &err);
	status = run_chosen(config);
	choice_free(config->choice);
	return status;
}
