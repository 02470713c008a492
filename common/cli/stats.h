/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Named counters of a run. A tool has one table of them, and the text for a person, the JSON of
 * --stats and the metrics come from that table. Each packet is counted in exactly one outcome, so
 * outcomes add up to `in`; details may overlap.
 */
#ifndef VTAP_CLI_STATS_H
#define VTAP_CLI_STATS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/json.h"
#include "capture/inputs.h"
#include "cli/stats_sources.h"

enum stats_group {
	STATS_OUTCOME,
	STATS_DETAIL,
	STATS_LARGEST, /* a detail that is no counter: bytes of the largest of something */
	STATS_GAUGE,   /* of this moment, so in the metrics alone; the unit ends its name */
};

/* A row of a tool's const table: a uint64_t in the tool's struct of counters. */
struct stats_row {
	enum stats_group group;
	const char *name; /* snake_case, as in the JSON */
	const char *text; /* for a person: "stripped", "passed unchanged: malformed" */
	size_t offset;	  /* of the counter in the struct (offsetof) */
	bool loss;	  /* packets were dropped or not read: reported without -v, too, if not 0 */
	/* In the metrics, in front of _total, where `name` would look like a unit; or NULL. */
	const char *metric;
};

/* Rows of every tool, whose counters are members of struct stats; the last has no name. */
extern const struct stats_row stats_common_rows[];

/* Returns the value of a row. counters is the struct that row->offset belongs to. */
uint64_t stats_value(const struct stats_row *row, const void *counters);

/* Returns the name of a detail in the metrics, in front of _total. */
const char *stats_metric(const struct stats_row *row);

/* Returns true if a row is printed in a group: STATS_LARGEST is among STATS_DETAIL. */
bool stats_belongs(const struct stats_row *row, enum stats_group group);

/* Counters of one target (-t) of a tool that sends. */
struct stats_target {
	const char *uri;
	uint64_t sent, bytes, failed, oversize, rate_limited;
};

/* A uint64_t in struct stats or struct stats_target. */
struct stats_field {
	const char *name;   /* in the JSON */
	const char *metric; /* in the metrics, in front of _total */
	const char *text;
	size_t offset;
};

/* The totals in struct stats, and the counters in struct stats_target; the last of each has no
 * name. */
extern const struct stats_field stats_totals[], stats_target_fields[];

/* Returns the value of a field of the struct `of`. */
uint64_t stats_field_value(const struct stats_field *field, const void *of);

struct metrics_writer; /* cli/metrics.h */

/* Figures of a tool that counts other things than packets, too. Functions get the own_arg of struct
 * stats as `arg`. */
struct stats_own {
	/* These figures stand in place of the totals, the outcomes and the details of packets; else
	 * behind them. */
	bool instead;
	/* Adds members to the JSON object of --stats, which is open. */
	void (*json)(void *arg, struct json *json);
	/* Adds families to the file of --metrics (metrics_family()); may be NULL. */
	void (*metrics)(void *arg, struct metrics_writer *metrics);
	/* Prints the table of -v, or the lines behind it; each line with its end. */
	void (*table)(void *arg, FILE *to);
	/* Prints the line of --stats-interval without its end. Needed if `instead` is set. */
	void (*line)(void *arg, FILE *to);
};

struct stats {
	const char *tool;
	const struct stats_row *rows; /* the last has no name */
	const void *counters;	      /* the struct that the rows belong to */
	const struct stats_own *own;  /* NULL if the tool counts packets alone */
	void *own_arg;
	uint64_t in, out, bytes_in, bytes_out;
	const struct stats_sources *sources; /* NULL if the tool tells no sources apart */
	void *sources_arg;
	unsigned target_count; /* 0 if the tool has no targets */
	/* Fills *target, whose uri must live as long as *stats, with the counters of target i.
	 * May be NULL if target_count is 0. */
	void (*target)(void *arg, unsigned i, struct stats_target *target);
	/* Calls each(each_arg, "ECONNREFUSED", n) for every kind of error; may be NULL. */
	void (*target_errors)(void *arg, unsigned i,
			      void (*each)(void *arg, const char *name, uint64_t count),
			      void *each_arg);
	void *targets_arg;
	/* Calls each(each_arg, name, up) for every interface that packets are captured from, as
	 * interfaces_each() does. NULL if there is none. */
	void (*interfaces)(void *arg, void (*each)(void *arg, const char *name, bool up),
			   void *each_arg);
	void *interfaces_arg;
	/* Counters of source, stage and sink (stats_common_rows). */
	uint64_t skipped, gso_split, simple_enhanced, timestamps_clamped, fcs_removed;
	uint64_t blocks_dropped;
	uint64_t packets_lost; /* in files whose .tmp somebody replaced */
	uint64_t not_received; /* packets that the kernel or an interface dropped */
	/* The captures that were read; input_count is 0 if the run had none. */
	const struct input_report *inputs;
	unsigned input_count;
	bool input_failed; /* the error of one was told while the run went on */
	bool fatal;	   /* the run ended with an error, or since its reader went away */
	bool refused;	   /* packets were left out: the output cannot hold their link type */
	bool running;	   /* the run goes on: these are not the last figures */
	/*
	 * Returns true if the tool did nothing of what it is for. Prints what the user should know
	 * about that, one line without its end, or nothing: it is said without -v, too. May be
	 * NULL.
	 */
	bool (*nothing)(void *arg, const struct stats *stats, FILE *to);
	void *nothing_arg;
	const char *nothing_text; /* what --fail-if-none says where that line is empty */
	/* Totals at the last stats_print_line(). */
	struct {
		int64_t time_ns;
		uint64_t in, bytes_in;
	} line;
};

/* The version of the JSON object: it changes when a member changes its meaning, or is gone. */
enum { STATS_SCHEMA_VERSION = 1 };

/* Returns the sum of all outcomes: the packets whose outcome is known. */
uint64_t stats_outcomes(const struct stats *stats);

/*
 * Writes the JSON object of --stats to a file (io/atomic_file.h); "-" is standard output. Returns
 * false and sets err if the file cannot be written.
 */
bool stats_write(const struct stats *stats, const char *file, struct error *err);

/*
 * Writes the JSON object of --stats to a stream as one line, in one piece, so that lines of
 * programs that share it do not mix. Writes nothing if there is no memory.
 */
void stats_report(const struct stats *stats, FILE *to);

#endif
