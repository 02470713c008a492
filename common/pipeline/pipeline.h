/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop: source -> stage -> sink. Signals, flushing, totals: once, here. */
#ifndef VTAP_PIPELINE_PIPELINE_H
#define VTAP_PIPELINE_PIPELINE_H

#include "capture/sink.h"
#include "capture/source.h"
#include "pipeline/stage.h"

struct pipeline {
	struct source *source;
	const struct stage *stage;
	struct sink *sink; /* NULL: nothing is written */
	uint64_t limit;	   /* stop after so many packets read; 0: no limit */
	/* Called between packets with interrupt_events() when there are any; may be NULL. The sink
	 * has been flushed. */
	void (*events)(void *arg, unsigned events);
	void *events_arg;
	uint64_t in, out, bytes_in, bytes_out; /* packets; caplen bytes */
};

/*
 * Runs until the source ends, the limit is reached, interrupt_seen() (then it ends as if
 * the source had), or something fails. False and err on failure; what was read before a damaged
 * input has then been put into the sink. pipeline->sink_failed tells whose failure it was.
 */
enum pipeline_result {
	PIPELINE_DONE,
	PIPELINE_SOURCE_FAILED,
	PIPELINE_SINK_FAILED,
	PIPELINE_STAGE_FAILED
};
enum pipeline_result pipeline_run(struct pipeline *pipeline, struct error *err);

#endif
