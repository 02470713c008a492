/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live_stats.h"

#include <string.h>

#include "cli/stats_print.h"

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

static void live_stats_each_interface(void *arg, void (*each)(void *arg, const char *name, bool up),
				      void *each_arg)
{
	const struct live_stats *live_stats = arg;

	if (live_stats->source)
		interfaces_each(live_stats->source, each, each_arg);
}

/* A tap without --name is told apart by its interfaces or its file. */
static void live_stats_set_label(struct live_stats *live_stats)
{
	const struct options *options = live_stats->options;
	char *label = live_stats->label;
	size_t used = 0;

	if (options->name || options->interface_count == 0)
		snprintf(label, LIVE_STATS_LABEL, "%s",
			 options->name ? options->name : options->common.inputs[0]);
	for (unsigned i = 0; !options->name && i < options->interface_count; i++) {
		snprintf(label + used, LIVE_STATS_LABEL - used, "%s%s", i ? "," : "",
			 options->interfaces[i]);
		used += strlen(label + used);
	}
}

void live_stats_connect(struct live_stats *live_stats, struct stats *stats)
{
	live_stats_set_label(live_stats);
	tap_stats(live_stats->tap, stats);
	stats->target_count = live_stats->options->target_count;
	stats->target = live_stats_fill_target;
	stats->target_errors = live_stats_each_error;
	stats->targets_arg = live_stats;
	stats->interfaces = live_stats_each_interface;
	stats->interfaces_arg = live_stats;
	stats->nothing = live_stats_nothing;
	stats->nothing_arg = live_stats;
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

	if (live_stats->source) {
		interfaces_counts(live_stats->source, &live);
		interfaces_each_loss(live_stats->source, tap_set_interface_losses, live_stats->tap);
	}
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
	stats->not_received = live.kernel_dropped + live.interface_dropped;
}
