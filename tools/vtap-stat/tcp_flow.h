/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows the sequence numbers (RFC 9293, section 3.4) of one TCP flow and counts what is missing
 * and what came twice. A hole is a run of numbers that was not seen. It is told, once, when it is
 * decided: when it is acknowledged and the flow has gone on for TCP_FLOW_WAIT_NS, when a further
 * hole of its direction pushes it out, when it falls behind by 2^30 numbers, when the room is full,
 * or when the flow ends. It is then
 *
 * - tap: acknowledged by the other side (of a hole that is acknowledged in part: that part);
 * - network: not acknowledged, although the flow has ended or 16 later segments and more came;
 * - open: neither; and always if no packet of the other side was seen;
 * - unsure: if a packet that is not whole (tcp_segment.h) may have been what is missing.
 *
 * A hole that was told is forgotten: data that fills it afterwards counts as retransmitted. Data in
 * front of the first packet that was seen of a direction is no hole. Times are packet times and may
 * go backwards.
 */
#ifndef VTAP_STAT_TCP_FLOW_H
#define VTAP_STAT_TCP_FLOW_H

#include "counts.h"
#include "tcp_room.h"
#include "tcp_segment.h"

#define TCP_FLOW_WAIT_NS INT64_C(3000000000)

enum { TCP_FLOW_HOLES = 8 }; /* of a direction, at most; the ninth pushes the oldest out */

/* What is known of one direction. All numbers are modulo 2^32. */
struct tcp_direction {
	uint32_t first; /* the number that it was first seen with: the SYN's, if it was seen */
	uint32_t start; /* numbers below are not known, seen or not */
	uint32_t next;	/* the number behind the highest that was seen or acknowledged */
	uint32_t acked; /* the other side's highest acknowledgment, at most next */
	uint32_t holes; /* the oldest hole in the room */
	uint32_t last;	/* the last segments in the room */
	uint8_t flags;	/* TCP flags of all its packets */
	uint8_t state;	/* private */
	uint8_t hole_count : 4, strays : 4;
	uint8_t last_count : 4, last_turn : 4; /* segments in `last`; the one to replace next */
};

/* One flow. Begins as all zeros. */
struct tcp_flow {
	struct tcp_direction direction[2];
};

_Static_assert(sizeof(struct tcp_flow) <= 64, "the table of flows has no more room");

/*
 * Takes note of a packet of the flow and adds what it decides to *counts. owner: what the room's
 * find() knows the flow by. direction: 0 or 1, the direction of the packet. The segment may be one
 * that is not whole. time_ns: time of the packet.
 */
void tcp_flow_see(struct tcp_room *room, uint32_t owner, struct tcp_flow *flow, unsigned direction,
		  const struct tcp_segment *segment, int64_t time_ns, struct tcp_counts *counts);

/* Fetches into the processor's cache what tcp_flow_see() will read of the room. */
void tcp_flow_fetch(const struct tcp_room *room, const struct tcp_flow *flow);

/* Decides all holes of a flow that ends, adds them to *counts, and gives its memory back to the
 * room. The flow is as if it had no holes; what the functions below say of it stays. */
void tcp_flow_end(struct tcp_room *room, struct tcp_flow *flow, struct tcp_counts *counts);

enum tcp_flow_state {
	TCP_FLOW_GOES_ON,
	TCP_FLOW_FINISHED, /* there was a FIN of both directions */
	TCP_FLOW_RESET,	   /* there was a RST */
};

/* Returns whether the flow ended, and how. */
enum tcp_flow_state tcp_flow_state(const struct tcp_flow *flow);

/* Returns true if a packet belongs to a new flow between the same ends, before tcp_flow_see() had
 * it: it is a SYN with a number that does not fit this flow, after a FIN or RST. */
bool tcp_flow_begins_anew(const struct tcp_flow *flow, unsigned direction,
			  const struct tcp_segment *segment);

/* Returns true if no packet of one direction was seen. */
bool tcp_flow_is_one_way(const struct tcp_flow *flow);

#endif
