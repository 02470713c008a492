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
	bool from_pcap, to_pcap;	   /* the end is a pcap; otherwise a pcapng */
	const struct interface *interface; /* of all packets of a pcap; NULL for a pcapng */
	unsigned pause;			   /* packets or blocks still to go the slow way */
	unsigned next_pause;		   /* the pause after the next miss, 1 to 64 */
};

/* What one call of fast_path_run() took from the input. If the sink failed, the last packet is one
 * that it did not take, whose bytes are in bytes_in only. */
struct fast_path_sums {
	uint64_t packets;
	uint64_t left_out;	      /* those of them that the stage left out */
	uint64_t bytes_in, bytes_out; /* captured bytes before and after the stage */
	int64_t last_ns; /* time of the last packet; of a pcapng perhaps of the one behind it,
			    which the stage left to the full path */
	const struct interface *failed_on; /* of the packet that the sink did not take, or NULL */
};

/*
 * Prepares the fast path between two ends, which must outlive it, as must the stage. sink may be
 * NULL. If the stage has no `fast` function or the ends are not one of the three pairs of files
 * named above, there is no fast path: fast_path_is_due() then always returns false.
 */
void fast_path_open(struct fast_path *fast_path, struct source *source, const struct stage *stage,
		    struct sink *sink);

/*
 * Asked after each packet or block that went the slow way: returns true if fast_path_run() is to be
 * called. Where traffic misses the fast path, a new attempt after every packet costs more than it
 * gains: after each miss in a row twice as many packets go the slow way, up to 64.
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
 * Takes records, at most `limit`, as long as whole ones are in the input's buffer and the stage
 * takes them. Sets *sums to their counts, and adds to source->packets. The packet that the source
 * gave last becomes invalid. The record behind those taken goes the slow way. Returns false and
 * sets err if the sink failed; *sums is set in that case as well.
 */
bool fast_path_run(struct fast_path *fast_path, uint64_t limit, struct fast_path_sums *sums,
		   struct error *err);

#endif
