/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the stage holds, for the files that make it up: decap.c, decap_fast.c and decap_full.c. */
#ifndef VTAP_DECAP_DECAP_INTERNAL_H
#define VTAP_DECAP_DECAP_INTERNAL_H

#include "counters.h"
#include "decap.h"
#include "decap_rewrite.h"
#include "header/reasm.h"
#include "interface_statistics.h"
#include "offload/udp_gso.h"
#include "origins.h"
#include "tunnel/header_cache.h"

struct decap {
	const struct decap_config *config;
	struct counters counters;
	struct counter_rows rows;
	struct encap_table table;
	struct header_cache cache; /* its values are struct output_interface */
	struct peel peel;
	struct tap_meta tap_meta; /* of the packet in peel, by taps */
	struct reasm *reasm;	  /* NULL: fragments are not reassembled */
	bool holds;		  /* packets may be due: fragments, or the rest of a GSO packet */
	struct udp_gso *udp_gso;
	struct stage_runs runs;
	struct origins *origins;
	struct decap_rewrite rewrite;
	struct interface_statistics statistics; /* live only */
	int64_t now_ns;				/* time of the last packet */
	unsigned pause;	 /* packets for which the cache is still left alone, after misses ... */
	unsigned misses; /* ... and for how many the last miss made it so */
};

/* Counts a packet whose one tunnel was taken off, with nothing to say about it. */
static inline void decap_count(struct decap *decap, unsigned index, struct origin *origin,
			       size_t bytes)
{
	decap->counters.stripped++;
	decap->counters.tunnels[index]++;
	decap->counters.left[PEEL_PLAIN]++;
	origin->packets++;
	origin->bytes += bytes;
}

/* Puts the packet on an interface that has the resolution of its own, so that its exact time
 * stays. */
static inline void decap_move(struct packet *packet, const struct interface *interface)
{
	packet->interface = interface;
	packet->linktype = interface->linktype;
	packet_changed(packet);
}

#endif
