/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live_stats.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/metrics.h"
#include "cli/stats_print.h"
#include "cli/tool.h"

/* node_exporter reads every 15 seconds or so. */
enum { SECOND_NS = 1000000000, METRICS_SECONDS = 5, LINE_MAX_LEN = 512, LABEL_MAX = 512 };

static int64_t line_interval(const struct options *options)
{
	return options->stats_interval_ns ? options->stats_interval_ns : SECOND_NS;
}

/* Nothing else that ticks waits for a line that comes once an hour. */
static uint64_t ticks_a_line(const struct options *options)
{
	return ((uint64_t)line_interval(options) + SECOND_NS - 1) / SECOND_NS;
}

int64_t live_stats_interval(const struct options *options)
{
	return line_interval(options) / (int64_t)ticks_a_line(options);
}

static void target(void *arg, unsigned i, struct stats_target *target)
{
	struct live_stats *live_stats = arg;
	const struct send_counts *tunnel = &live_stats->targets[i].tunnel;
	struct tap_target_counts tap;

	tap_target_counts(live_stats->tap, i, &tap);
	*target = (struct stats_target){ .uri = live_stats->options->uris[i],
					 .sent = tap.sent,
					 .bytes = tap.bytes,
					 .oversize = tap.oversize,
					 .rate_limited = tap.rate_limited };
	if (!live_stats->tunnel)
		return;
	target->sent = tunnel->sent;
	target->bytes = tunnel->bytes;
	target->failed = tunnel->failed;
}

static void target_errors(void *arg, unsigned i,
			  void (*each)(void *arg, const char *name, uint64_t count), void *each_arg)
{
	const struct live_stats *live_stats = arg;
	const struct live_stats_target *seen = &live_stats->targets[i];

	for (unsigned k = 0; k < seen->error_count; k++)
		each(each_arg, seen->errors[k].name, seen->errors[k].count);
}

void live_stats_connect(struct live_stats *live_stats, struct stats *stats)
{
	tap_stats(live_stats->tap, stats);
	stats->target_count = live_stats->options->target_count;
	stats->target = target;
	stats->target_errors = target_errors;
	stats->targets_arg = live_stats;
	stats->line.time_ns = clock_ns(CLOCK_MONOTONIC);
	live_stats->terminal = live_stats->options->common.verbose && isatty(STDERR_FILENO);
}

static void add_error(void *arg, const char *name, uint64_t count)
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

	if (live_stats->live)
		interfaces_counts(live_stats->live, &live);
	tap_set_losses(live_stats->tap,
		       &(struct tap_losses){ live.kernel_dropped, live.interface_dropped,
					     live.interface_gaps });
	for (unsigned i = 0; live_stats->tunnel && i < live_stats->options->target_count; i++) {
		struct live_stats_target *seen = &live_stats->targets[i];

		seen->error_count = 0;
		send_counts(live_stats->tunnel, i, &seen->tunnel);
		send_each_error(live_stats->tunnel, i, add_error, seen);
	}
	tap_stats(live_stats->tap, stats);
}

static void print_line(struct live_stats *live_stats, struct stats *stats)
{
	char line[LINE_MAX_LEN];

	stats_print_line(stats, clock_ns(CLOCK_MONOTONIC), line, sizeof(line));
	if (live_stats->options->stats_interval_ns)
		tool_say(stats->tool, "%s", line);
	else
		/* The same line again and again: back to its start, and clear what is left of the
		 * last. */
		fprintf(stderr, "\r%s\033[K", line);
}

/* By its name, else by where its packets are from: two taps of a host rarely share that. */
static void name_tap(const struct options *options, char label[LABEL_MAX])
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

static bool write_metrics(struct live_stats *live_stats, struct stats *stats)
{
	const struct options *options = live_stats->options;
	struct error err = { 0 };
	char label[LABEL_MAX];

	if (!options->metrics)
		return true;
	name_tap(options, label);
	if (metrics_write(stats, label, options->metrics, &err))
		return true;
	tool_fail(stats->tool, &err);
	return false;
}

void live_stats_tick(struct live_stats *live_stats, struct stats *stats)
{
	const struct options *options = live_stats->options;
	uint64_t ticks_a_file =
		METRICS_SECONDS * (uint64_t)SECOND_NS / (uint64_t)live_stats_interval(options);

	live_stats_collect(live_stats, stats);
	if (live_stats->tick++ % ticks_a_file == 0)
		write_metrics(live_stats, stats);
	if ((options->stats_interval_ns || live_stats->terminal) &&
	    live_stats->tick % ticks_a_line(options) == 0)
		print_line(live_stats, stats);
}

void live_stats_make_way(const struct live_stats *live_stats)
{
	if (live_stats->terminal)
		fputs("\r\033[K", stderr);
}

void live_stats_leave_line(const struct live_stats *live_stats)
{
	if (live_stats->terminal)
		fputc('\n', stderr);
}

void live_stats_report(struct live_stats *live_stats, struct stats *stats)
{
	live_stats_collect(live_stats, stats);
	live_stats_leave_line(live_stats);
	stats_print(stats, stderr);
}

bool live_stats_end(struct live_stats *live_stats, struct stats *stats)
{
	return write_metrics(live_stats, stats);
}
