/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Brings the counters of the source, the stage and the sink together while vtap-tap runs, and
 * prints them: as a line each second or each --stats-interval, as the file of --metrics, and as the
 * line of SIGUSR1.
 */
#ifndef VTAP_TAP_LIVE_STATS_H
#define VTAP_TAP_LIVE_STATS_H

#include "capture/sink.h"
#include "capture/source.h"
#include "options.h"

enum { LIVE_STATS_ERRORS = 16 }; /* kinds of errors for a target; further ones are not listed */

/* Counters of a target when they were last collected. The sink is closed before the last print. */
struct live_stats_target {
	struct send_counts counts;
	unsigned error_count;
	struct {
		const char *name; /* of the errno, such as ECONNREFUSED */
		uint64_t count;
	} errors[LIVE_STATS_ERRORS];
};

struct live_stats {
	const struct options *options;
	struct tap *tap;
	const struct source *source; /* interfaces; NULL if packets come from a file */
	const struct sink *sink;     /* of live/send.h; NULL if frames go into a file */
	bool terminal;		     /* a line on the terminal is updated each second */
	uint64_t ticks;		     /* calls of live_stats_tick() */
	struct live_stats_target targets[TAP_TARGETS_MAX];
};

/* Returns the interval at which live_stats_tick() is to be called, at most 1e9 ns. */
int64_t live_stats_interval(const struct options *options);

/*
 * Sets the counters of the stage and of all targets in *stats. They point into *live_stats and the
 * stage. live_stats->options and ->tap are set before.
 */
void live_stats_connect(struct live_stats *live_stats, struct stats *stats);

/*
 * Collects the counters of source and sink, and sets those of the stage in *stats. Frames that wait
 * in the sink are not counted yet.
 */
void live_stats_collect(struct live_stats *live_stats, struct stats *stats);

/* Collects the counters, and prints the line and writes the file of --metrics if it is time to. */
void live_stats_tick(struct live_stats *live_stats, struct stats *stats);

/* Clears the line on the terminal, before a message is printed in its place. */
void live_stats_clear_line(const struct live_stats *live_stats);

/* Leaves the line on the terminal, and lets what follows begin below it. */
void live_stats_keep_line(const struct live_stats *live_stats);

/* Collects the counters and makes room for the line of SIGUSR1, which cli/tool.h prints. */
void live_stats_report(struct live_stats *live_stats, struct stats *stats);

/* Writes the file of --metrics for the last time. Returns false after printing an error. */
bool live_stats_end(struct live_stats *live_stats, struct stats *stats);

#endif
