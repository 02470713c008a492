/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/tool.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/sink_file.h"
#include "cli/cli_files.h"
#include "cli/empty_capture.h"
#include "cli/interrupted.h"
#include "cli/progress.h"
#include "cli/status_line.h"
#include "cli/tool_interval.h"
#include "host/privileges.h"
#include "io/abandoned.h"
#include "io/descriptors.h"
#include "io/filename.h"
#include "io/interrupt.h"
#include "io/reader_watch.h"

void tool_count_inputs(struct stats *stats, struct inputs *inputs, unsigned count,
		       const struct pipeline *pipeline)
{
	struct input_report *reports;

	if (!inputs)
		return;
	reports = inputs_report(inputs);
	if (count == 1 && pipeline->timed) {
		reports->first_ns = pipeline->first_ns;
		reports->last_ns = pipeline->last_ns;
	}
	stats->inputs = reports;
	stats->input_count = count;
	stats->input_failed = inputs_failed(inputs);
}

struct run {
	const struct tool_job *job;
	const char *output;
	struct inputs *inputs; /* NULL if the source is no capture file */
	struct tool_interval interval;
	bool is_file_job; /* all inputs are regular files, and no part of the run is live */
	bool interrupted; /* a signal ended a file job */
	struct pipeline pipeline;
	struct progress progress;
	bool refused; /* the sink could not hold some packet */
};

static bool tool_check_source(const struct run *run, struct error *err)
{
	if (run->job->open_source || !cli_reads_terminal(run->job->common))
		return true;
	return error_usage(err, "standard input is a terminal: captures are binary, "
				"use -r FILE or a pipe");
}

static bool tool_has_live_source(const struct tool_job *job)
{
	return job->open_source && !job->start;
}

static struct sink_config sink_config(const struct run *run, const char *fallback)
{
	bool several = run->job->common->input_count > 1 || run->job->start;

	return (struct sink_config){ .name = run->output,
				     .format = run->job->common->format,
				     .fallback = fallback,
				     .one_section = several,
				     .interfaces = several ? INTERFACES_WITH_PACKETS
							   : run->job->interfaces,
				     .manner = run->job->watch ? OUTPUT_WATCH : OUTPUT_REPLACE,
				     .live = tool_has_live_source(run->job),
				     .sync = run->job->common->sync,
				     .without_fcs = run->job->without_fcs,
				     .borrow = true };
}

/* Called before the first read, which may wait long for a pipe. */
static bool tool_check_sink(const struct run *run, struct error *err)
{
	const struct cli_common *common = run->job->common;
	bool writes = !common->dry_run && !run->job->open_sink;
	struct sink_config any = sink_config(run, "pcapng");

	return cli_check_ends(common, writes, err) &&
	       (!writes || sink_file_format(&any, err) != NULL);
}

static bool tool_probe_inputs(struct run *run, struct error *err)
{
	const struct cli_common *common = run->job->common;

	descriptors_raise();
	run->inputs = inputs_new(common->inputs, common->input_count, common->reader,
				 tool_tell_input, run->job->stats->tool, err);
	if (!run->inputs || !inputs_probe(run->inputs, err))
		return false;
	run->is_file_job =
		!run->job->open_sink && !run->job->watch && inputs_are_regular(run->inputs);
	return true;
}

/* Opens a source that is no capture file, and probes one that is. */
static bool tool_probe_source(struct run *run, struct error *err)
{
	const struct tool_job *job = run->job;

	if (!tool_check_source(run, err) || !tool_check_sink(run, err))
		return false;
	if (!job->open_source)
		return tool_probe_inputs(run, err);
	run->pipeline.source = job->open_source(job->arg, err);
	return run->pipeline.source != NULL;
}

static bool tool_start_source(struct run *run, struct error *err)
{
	const struct tool_job *job = run->job;

	if (run->pipeline.source)
		return !job->start || job->start(job->arg, err);
	run->pipeline.source = inputs_start(run->inputs, 0, err);
	if (run->pipeline.source && job->wrap)
		run->pipeline.source = job->wrap(job->arg, run->pipeline.source, err);
	return run->pipeline.source != NULL;
}

/* A name that is too long is refused when it is opened. */
bool tool_make_folders(const struct cli_common *common, const char *file, struct error *err)
{
	return !file || strlen(file) >= PATH_MAX || filename_make_folders(file, common->sync, err);
}

/* The format of the output if neither -F nor its name says one. */
static const char *tool_fallback(const struct run *run)
{
	if (run->job->fallback)
		return run->job->fallback;
	return run->pipeline.source ? run->pipeline.source->format : "pcapng";
}

/* The first packet may be waited for before the sink is open, so standard output is watched from
 * the start; a FIFO that is named has a reader once it is open. */
static void tool_watch_reader(const struct run *run)
{
	const struct tool_job *job = run->job;
	const struct output *output = run->pipeline.sink ? sink_output(run->pipeline.sink) : NULL;

	if (output)
		reader_watch(output->fd);
	else if (!job->common->dry_run && !job->open_sink && strcmp(run->output, "-") == 0)
		reader_watch(STDOUT_FILENO);
}

static bool tool_open_sink(struct run *run, struct error *err)
{
	const struct tool_job *job = run->job;
	struct sink_config config = sink_config(run, tool_fallback(run));

	if (job->common->dry_run || run->pipeline.sink)
		return true;
	run->pipeline.sink =
		job->open_sink ? job->open_sink(job->arg, err) : sink_file_open(&config, err);
	if (run->pipeline.sink)
		tool_watch_reader(run);
	return run->pipeline.sink != NULL;
}

/*
 * Reports the first of two errors; err, the second, is reported at the end of the run. If the
 * second is only that a reader went away, it becomes the first one, which would else be lost with
 * its exit status.
 */
static void tool_report_first(const char *tool, const struct error *first, struct error *err)
{
	if (first->text[0] && sink_gone(err))
		*err = *first;
	else
		tool_report_error(tool, first);
}

/* Closes the sink of a run whose error is err, and says where the output is. If closing fails, too,
 * err names the .tmp file already. */
static void tool_close_incomplete(struct run *run, struct error *err)
{
	const struct output *output = sink_output(run->pipeline.sink);
	bool has_tmp = output && output->tmp;

	if (sink_close(run->pipeline.sink, false, err) && has_tmp)
		error_wrap(err, "what was written is in %s.tmp", run->output);
}

/* What came before a damaged input is good, so the file gets its final name. */
static void tool_close_sink(struct run *run, enum pipeline_result result, struct error *err)
{
	struct error close_err = { 0 }, first = *err;

	if (result == PIPELINE_SINK_FAILED) {
		tool_close_incomplete(run, err);
		return;
	}
	if (sink_close(run->pipeline.sink, true, &close_err))
		return;
	if (close_err.number == ESTALE)
		run->job->stats->packets_lost = run->job->stats->out;
	*err = close_err;
	tool_report_first(run->job->stats->tool, &first, err);
}

/* A reader that went away changes nothing: the run is incomplete in any case. */
static void tool_close_interrupted(struct run *run, struct error *err)
{
	const struct output *output = run->pipeline.sink ? sink_output(run->pipeline.sink) : NULL;
	bool has_tmp = output && output->tmp;
	char rest[PATH_MAX + sizeof("what was written is in .tmp")] = "";

	if (run->pipeline.sink && !sink_close(run->pipeline.sink, false, err) && !sink_gone(err))
		return;
	if (has_tmp)
		snprintf(rest, sizeof(rest), "what was written is in %s.tmp", run->output);
	interrupted_error(&run->pipeline, run->job->common->input_count, rest, err);
	run->interrupted = true;
}

static void tool_count(const struct run *run)
{
	const struct pipeline *pipeline = &run->pipeline;
	struct stats *stats = run->job->stats;

	tool_count_inputs(stats, run->inputs, run->job->common->input_count, pipeline);
	stats->in = pipeline->in + (pipeline->stage->gso ? pipeline->stage->gso->gained : 0);
	stats->out = pipeline->out;
	stats->bytes_in = pipeline->bytes_in;
	stats->bytes_out = pipeline->bytes_out;
	stats->skipped = pipeline->source->skipped;
	stats->gso_split = pipeline->stage->gso ? pipeline->stage->gso->split : 0;
	stats->fcs_removed = pipeline->stage->fcs_removed ? *pipeline->stage->fcs_removed : 0;
	if (!pipeline->sink)
		return;
	stats->simple_enhanced = pipeline->sink->simple_enhanced;
	stats->timestamps_clamped = pipeline->sink->timestamps_clamped;
	stats->fcs_removed += pipeline->sink->fcs_removed;
	stats->blocks_dropped = pipeline->sink->blocks_dropped;
}

/* The first one is told; all are counted by the stage. */
static void tool_on_refused(void *arg, const struct error *err)
{
	struct run *run = arg;

	if (!run->refused)
		tool_say(
			run->job->stats->tool,
			"%s; pcapng (-F pcapng) holds all, and vtap-decap --ether gives bare IP an "
			"Ethernet header",
			err->text);
	run->refused = true;
}

static void tool_collect(const struct run *run)
{
	const struct tool_job *job = run->job;

	tool_count(run);
	if (job->collect)
		job->collect(job->arg, job->stats);
}

static void tool_on_events(void *arg, unsigned events)
{
	struct run *run = arg;
	const struct tool_job *job = run->job;
	bool due = events & INTERRUPT_TICK && tool_interval_is_due(&run->interval);

	if (job->events)
		job->events(job->arg, events);
	if (due || events & (INTERRUPT_REPORT | INTERRUPT_DRAW))
		tool_collect(run);
	if (due)
		tool_interval_tick(&run->interval);
	if (events & INTERRUPT_REPORT)
		tool_report_stats(job->stats);
	if (events & INTERRUPT_DRAW)
		progress_draw(&run->progress, &run->pipeline, job->stats);
}

/*
 * As tool_on_events(), but the output waits for its reader, so that it cannot be flushed: some of
 * the packets that are counted are in its buffer. Within a run of the fast path the pipeline has
 * counted fewer packets than the stage has.
 */
static void tool_on_blocked_report(void *arg)
{
	struct run *run = arg;
	struct stats *stats = run->job->stats;

	tool_collect(run);
	if (stats->in < stats_outcomes(stats))
		stats->in = stats_outcomes(stats);
	tool_report_stats(stats);
}

/* After a failed sink, an error of finish() is a consequence that nobody needs to read. */
static enum pipeline_result tool_finish_job(struct run *run, enum pipeline_result result,
					    struct error *err)
{
	const struct tool_job *job = run->job;
	struct error finish_err = { 0 }, first = *err;

	if (!job->finish ||
	    job->finish(job->arg, run->pipeline.source, run->pipeline.sink, &finish_err) ||
	    result == PIPELINE_SINK_FAILED)
		return result;
	*err = finish_err;
	tool_report_first(job->stats->tool, &first, err);
	return PIPELINE_SINK_FAILED;
}

static void tool_run_pipeline(struct run *run, struct error *err)
{
	enum pipeline_result result;

	run->job->stats->running = true;
	if (tool_interval_is_due(&run->interval))
		tool_interval_tick(&run->interval);
	progress_start(&run->progress);
	interrupt_on_blocked_report(tool_on_blocked_report, run);
	result = pipeline_run(&run->pipeline, err);
	progress_end(&run->progress);
	run->job->stats->running = false;
	if (result == PIPELINE_DONE)
		err->text[0] = '\0';
	tool_report_first(run->job->stats->tool, &run->pipeline.first, err);
	result = tool_finish_job(run, result, err);
	tool_collect(run);
	if (result == PIPELINE_DONE && run->pipeline.interrupted && run->is_file_job &&
	    !reader_watch_gone())
		tool_close_interrupted(run, err);
	else if (run->pipeline.sink)
		tool_close_sink(run, result, err);
}

static bool reaches(const void *arg)
{
	return sandbox_is_reachable(arg);
}

bool tool_confine(const char *tool, const struct cli_common *common, const char *output,
		  bool keep_raw, struct sandbox *sandbox, struct error *err)
{
	const struct privileges privileges = { .user = common->user,
					       .keep_raw = keep_raw,
					       .reaches = reaches,
					       .reaches_arg = sandbox,
					       .keep_lease = sandbox->needs & SANDBOX_SPOOL };
	bool confined;

	if (common->stats)
		sandbox_write(sandbox, common->stats);
	if (common->metrics)
		sandbox_write(sandbox, common->metrics);
	if (common->sync)
		sandbox->needs |= SANDBOX_SYNC;
	if (status_line_is_open())
		sandbox->needs |= SANDBOX_TERMINAL;
	if (!privileges_drop(&privileges, err) ||
	    (common->user && !sandbox_can_reopen(sandbox, common->user, err)) ||
	    !tool_make_folders(common, output, err) ||
	    !tool_make_folders(common, common->stats, err) ||
	    !tool_make_folders(common, common->metrics, err))
		return false;
	if (common->no_sandbox)
		return true;
	if (!sandbox_enter(sandbox, &confined, err))
		return false;
	if (common->verbose && !confined)
		tool_say(tool, "files are not confined: this kernel has no Landlock");
	return true;
}

static bool tool_confine_run(struct run *run, struct error *err)
{
	const struct tool_job *job = run->job;
	struct sandbox sandbox = { .needs = job->needs | source_file_needs() };
	const char *output = NULL;

	if (!run->pipeline.sink && !job->common->dry_run) {
		output = job->common->output;
		sandbox_write(&sandbox, run->output);
	}
	if (run->inputs)
		inputs_permit(run->inputs, &sandbox);
	if (job->permit)
		job->permit(job->arg, &sandbox);
	return tool_confine(job->stats->tool, job->common, output, job->keep_raw, &sandbox, err);
}

/* Ends a run whose input was bad from the start. Returns false. */
static bool tool_end_bad_input(struct run *run, const struct error *err)
{
	const struct tool_job *job = run->job;
	const struct sink_config config = sink_config(run, tool_fallback(run));

	if (!err->usage && !job->common->dry_run && !job->open_sink && !run->pipeline.sink &&
	    empty_capture_is_wanted(run->output))
		empty_capture_write(&config);
	return false;
}

/* The sandbox allows to set a timer, but not to make one. */
static bool tool_start_ticks(const struct run *run, struct error *err)
{
	enum { SECOND_NS = 1000000000 };
	int64_t wanted_ns = run->job->tick_ns;
	int64_t ns = tool_interval_tick_ns(run->job->common, wanted_ns ? wanted_ns : SECOND_NS);

	ns = ns ? ns : wanted_ns;
	return ns == 0 || interrupt_tick(ns) || error_errno(err, "the timer for the counters");
}

static bool open_ends(struct run *run, struct error *err)
{
	const struct tool_job *job = run->job;
	bool live = tool_has_live_source(job) || job->open_sink;

	if (!privileges_allow_owner(job->common->user, err))
		return false;
	if (!tool_probe_source(run, err))
		return tool_end_bad_input(run, err);
	progress_open(&run->progress, job->stats->tool, job->common, run->inputs);
	/* Without a live end, tool_confine() makes the folders with the rights that are left. */
	if ((live && (!tool_make_folders(job->common, job->common->output, err) ||
		      !tool_open_sink(run, err))) ||
	    !tool_start_ticks(run, err) || (job->begin && !job->begin(job->arg, err)) ||
	    !tool_confine_run(run, err))
		return false;
	if (!tool_start_source(run, err))
		return tool_end_bad_input(run, err);
	return tool_open_sink(run, err);
}

static void open_and_run(struct run *run, struct error *err)
{
	if (open_ends(run, err)) {
		tool_run_pipeline(run, err);
		return;
	}
	/* What did not come before the reader left is missed by nobody. */
	if (reader_watch_gone())
		err->text[0] = '\0';
	tool_count_inputs(run->job->stats, run->inputs, run->job->common->input_count,
			  &run->pipeline);
	if (run->pipeline.sink)
		sink_close(run->pipeline.sink, false, &(struct error){ 0 });
}

int tool_run(const struct tool_job *job)
{
	const struct cli_common *common = job->common;
	struct run run = { .job = job,
			   .output = common->output ? common->output : "-",
			   .pipeline = { .stage = job->stage,
					 .limit = common->limit,
					 .events = tool_on_events,
					 .events_arg = &run } };
	struct error err = { 0 };
	int status;

	run.pipeline.refused = tool_on_refused;
	run.pipeline.refused_arg = &run;
	if (!common->quiet)
		abandoned_tell(tool_tell_abandoned, job->stats->tool);
	interrupt_catch();
	tool_watch_reader(&run);
	tool_interval_open(&run.interval, common, job->stats, &job->label);
	run.interval.live = tool_has_live_source(job);
	open_and_run(&run, &err);
	job->stats->fatal = err.text[0] != '\0';
	job->stats->refused = run.refused;
	interrupt_on_blocked_report(NULL, NULL);
	status = tool_finish(&run.interval, &err); /* the source tells of its interfaces */
	source_close(run.pipeline.source);
	inputs_free(run.inputs);
	if (run.interrupted)
		return interrupted_status();
	return status == EXIT_DONE && run.refused ? EXIT_FAILED : status;
}
