/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of the stage, for the files that make it up: decap.c, decap_choose.c, decap_fast.c,
 * decap_full.c. */
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
#include "untaken.h"

struct decap {
	const struct decap_config *config;
	struct counters counters;
	uint64_t *outcome;    /* counter of the packet that was passed last; NULL before it */
	struct error failure; /* for struct stage */
	struct counter_rows rows;
	struct encap_table table;
	struct header_cache cache; /* maps outer headers to struct output_interface */
	struct peel peel;	   /* the tunnels of the present packet */
	struct tap_meta tap_meta;  /* what taps said of the packet in peel */
	struct reasm *reasm;	   /* NULL if fragments are not reassembled */
	bool holds;		   /* fragments, or datagrams of a GSO packet, may be due */
	struct udp_gso *udp_gso;
	struct stage_gso gso; /* counts of GSO packets, for struct stage */
	struct origins *origins;
	struct decap_rewrite rewrite;
	struct interface_statistics statistics;
	/* Entry of the packet that was passed last; NULL if it is not counted. */
	struct interface_statistics_entry *entry;
	struct decap_end at_end;
	bool ending;		  /* blocks of statistics are being made at the end of a section */
	struct stage_times times; /* for them */
	uint64_t drops_left;	  /* packets that the kernel dropped, which no block has told yet */
	int64_t now_ns;		  /* time of the last packet, since 1970 */
	bool asks;		  /* the run has a choice: decap_choose() is not always PASS */
	bool timed;	 /* the last packet has a time, or got one from a tap; kept if `asks` */
	unsigned pause;	 /* packets for which the fast path is still left alone after a miss */
	unsigned misses; /* value of `pause` after the last miss; 0 after a hit */
	struct untaken untaken; /* what is known of packets without a selected tunnel */
};

/* Counts the outcome of a packet that is passed on. */
static inline void decap_count_outcome(struct decap *decap, uint64_t *outcome)
{
	decap->outcome = outcome;
	++*outcome;
}

/* Counts a packet for which there was no memory, and sets err. Returns FAILED. */
static inline enum verdict decap_out_of_memory(struct decap *decap, struct error *err)
{
	decap->counters.unwritten++;
	error_set(err, "not enough memory for one more source");
	return FAILED;
}

/*
 * Counts a packet from which one tunnel was taken off, of the codec with that encap_index(), and
 * which is written on `output`. bytes is the length of what is left. For packets of which nothing
 * else is counted.
 */
static inline void decap_count(struct decap *decap, unsigned index, struct output_interface *output,
			       size_t bytes)
{
	decap->counters.stripped++;
	decap->counters.tunnels[index]++;
	decap->counters.left[PEEL_PLAIN]++;
	output->statistics.packets++;
	output->bytes += bytes;
}

/*
 * Moves a packet to an interface whose times have the resolution of the packet's own interface, so
 * that its time need not be converted.
 */
static inline void decap_move(struct packet *packet, const struct interface *interface)
{
	packet->interface = interface;
	packet->linktype = interface->linktype;
	packet_changed(packet);
}

#endif
