/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The short way from a pcap to a pcap or a pcapng, and from a pcapng to a pcapng: records of which
 * a stage keeps some bytes in the middle go from block to block without becoming a struct packet.
 * What comes out is what the long way writes.
 */
#ifndef VTAP_PIPELINE_FAST_PATH_H
#define VTAP_PIPELINE_FAST_PATH_H

#include "pipeline/pipeline.h"

struct input;
struct output;

struct fast_path {
	struct source *source; /* NULL: there is no short way */
	struct input *input;
	struct sink *sink;
	struct output *output;
	bool from_pcap, to_pcap;	   /* else pcapng */
	const struct interface *interface; /* from_pcap: of all packets */
};

/* Where both ends are such files and the stage can be quick. */
void fast_path_open(struct fast_path *fast_path, const struct pipeline *pipeline);

/*
 * Takes records as long as whole ones are at hand, the stage is quick with them and the limit is
 * not reached; counts them in *pipeline. The next one goes the long way. False and err: the sink
 * failed.
 */
bool fast_path_run(const struct fast_path *fast_path, struct pipeline *pipeline, struct error *err);

#endif
