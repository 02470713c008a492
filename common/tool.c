/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "interrupt.h"

int tool_fail(const char *tool, const struct error *err)
{
	fprintf(stderr, "%s: %s", tool, err->text);
	if (err->usage)
		fprintf(stderr, " (%s --help tells more)", tool);
	putc('\n', stderr);
	return err->usage ? EXIT_USAGE : EXIT_FAILED;
}

void tool_say(const char *tool, const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", tool);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	putc('\n', stderr);
}

/* A failure that somebody has to hear of: a reader that went away is none. */
static int report(const char *tool, const struct error *err)
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
		stats_status = report(stats->tool, &stats_err);
	if (common->verbose && !err->usage)
		stats_print(stats, stderr);
	else if (!common->quiet && !sink_gone(err) && stats_losses(stats, line, sizeof(line)))
		tool_say(stats->tool, "%s", line);
	status = report(stats->tool, err);
	return status ? status : stats_status;
}

struct run {
	const struct cli_common *common;
	const char *input, *output;
	const char *fallback;
	struct pump pump;
};

static bool check(const struct run *run, struct error *err)
{
	const struct cli_common *common = run->common;
	struct sink_config any = { .name = run->output,
				   .format = common->format,
				   .fallback = "pcapng" };

	if (strcmp(run->input, "-") == 0 && isatty(STDIN_FILENO))
		return error_usage(err, "standard input is a terminal: captures are binary, "
					"use -r FILE or a pipe");
	if (common->dry_run)
		return true;
	if (common->stats && strcmp(common->stats, "-") == 0 && strcmp(run->output, "-") == 0)
		return error_usage(err, "--stats -: standard output already carries the capture");
	/* Before the first read: a pipe may take its time. */
	return sink_format(&any, err) != NULL;
}

static bool open_sink(struct run *run, struct error *err)
{
	struct sink_config config = { .name = run->output,
				      .format = run->common->format,
				      .fallback = run->fallback };

	if (run->common->dry_run)
		return true;
	if (!config.fallback)
		config.fallback = run->pump.source->format;
	run->pump.sink = sink_open(&config, err);
	return run->pump.sink != NULL;
}

/* The sink says itself where the bytes are when its last write failed; not when it refused. */
static void close_incomplete(struct run *run, struct error *err)
{
	char tmp[4096];

	if (!sink_close(run->pump.sink, false, err))
		return;
	snprintf(tmp, sizeof(tmp), "%s.tmp", run->output);
	if (strcmp(run->output, "-") != 0 && access(tmp, F_OK) == 0)
		error_wrap(err, "what was written is in %s", tmp);
}

/* What came before a damaged input is good: it gets its final name. */
static void close_sink(struct run *run, enum pump_result result, const char *tool,
		       struct error *err)
{
	struct error close_err = { 0 };

	if (result == PUMP_SINK_FAILED) {
		close_incomplete(run, err);
		return;
	}
	if (sink_close(run->pump.sink, true, &close_err))
		return;
	report(tool, err);
	*err = close_err;
}

static void count(struct stats *stats, const struct pump *pump)
{
	stats->in = pump->in;
	stats->out = pump->out;
	stats->bytes_in = pump->bytes_in;
	stats->bytes_out = pump->bytes_out;
	stats->skipped = pump->source->skipped;
	if (!pump->sink)
		return;
	stats->simple_enhanced = pump->sink->simple_enhanced;
	stats->time_cut = pump->sink->time_cut;
	stats->blocks_lost = pump->sink->blocks_lost;
}

static void run_pump(struct run *run, struct stats *stats, struct error *err)
{
	enum pump_result result;

	interrupt_catch();
	result = pump_run(&run->pump, err);
	if (result == PUMP_DONE)
		err->text[0] = '\0';
	count(stats, &run->pump);
	if (run->pump.sink)
		close_sink(run, result, stats->tool, err);
}

int tool_filter(const struct cli_common *common, const struct stage *stage, const char *fallback,
		struct stats *stats)
{
	struct run run = { .common = common,
			   .input = common->inputs[0],
			   .output = common->output ? common->output : "-",
			   .fallback = fallback,
			   .pump = { .stage = stage, .limit = common->limit } };
	struct error err = { 0 };

	if (check(&run, &err))
		run.pump.source = source_open(run.input, common->reader, &err);
	if (run.pump.source && open_sink(&run, &err))
		run_pump(&run, stats, &err);
	stats->fatal = err.text[0] && !sink_gone(&err);
	source_close(run.pump.source);
	return tool_finish(common, stats, &err);
}
