/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live_stats.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/metrics.h"
#include "cli/stats_print.h"
#include "cli/tool.h"

/* Prometheus reads the file every 15 seconds or so. */
enum { SECOND_NS = 1000000000, METRICS_SECONDS = 5, LINE_MAX_LEN = 512, LABEL_MAX = 512 };

static int64_t live_stats_line_interval(const struct options *options)
{
	return options->stats_interval_ns ? options->stats_interval_ns : SECOND_NS;
}

/* Ticks come at least once a second, even if lines come once an hour. */
static uint64_t live_stats_ticks_per_line(const struct options *options)
{
	return ((uint64_t)live_stats_line_interval(options) + SECOND_NS - 1) / SECOND_NS;
}

int64_t live_stats_interval(const struct options *options)
{
	return live_stats_line_interval(options) / (int64_t)live_stats_ticks_per_line(options);
}

static void live_stats_fill_target(void *arg, unsigned i, struct stats_target *target)
{
	struct live_stats *live_stats = arg;
	const struct send_counts *sent = &live_stats->targets[i].counts;
	struct tap_target_counts tap;

	tap_target_counts(live_stats->tap, i, &tap);
	*target = (struct stats_target){ .uri = live_stats->options->uris[i],
					 .sent = tap.sent,
					 .bytes = tap.bytes,
					 .oversize = tap.oversize,
					 .rate_limited = tap.rate_limited };
	if (!live_stats->sink)
		return;
	target->sent = sent->sent;
	target->bytes = sent->bytes;
	target->failed = sent->failed;
}

static void live_stats_each_error(void *arg, unsigned i,
				  void (*each)(void *arg, const char *name, uint64_t count),
				  void *each_arg)
{
	const struct live_stats *live_stats = arg;
	const struct live_stats_target *seen = &live_stats->targets[i];

	for (unsigned k = 0; k < seen->error_count; k++)
		each(each_arg, seen->errors[k].name, seen->errors[k].count);
}

static void live_stats_print_silence(const struct options *options, FILE *to)
{
	fputs("nothing was mirrored: no packet came on ", to);
	for (unsigned i = 0; i < options->interface_count; i++)
		fprintf(to, "%s%s", i ? ", " : "", options->interfaces[i]);
	if (options->filter[0])
		fprintf(to, " that '%s' selects", options->filter);
}

/* Frames that could not be sent are losses, which have their own words. */
static bool live_stats_nothing(void *arg, const struct stats *stats, FILE *to)
{
	const struct live_stats *live_stats = arg;
	const struct tap_counters *counters = stats->counters;
	const uint64_t *outcome = counters->outcome;

	if (outcome[TAP_SENT] > 0)
		return false;
	if (stats->in == 0 && live_stats->options->interface_count > 0) {
		live_stats_print_silence(live_stats->options, to);
	} else if (outcome[TAP_FILTERED] + outcome[TAP_OWN_TUNNEL] + outcome[TAP_SAMPLED_OUT] > 0) {
		fputs("nothing was mirrored: ", to);
		stats_print_outcomes(stats, to);
	}
	return true;
}

/* The source is gone when the last figures are written. */
static void live_stats_each_interface(void *arg, void (*each)(void *arg, const char *name, bool up),
				      void *each_arg)
{
	const struct live_stats *live_stats = arg;

	if (live_stats->source)
		interfaces_each(live_stats->source, each, each_arg);
}

void live_stats_connect(struct live_stats *live_stats, struct stats *stats)
{
	tap_stats(live_stats->tap, stats);
	stats->target_count = live_stats->options->target_count;
	stats->target = live_stats_fill_target;
	stats->target_errors = live_stats_each_error;
	stats->targets_arg = live_stats;
	stats->interfaces = live_stats_each_interface;
	stats->interfaces_arg = live_stats;
	stats->nothing = live_stats_nothing;
	stats->nothing_arg = live_stats;
	stats->line.time_ns = clock_ns(CLOCK_MONOTONIC);
	live_stats->terminal = live_stats->options->common.verbose && isatty(STDERR_FILENO);
}

static void live_stats_add_error(void *arg, const char *name, uint64_t count)
{
	struct live_stats_target *seen = arg;

	if (seen->error_count == LIVE_STATS_ERRORS)
		return;
	seen->errors[seen->error_count].name = name;
	seen->errors[seen->error_count++].count = count;
}

void live_stats_collect(struct live_stats *live_stats, struct stats *stats)
{
	struct interfaces_counts live = { 0 };

	if (live_stats->source)
		interfaces_counts(live_stats->source, &live);
	tap_set_losses(live_stats->tap,
		       &(struct tap_losses){ live.kernel_dropped, live.interface_dropped,
					     live.interface_gaps, live.interface_replaced });
	for (unsigned i = 0; live_stats->sink && i < live_stats->options->target_count; i++) {
		struct live_stats_target *seen = &live_stats->targets[i];

		seen->error_count = 0;
		send_counts(live_stats->sink, i, &seen->counts);
		send_each_error(live_stats->sink, i, live_stats_add_error, seen);
	}
	tap_stats(live_stats->tap, stats);
}

static void live_stats_print_line(struct live_stats *live_stats, struct stats *stats)
{
	char line[LINE_MAX_LEN];

	stats_print_line(stats, clock_ns(CLOCK_MONOTONIC), line, sizeof(line));
	if (live_stats->options->stats_interval_ns)
		tool_say(stats->tool, "%s", line);
	else
		/* Overwrite the line: back to its start, and clear what is left of the last. */
		fprintf(stderr, "\r%s\033[K", line);
}

/* A tap without --name is told apart by its interfaces or its file. */
static void live_stats_label(const struct options *options, char label[LABEL_MAX])
{
	size_t used = 0;

	if (options->name || options->interface_count == 0)
		snprintf(label, LABEL_MAX, "%s",
			 options->name ? options->name : options->common.inputs[0]);
	for (unsigned i = 0; !options->name && i < options->interface_count; i++) {
		snprintf(label + used, LABEL_MAX - used, "%s%s", i ? "," : "",
			 options->interfaces[i]);
		used += strlen(label + used);
	}
}

static bool live_stats_write_metrics(struct live_stats *live_stats, struct stats *stats)
{
	const struct options *options = live_stats->options;
	struct error err = { 0 };
	char label[LABEL_MAX];

	if (!options->metrics)
		return true;
	live_stats_label(options, label);
	if (metrics_write(stats, label, options->metrics, &err))
		return true;
	tool_fail(stats->tool, &err);
	return false;
}

void live_stats_tick(struct live_stats *live_stats, struct stats *stats)
{
	const struct options *options = live_stats->options;
	uint64_t ticks_per_file =
		METRICS_SECONDS * (uint64_t)SECOND_NS / (uint64_t)live_stats_interval(options);

	live_stats_collect(live_stats, stats);
	if (live_stats->ticks++ % ticks_per_file == 0)
		live_stats_write_metrics(live_stats, stats);
	if (!options->common.quiet && (options->stats_interval_ns || live_stats->terminal) &&
	    live_stats->ticks % live_stats_ticks_per_line(options) == 0)
		live_stats_print_line(live_stats, stats);
}

void live_stats_clear_line(const struct live_stats *live_stats)
{
	if (live_stats->terminal)
		fputs("\r\033[K", stderr);
}

void live_stats_keep_line(const struct live_stats *live_stats)
{
	if (live_stats->terminal)
		fputc('\n', stderr);
}

void live_stats_report(struct live_stats *live_stats, struct stats *stats)
{
	live_stats_collect(live_stats, stats);
	live_stats_keep_line(live_stats);
}

bool live_stats_end(struct live_stats *live_stats, struct stats *stats)
{
	return live_stats_write_metrics(live_stats, stats);
}
