/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fast path of a pipeline, from a pcap to a pcap or a pcapng, and from a pcapng to a pcapng:
 * records of which a stage keeps some bytes in the middle go from the block of the input to that of
 * the output without becoming a struct packet. The output is the one that the slow path would
 * write.
 */
#ifndef VTAP_PIPELINE_FAST_PATH_H
#define VTAP_PIPELINE_FAST_PATH_H

#include "capture/sink.h"
#include "capture/source.h"
#include "pipeline/stage.h"

struct input;
struct output;

struct fast_path {
	const struct stage *stage;
	struct source *source; /* NULL if there is no fast path */
	struct input *input;   /* of the source */
	struct sink *sink;
	struct output *output;		   /* of the sink */
	bool from_pcap, to_pcap;	   /* false: pcapng */
	const struct interface *interface; /* from_pcap: of all packets */
	unsigned pause;			   /* packets that still go the slow way */
	unsigned next_pause;		   /* packets that will after the next miss */
};

/* What one run took. */
struct fast_path_sums {
	uint64_t packets;
	uint64_t bytes_in, bytes_out; /* captured bytes before and after the stage */
};

/*
 * Prepares the fast path between two ends, which must outlive it. There is one if both ends are
 * such files and the stage has a `fast` function; else fast_path_is_due() is always false.
 */
void fast_path_open(struct fast_path *fast_path, struct source *source, const struct stage *stage,
		    struct sink *sink);

/*
 * Asked after each packet that went the slow way: returns true if fast_path_run() is to be called.
 * Where traffic misses the fast path, to try it again after every packet costs more than it gains:
 * after each miss in a row twice as many packets go the slow way, up to 64.
 */
static inline bool fast_path_is_due(struct fast_path *fast_path)
{
	if (fast_path->pause > 0) {
		fast_path->pause--;
		return false;
	}
	return fast_path->source != NULL;
}

/*
 * Takes records, at most `limit`, as long as whole ones are in the block of the input and the stage
 * takes them, and counts them in *sums (and in source->packets). The record behind them goes the
 * slow way. Returns false and sets err if the sink failed; *sums is set then, too.
 */
bool fast_path_run(struct fast_path *fast_path, uint64_t limit, struct fast_path_sums *sums,
		   struct error *err);

#endif
