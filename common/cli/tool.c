/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/printable.h"
#include "capture/sink_file.h"
#include "capture/wiretap_reader.h"
#include "cli/stats_print.h"
#include "host/privileges.h"
#include "io/interrupt.h"
#include "io/output_path.h"

enum { SAID_SIZE = 8192 }; /* bytes of a line, at most */

int tool_fail(const char *tool, const struct error *err)
{
	struct error shown = *err;

	printable(shown.text);
	fprintf(stderr, "%s: %s", tool, shown.text);
	if (err->usage)
		fprintf(stderr, " (%s --help tells more)", tool);
	putc('\n', stderr);
	return err->usage ? EXIT_USAGE : EXIT_FAILED;
}

void tool_say(const char *tool, const char *format, ...)
{
	char text[SAID_SIZE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	printable(text);
	fprintf(stderr, "%s: %s\n", tool, text);
}

/* Reports an error, but not that the reader of a pipe went away. */
static int tool_report(const char *tool, const struct error *err)
{
	if (!err->text[0] || sink_gone(err))
		return EXIT_DONE;
	return tool_fail(tool, err);
}

int tool_finish(const struct cli_common *common, const struct stats *stats, const struct error *err)
{
	struct error stats_err = { 0 };
	char line[1024];
	int status, stats_status = EXIT_DONE;

	if (common->stats && !err->usage && !stats_write(stats, common->stats, &stats_err))
		stats_status = tool_report(stats->tool, &stats_err);
	if (common->verbose && !err->usage)
		stats_print(stats, stderr);
	else if (!common->quiet && !sink_gone(err) && stats_print_losses(stats, line, sizeof(line)))
		tool_say(stats->tool, "%s", line);
	status = tool_report(stats->tool, err);
	return status ? status : stats_status;
}

struct run {
	const struct tool_job *job;
	const char *input, *output;
	struct source_file file; /* probed, not started */
	struct pipeline pipeline;
	bool refused; /* the sink could not hold some packet */
};

static bool tool_check_source(const struct run *run, struct error *err)
{
	if (run->job->open_source || strcmp(run->input, "-") != 0 || !isatty(STDIN_FILENO))
		return true;
	return error_usage(err, "standard input is a terminal: captures are binary, "
				"use -r FILE or a pipe");
}

static struct sink_config sink_config(const struct run *run, const char *fallback)
{
	return (struct sink_config){ .name = run->output,
				     .format = run->job->common->format,
				     .fallback = fallback,
				     .interfaces = run->job->interfaces,
				     .manner = run->job->watch ? OUTPUT_WATCH : OUTPUT_REPLACE,
				     .borrow = true };
}

/* Called before the first read, which may wait long for a pipe. */
static bool tool_check_sink(const struct run *run, struct error *err)
{
	const struct cli_common *common = run->job->common;
	struct sink_config any = sink_config(run, "pcapng");

	if (common->dry_run || run->job->open_sink)
		return true;
	if (common->stats && strcmp(common->stats, "-") == 0 && strcmp(run->output, "-") == 0)
		return error_usage(err, "--stats -: standard output already carries the capture");
	return sink_file_format(&any, err) != NULL;
}

/* Opens a source that is no capture file, and probes one that is. */
static bool tool_probe_source(struct run *run, struct error *err)
{
	const struct tool_job *job = run->job;

	if (!tool_check_source(run, err) || !tool_check_sink(run, err))
		return false;
	if (!job->open_source)
		return source_file_probe(&run->file, run->input, job->common->reader, err);
	run->pipeline.source = job->open_source(job->arg, err);
	return run->pipeline.source != NULL;
}

static bool tool_start_source(struct run *run, struct error *err)
{
	const struct tool_job *job = run->job;

	if (run->pipeline.source)
		return true;
	run->pipeline.source = source_file_start(&run->file, err);
	if (run->pipeline.source && job->wrap)
		run->pipeline.source = job->wrap(job->arg, run->pipeline.source, err);
	return run->pipeline.source != NULL;
}

static bool tool_open_sink(struct run *run, struct error *err)
{
	const struct tool_job *job = run->job;
	struct sink_config config =
		sink_config(run, job->fallback ? job->fallback : run->pipeline.source->format);

	if (job->common->dry_run || run->pipeline.sink)
		return true;
	run->pipeline.sink =
		job->open_sink ? job->open_sink(job->arg, err) : sink_file_open(&config, err);
	return run->pipeline.sink != NULL;
}

/* Closes the sink of a run whose error is err, and says where the output is. If closing fails, too,
 * err names the .tmp file already. */
static void tool_close_incomplete(struct run *run, struct error *err)
{
	char tmp[4096];

	if (!sink_close(run->pipeline.sink, false, err))
		return;
	snprintf(tmp, sizeof(tmp), "%s.tmp", run->output);
	if (strcmp(run->output, "-") != 0 && access(tmp, F_OK) == 0)
		error_wrap(err, "what was written is in %s", tmp);
}

/* What came before a damaged input is good, so the file gets its final name. */
static void tool_close_sink(struct run *run, enum pipeline_result result, struct error *err)
{
	struct error close_err = { 0 };

	if (result == PIPELINE_SINK_FAILED) {
		tool_close_incomplete(run, err);
		return;
	}
	if (sink_close(run->pipeline.sink, true, &close_err))
		return;
	if (close_err.number == ESTALE)
		run->job->stats->packets_lost = run->job->stats->out;
	tool_report(run->job->stats->tool, err);
	*err = close_err;
}

static void tool_count(const struct run *run)
{
	const struct pipeline *pipeline = &run->pipeline;
	struct stats *stats = run->job->stats;

	stats->in = pipeline->in + (pipeline->stage->gso ? pipeline->stage->gso->gained : 0);
	stats->out = pipeline->out;
	stats->bytes_in = pipeline->bytes_in;
	stats->bytes_out = pipeline->bytes_out;
	stats->skipped = pipeline->source->skipped;
	stats->gso_split = pipeline->stage->gso ? pipeline->stage->gso->split : 0;
	if (!pipeline->sink)
		return;
	stats->simple_enhanced = pipeline->sink->simple_enhanced;
	stats->timestamps_clamped = pipeline->sink->timestamps_clamped;
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

static void tool_on_events(void *arg, unsigned events)
{
	struct run *run = arg;

	tool_count(run);
	run->job->events(run->job->arg, events, run->job->stats);
}

/* An error of the run itself goes before one of finish(). */
static enum pipeline_result tool_finish_job(struct run *run, enum pipeline_result result,
					    struct error *err)
{
	const struct tool_job *job = run->job;
	struct error finish_err = { 0 };

	if (!job->finish ||
	    job->finish(job->arg, run->pipeline.source, run->pipeline.sink, &finish_err))
		return result;
	if (result != PIPELINE_DONE)
		return result;
	*err = finish_err;
	return PIPELINE_SINK_FAILED;
}

static void tool_run_pipeline(struct run *run, struct error *err)
{
	enum pipeline_result result = pipeline_run(&run->pipeline, err);

	if (result == PIPELINE_DONE)
		err->text[0] = '\0';
	result = tool_finish_job(run, result, err);
	tool_count(run);
	if (run->pipeline.sink)
		tool_close_sink(run, result, err);
}

bool tool_allow_owner(const struct cli_common *common, struct error *err)
{
	uid_t owner;

	if (!common->user)
		return true;
	if (!privileges_user_id(common->user, &owner, err))
		return false;
	output_path_allow(owner);
	return true;
}

static bool reaches(const void *arg)
{
	return sandbox_is_reachable(arg);
}

bool tool_confine(const char *tool, const struct cli_common *common, bool keep_raw,
		  struct sandbox *sandbox, struct error *err)
{
	const struct privileges privileges = { .user = common->user,
					       .keep_raw = keep_raw,
					       .reaches = reaches,
					       .reaches_arg = sandbox };
	bool confined;

	if (common->stats)
		sandbox_write(sandbox, common->stats);
	if (!privileges_drop(&privileges, err))
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
	struct sandbox sandbox = { .needs = job->needs };

	if (wiretap_reader_loaded())
		sandbox.needs |= SANDBOX_WIRETAP;
	if (!run->pipeline.sink && !job->common->dry_run)
		sandbox_write(&sandbox, run->output);
	if (job->permit)
		job->permit(job->arg, &sandbox);
	return tool_confine(job->stats->tool, job->common, job->keep_raw, &sandbox, err);
}

static bool open_ends(struct run *run, struct error *err)
{
	const struct tool_job *job = run->job;
	bool live = job->open_source || job->open_sink;

	return tool_allow_owner(job->common, err) && tool_probe_source(run, err) &&
	       (!live || tool_open_sink(run, err)) && (!job->begin || job->begin(job->arg, err)) &&
	       tool_confine_run(run, err) && tool_start_source(run, err) &&
	       tool_open_sink(run, err);
}

static void open_and_run(struct run *run, struct error *err)
{
	if (open_ends(run, err)) {
		tool_run_pipeline(run, err);
		return;
	}
	source_file_discard(&run->file);
	if (run->pipeline.sink)
		sink_close(run->pipeline.sink, false, &(struct error){ 0 });
}

int tool_run(const struct tool_job *job)
{
	const struct cli_common *common = job->common;
	struct run run = { .job = job,
			   .input = common->inputs[0],
			   .output = common->output ? common->output : "-",
			   .pipeline = { .stage = job->stage, .limit = common->limit } };
	struct error err = { 0 };
	int status;

	run.pipeline.refused = tool_on_refused;
	run.pipeline.refused_arg = &run;
	if (job->events) {
		run.pipeline.events = tool_on_events;
		run.pipeline.events_arg = &run;
	}
	interrupt_catch();
	open_and_run(&run, &err);
	job->stats->fatal = err.text[0] && !sink_gone(&err);
	source_close(run.pipeline.source);
	status = tool_finish(common, job->stats, &err);
	return status == EXIT_DONE && run.refused ? EXIT_FAILED : status;
}
