/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a run is, as a line on the terminal of standard error (cli/status_line.h):
 *   decap  41%  0.8/2.0 GB  2.4 Mpkt  310 MB/s  eta 4 s
 *   tap  2.4 Mpkt  120 kpkt/s  310 Mbit/s  0 dropped
 * It comes after a second, is drawn twice a second, and is gone at the end. The first form is for a
 * run whose inputs all are regular files. The clock is read when a line is due, not for packets.
 */
#ifndef VTAP_CLI_PROGRESS_H
#define VTAP_CLI_PROGRESS_H

#include "cli/cli.h"
#include "cli/stats.h"
#include "pipeline/pipeline.h"

/* What the line of a run says. */
struct progress_figures {
	const char *name;     /* of the tool, "decap" */
	bool has_end;	      /* the members up to left_s mean something */
	double part;	      /* of the run, from 0 to 1 */
	uint64_t done, total; /* bytes of the input files, as they are on the disk */
	double left_s;	      /* seconds to the end; negative if nobody knows */
	uint64_t packets;
	double packets_per_s, bytes_per_s; /* of the files if has_end, else of the packets */
	uint64_t dropped;
	uint64_t sources;
	const char *sources_noun; /* "source"; NULL if the tool tells none apart */
};

enum { PROGRESS_SIZE = 256 }; /* bytes of a line at most, with its NUL */

/* Writes the line of at most `room` columns: what matters least is left out if it does not fit. The
 * line is empty if nothing fits. */
void progress_print(const struct progress_figures *figures, unsigned room,
		    char text[PROGRESS_SIZE]);

enum { PROGRESS_SAMPLES = 11 }; /* one more than the draws that a rate is the mean of */

/* All zero before progress_open(). */
struct progress {
	bool on; /* a line is drawn */
	const struct cli_common *common;
	const char *tool;
	bool has_end;
	int64_t due_ns; /* no line before that, by CLOCK_MONOTONIC */
	/* What was done at the last draws, the oldest first. */
	struct progress_sample {
		int64_t time_ns;
		double part;
		uint64_t packets, bytes;
	} sample[PROGRESS_SAMPLES];
	unsigned samples;
};

/*
 * Decides whether the run draws a line. inputs: after inputs_probe(); NULL if the source is no
 * capture file. One with a regular file among its inputs does, any other one with -v. To be called
 * after interrupt_catch() and before the sandbox. common and tool must outlive *progress.
 */
void progress_open(struct progress *progress, const char *tool, const struct cli_common *common,
		   const struct inputs *inputs);

/* Begins to ask for draws, as INTERRUPT_DRAW. To be called in front of pipeline_run(). */
void progress_start(struct progress *progress);

/* Draws the line if it is time to. stats: has the counters of this moment. */
void progress_draw(struct progress *progress, const struct pipeline *pipeline,
		   const struct stats *stats);

/* Takes the line away and ends the draws. May be called more than once, and without a start. */
void progress_end(struct progress *progress);

#endif
