/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop: source -> stage -> sink. Signals, flushing, totals: once, here. */
#ifndef VTAP_PIPELINE_PIPELINE_H
#define VTAP_PIPELINE_PIPELINE_H

#include "capture/sink.h"
#include "capture/source.h"

enum verdict {
	PASS,	/* *out is to be written */
	DROP,	/* the stage has counted why */
	HOLD,	/* the stage keeps a copy: it comes back by `due` or is counted */
	FAILED, /* err is set: the run ends */
};

/* Packets that a stage cut into several (offload/udp_gso.h), and how many more packets that gave.
 */
struct stage_runs {
	uint64_t cut, more;
};

/* A packet without options, and which bytes in its middle a stage keeps. */
struct fast_packet {
	const struct interface *interface;
	uint32_t linktype; /* that what is kept must have; LINKTYPE_ANY: any */
	struct span packet;
	uint32_t len; /* of packet, on the wire */
	/* Set when the stage was quick: what is kept, and on which interface. */
	uint32_t offset, caplen, kept_len;
	const struct interface *to;
};

#define LINKTYPE_ANY UINT32_MAX

static inline bool fast_packet_takes(const struct fast_packet *quick, uint32_t linktype)
{
	return quick->linktype == linktype || quick->linktype == LINKTYPE_ANY;
}

/*
 * A stage. put: judges `in`; on PASS it has filled *out (which begins as a copy of *in).
 * block (may be NULL): sees what is no packet before the sink does, cannot refuse it.
 * due (may be NULL): asked after each put, before each new section and (with `end` true) at the
 * end, until it says false: packets that the stage held and that are now to be written.
 */
struct stage {
	void *self;
	enum verdict (*put)(void *self, const struct packet *in, struct packet *out,
			    struct error *err);
	void (*block)(void *self, const struct block *block);
	bool (*due)(void *self, bool end, struct packet *out);
	/* put changes the packet in place: out is in. */
	bool in_place;
	/* While it points to false, due is not asked after each put. May be NULL. */
	const bool *holds;
	/* Its packets are on interfaces of its own: the sink does not hear of the input's. */
	bool interfaces;
	const struct stage_runs *runs; /* NULL: none */
	/*
	 * As put, where what to keep is seen at once: true is PASS, and counted. False: nothing has
	 * happened, put is to judge. Not asked while *holds. May be NULL.
	 */
	bool (*quick)(void *self, struct fast_packet *quick);
};

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
