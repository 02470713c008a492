/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Brings the counters of the source, the stage and the sink together while vtap-tap runs, and draws
 * them as a line on a terminal.
 */
#ifndef VTAP_TAP_LIVE_STATS_H
#define VTAP_TAP_LIVE_STATS_H

#include "capture/sink.h"
#include "capture/source.h"
#include "options.h"

enum {
	LIVE_STATS_ERRORS = 16, /* kinds of errors for a target; further ones are not listed */
	LIVE_STATS_LABEL = 512, /* bytes of the label with its NUL */
};

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
	const struct source *source;  /* interfaces; NULL if packets come from a file */
	const struct sink *sink;      /* of live/send.h; NULL if frames go into a file */
	bool terminal;		      /* a line on the terminal is updated each second */
	struct stats *stats;	      /* that of live_stats_connect() */
	char label[LIVE_STATS_LABEL]; /* of --metrics; valid after live_stats_connect() */
	struct live_stats_target targets[TAP_TARGETS_MAX];
};

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

/* Draws the line on the terminal, if there is one: the counters of this moment. */
void live_stats_draw(struct live_stats *live_stats);

/* Clears the line on the terminal, before a message is printed in its place. */
void live_stats_clear_line(const struct live_stats *live_stats);

/* Leaves the line on the terminal, and lets what follows begin below it. */
void live_stats_keep_line(const struct live_stats *live_stats);

#endif
