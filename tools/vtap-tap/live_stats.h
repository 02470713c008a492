/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live_stats of a live run: the counters of source, stage and sink brought together, as lines
 * and files. */
#ifndef VTAP_TAP_LIVE_STATS_H
#define VTAP_TAP_LIVE_STATS_H

#include "capture/sink.h"
#include "capture/source.h"
#include "options.h"

enum { LIVE_STATS_ERRORS = 16 };

/* What was last seen of a target: the sink is closed when the last live_stats are printed. */
struct live_stats_target {
	struct send_counts tunnel;
	unsigned error_count;
	struct {
		const char *name;
		uint64_t count;
	} errors[LIVE_STATS_ERRORS];
};

struct live_stats {
	const struct options *options;
	struct tap *tap;
	const struct source *live; /* NULL: packets come from a file */
	const struct sink *tunnel; /* NULL: frames go into a file */
	bool terminal;		   /* a live line on standard error */
	uint64_t tick;
	struct live_stats_target targets[TAP_TARGETS_MAX];
};

/* How often live_stats_tick() has to run, ns: a second at most. */
int64_t live_stats_interval(const struct options *options);

/* Connects stats with the counters. */
void live_stats_connect(struct live_stats *live_stats, struct stats *stats);

/* Brings the counters up to date; everything put has been flushed. */
void live_stats_collect(struct live_stats *live_stats, struct stats *stats);

/* The line of --stats-interval or of a terminal, and the file of --metrics when it is time. */
void live_stats_tick(struct live_stats *live_stats, struct stats *stats);

/* Before something else is printed: takes the live line off the terminal, or leaves it there. */
void live_stats_make_way(const struct live_stats *live_stats);
void live_stats_leave_line(const struct live_stats *live_stats);

/* SIGUSR1. */
void live_stats_report(struct live_stats *live_stats, struct stats *stats);

/* The last word to --metrics; false: an error was printed. */
bool live_stats_end(struct live_stats *live_stats, struct stats *stats);

#endif
