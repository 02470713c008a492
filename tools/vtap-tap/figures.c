/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "figures.h"

#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "metrics.h"
#include "tool.h"

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

int64_t figures_interval(const struct options *options)
{
	return line_interval(options) / (int64_t)ticks_a_line(options);
}

static void target(void *arg, unsigned i, struct stats_target *target)
{
	struct figures *figures = arg;
	const struct tunnel_counts *tunnel = &figures->targets[i].tunnel;
	struct tap_target_counts tap;

	tap_target_counts(figures->tap, i, &tap);
	*target = (struct stats_target){ .uri = figures->options->uris[i],
					 .sent = tap.sent,
					 .bytes = tap.bytes,
					 .oversize = tap.oversize,
					 .rate_limited = tap.rate_limited };
	if (!figures->tunnel)
		return;
	target->sent = tunnel->sent;
	target->bytes = tunnel->bytes;
	target->failed = tunnel->failed;
}

static void target_errors(void *arg, unsigned i,
			  void (*each)(void *arg, const char *name, uint64_t count), void *each_arg)
{
	const struct figures *figures = arg;
	const struct figures_target *seen = &figures->targets[i];

	for (unsigned k = 0; k < seen->error_count; k++)
		each(each_arg, seen->errors[k].name, seen->errors[k].count);
}

void figures_stats(struct figures *figures, struct stats *stats)
{
	tap_stats(figures->tap, stats);
	stats->target_count = figures->options->target_count;
	stats->target = target;
	stats->target_errors = target_errors;
	stats->targets_arg = figures;
	stats->line.time_ns = clock_ns(CLOCK_MONOTONIC);
	figures->terminal = figures->options->common.verbose && isatty(STDERR_FILENO);
}

static void add_error(void *arg, const char *name, uint64_t count)
{
	struct figures_target *seen = arg;

	if (seen->error_count == FIGURES_ERRORS)
		return;
	seen->errors[seen->error_count].name = name;
	seen->errors[seen->error_count++].count = count;
}

void figures_collect(struct figures *figures, struct stats *stats)
{
	struct live_counts live = { 0 };

	if (figures->live)
		source_live_counts(figures->live, &live);
	tap_set_losses(figures->tap, &(struct tap_losses){ live.kernel_dropped,
							   live.interface_dropped, live.gaps });
	for (unsigned i = 0; figures->tunnel && i < figures->options->target_count; i++) {
		struct figures_target *seen = &figures->targets[i];

		seen->error_count = 0;
		sink_tunnel_counts(figures->tunnel, i, &seen->tunnel);
		sink_tunnel_errors(figures->tunnel, i, add_error, seen);
	}
	tap_stats(figures->tap, stats);
}

static void print_line(struct figures *figures, struct stats *stats)
{
	char line[LINE_MAX_LEN];

	stats_line(stats, clock_ns(CLOCK_MONOTONIC), line, sizeof(line));
	if (figures->options->stats_interval_ns)
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

static bool write_metrics(struct figures *figures, struct stats *stats)
{
	const struct options *options = figures->options;
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

void figures_tick(struct figures *figures, struct stats *stats)
{
	const struct options *options = figures->options;
	uint64_t ticks_a_file =
		METRICS_SECONDS * (uint64_t)SECOND_NS / (uint64_t)figures_interval(options);

	figures_collect(figures, stats);
	if (figures->tick++ % ticks_a_file == 0)
		write_metrics(figures, stats);
	if ((options->stats_interval_ns || figures->terminal) &&
	    figures->tick % ticks_a_line(options) == 0)
		print_line(figures, stats);
}

void figures_make_way(const struct figures *figures)
{
	if (figures->terminal)
		fputs("\r\033[K", stderr);
}

void figures_leave_line(const struct figures *figures)
{
	if (figures->terminal)
		fputc('\n', stderr);
}

void figures_report(struct figures *figures, struct stats *stats)
{
	figures_collect(figures, stats);
	figures_leave_line(figures);
	stats_print(stats, stderr);
}

bool figures_end(struct figures *figures, struct stats *stats)
{
	return write_metrics(figures, stats);
}
