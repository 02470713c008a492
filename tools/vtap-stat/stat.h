/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage of vtap-stat: counts packets by key (key/key.h) and follows flows, and hands records to
 * whoever writes them. It drops every packet that it is given, so the pipeline needs no sink, and
 * touches no file descriptor.
 */
#ifndef VTAP_STAT_STAT_H
#define VTAP_STAT_STAT_H

#include "cli/cli.h"
#include "cli/stats.h"
#include "filter/choice.h"
#include "pipeline/stage.h"
#include "record.h"
#include "record_config.h"
#include "stat_by.h"

struct stat_config {
	struct cli_common common; /* the first member, as cli/cli.h demands */
	struct stat_by by;	  /* --by */
	int64_t interval_ns;	  /* -G; 0: one record for the whole */
	int64_t window_ns;	  /* --window; 0: packets are not sorted */
	int64_t idle_ns;	  /* --flow-idle */
	uint64_t max_keys, top;	  /* --max-keys, --top */
	bool no_flows;		  /* --no-flows */
	bool has_format;	  /* -F was given */
	enum record_format format;
	struct choice *choice; /* set by stat_run(); NULL if all packets are counted */
};

/* Where records go. Each function returns false and sets err if it fails. */
struct stat_sink {
	/* Takes a record, of which it keeps nothing by reference. */
	bool (*put)(void *arg, const struct record *record, struct error *err);
	/* All records of an interval of -G were put. */
	bool (*end_interval)(void *arg, int64_t end_ns, struct error *err);
	void *arg;
};

struct stat_stage;

/* The rows of --stats, -v and docs/stats.md; the last has no name. */
extern const struct stats_row stat_rows[];

/*
 * Makes a stage. config is borrowed and must outlive it; sink is copied. Returns NULL and sets err
 * without memory. The caller frees the stage with stat_free().
 */
struct stat_stage *stat_new(const struct stat_config *config, const struct stat_sink *sink,
			    struct error *err);

/*
 * Are the functions `put` and `block` of struct stage (pipeline/stage.h); self is a struct
 * stat_stage. stat_put() never fills *out. If stat_block() fails, the next stat_put() or
 * stat_finish() reports it.
 */
enum verdict stat_put(void *self, const struct packet *in, struct packet *out, struct error *err);
void stat_block(void *self, const struct block *block);

/* Puts the records of all that is left. Returns false and sets err if that fails. */
bool stat_finish(struct stat_stage *stat, struct error *err);

/* Hands the records of what is not told yet to another sink, and changes nothing: the end of flows
 * is `end`, and what is not decided is in none. Returns false as the sink does. */
bool stat_peek(struct stat_stage *stat, const struct stat_sink *sink, struct error *err);

/* Returns the end of the open interval of -G, in nanoseconds since 1970; 0 before the first packet,
 * and without -G. */
int64_t stat_interval_end(const struct stat_stage *stat);

/*
 * Sets rows and counters in *stats. They point into the stage, hold until stat_free() and go on
 * counting.
 */
void stat_stats(struct stat_stage *stat, struct stats *stats);

/* Brings counters that others keep up to date. */
void stat_totals(struct stat_stage *stat);

/* Frees the stage, which may be NULL. */
void stat_free(struct stat_stage *stat);

#endif
