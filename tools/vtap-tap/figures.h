/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The figures of a live run: the counters of source, stage and sink brought together, as lines and
 * files. */
#ifndef VTAP_TAP_FIGURES_H
#define VTAP_TAP_FIGURES_H

#include "options.h"
#include "sink.h"
#include "source.h"

enum { FIGURES_ERRORS = 16 };

/* What was last seen of a target: the sink is closed when the last figures are printed. */
struct figures_target {
	struct tunnel_counts tunnel;
	unsigned error_count;
	struct {
		const char *name;
		uint64_t count;
	} errors[FIGURES_ERRORS];
};

struct figures {
	const struct options *options;
	struct tap *tap;
	const struct source *live; /* NULL: packets come from a file */
	const struct sink *tunnel; /* NULL: frames go into a file */
	bool terminal;		   /* a live line on standard error */
	uint64_t tick;
	struct figures_target targets[TAP_TARGETS_MAX];
};

/* How often figures_tick() has to run, ns: a second at most. */
int64_t figures_interval(const struct options *options);

/* Connects stats with the counters. */
void figures_stats(struct figures *figures, struct stats *stats);

/* Brings the counters up to date; everything put has been flushed. */
void figures_collect(struct figures *figures, struct stats *stats);

/* The line of --stats-interval or of a terminal, and the file of --metrics when it is time. */
void figures_tick(struct figures *figures, struct stats *stats);

/* Before something else is printed: takes the live line off the terminal, or leaves it there. */
void figures_make_way(const struct figures *figures);
void figures_leave_line(const struct figures *figures);

/* SIGUSR1. */
void figures_report(struct figures *figures, struct stats *stats);

/* The last word to --metrics; false: an error was printed. */
bool figures_end(struct figures *figures, struct stats *stats);

#endif
