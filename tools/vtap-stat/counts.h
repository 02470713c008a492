/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What vtap-stat counts of a key or a flow. Every member is a sum: records of intervals add up. */
#ifndef VTAP_STAT_COUNTS_H
#define VTAP_STAT_COUNTS_H

#include <stdint.h>

/* What tcp_flow.h finds out of sequence numbers. */
struct tcp_counts {
	uint64_t tap_bytes, tap_gaps;	      /* acknowledged, so the tap lost them */
	uint64_t network_bytes, network_gaps; /* not acknowledged although the flow went on */
	uint64_t open_bytes, open_gaps;	      /* neither acknowledged nor filled at the end */
	uint64_t filled_bytes, filled_gaps;   /* holes that later packets filled */
	uint64_t retransmitted_packets, retransmitted_bytes; /* data that was seen before */
	uint64_t duplicated_packets;			     /* the same packet, mirrored twice */
	uint64_t unsure_gaps; /* holes across a packet whose header was not captured */
};

/* Of each direction of a flow: 0 is from its source. */
struct counts_end {
	uint64_t packets, bytes;
};

struct counts {
	uint64_t packets, bytes, captured_bytes; /* bytes on the wire, and in the capture */
	uint64_t late;				 /* packets that came after one with a later time */
	uint64_t cut, hidden_cut;		 /* packets */
	uint64_t superframes, superframe_wire_packets, jumbo, unknown_oversize; /* packets */
	uint64_t missing_tunnel, missing_kernel;				/* packets */
	struct tcp_counts tcp;
};

#endif
