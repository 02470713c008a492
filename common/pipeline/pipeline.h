/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop of every tool: takes packets from a source, has a stage judge them, and gives what the
 * stage passes to a sink. It also handles signals, flushes the sink, and keeps the limit and the
 * totals.
 */
#ifndef VTAP_PIPELINE_PIPELINE_H
#define VTAP_PIPELINE_PIPELINE_H

#include "capture/sink.h"
#include "capture/source.h"
#include "pipeline/stage.h"

/* The caller fills all members but those from `in` on, which begin as 0, and owns what the
 * pointers lead to. */
struct pipeline {
	struct source *source;
	const struct stage *stage;
	struct sink *sink; /* NULL if nothing is written */
	uint64_t limit;	   /* packets to read before the run ends; 0: no limit */
	/* Called between packets with the bits that interrupt_events() returned, after the sink was
	 * flushed unless they are INTERRUPT_DRAW alone; may be NULL. */
	void (*events)(void *arg, unsigned events);
	void *events_arg;
	/* Called with the reason for each packet that the sink refused (struct stage); not NULL if
	 * the stage's `refused` is not. */
	void (*refused)(void *arg, const struct error *err);
	void *refused_arg;
	uint64_t in, out, bytes_in, bytes_out; /* packets and captured bytes so far */
	bool interrupted;	   /* a signal ended the run: the source may have more */
	bool timed;		   /* a packet that came in had a time */
	int64_t first_ns, last_ns; /* times of the first and last such packet */
	bool section_timed;	   /* a packet of the present section had a time */
	int64_t section_first_ns;  /* time of the first such packet */
	struct error first;	   /* of source or stage, if the sink failed after it; else empty */
};

enum pipeline_result {
	PIPELINE_DONE,
	PIPELINE_SOURCE_FAILED, /* the input is damaged; what stood before is in the sink */
	PIPELINE_SINK_FAILED,	/* `first` says what had failed before, if anything had */
	PIPELINE_STAGE_FAILED
};

/*
 * Runs until the source ends, the limit is reached, a signal asks for the end (interrupt_seen(); a
 * live source first gives what the kernel still holds), or something fails. Packets that the stage
 * holds are written at the end, unless the sink has failed. If there is a sink or `events`, a
 * source without a hook (source_before_wait()) gets one; a hook that it has must handle the events,
 * too. At the end the source has none. Nothing is closed. Sets err unless it returns PIPELINE_DONE;
 * err may be overwritten even then.
 */
enum pipeline_result pipeline_run(struct pipeline *pipeline, struct error *err);

#endif
