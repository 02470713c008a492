/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Brings the counters of the source, the stage and the sink together while vtap-tap runs.
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
	struct source *source;	      /* interfaces; NULL if packets come from a file */
	const struct sink *sink;      /* of live/send.h; NULL if frames go into a file */
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

#endif
