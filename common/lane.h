/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The short way from a pcap to a pcap or a pcapng, and from a pcapng to a pcapng: records of which
 * a stage keeps some bytes in the middle go from block to block without becoming a struct packet.
 * What comes out is what the long way writes.
 */
#ifndef VTAP_LANE_H
#define VTAP_LANE_H

#include "pump.h"

struct input;
struct output;

struct lane {
	struct source *source; /* NULL: there is no short way */
	struct input *input;
	struct sink *sink;
	struct output *output;
	bool from_pcap, to_pcap;	   /* else pcapng */
	const struct interface *interface; /* from_pcap: of all packets */
};

/* Where both ends are such files and the stage can be quick. */
void lane_open(struct lane *lane, const struct pump *pump);

/*
 * Takes records as long as whole ones are at hand, the stage is quick with them and the limit is
 * not reached; counts them in *pump. The next one goes the long way. False and err: the sink
 * failed.
 */
bool lane_run(const struct lane *lane, struct pump *pump, struct error *err);

#endif
