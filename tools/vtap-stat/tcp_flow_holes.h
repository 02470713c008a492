/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The holes of one flow, for tcp_flow.c: opened, filled, acknowledged, decided and told. */
#ifndef VTAP_STAT_TCP_FLOW_HOLES_H
#define VTAP_STAT_TCP_FLOW_HOLES_H

#include "tcp_flow.h"

/* Bits of tcp_direction.state. */
enum {
	TCP_SEEN = 1,	  /* a packet of the direction was seen */
	TCP_FOLLOWED = 2, /* its numbers are known */
	TCP_LOST = 4,	/* a packet that is not whole came; the next whole one tells where it is */
	TCP_BARE = 8,	/* nothing was seen but segments without a number */
	TCP_BEGUN = 16, /* a SYN was seen */
};

/* Bits of tcp_hole.flags. */
enum {
	HOLE_ACKED = 1,
	HOLE_UNSURE = 2,
	HOLE_BEFORE = 4, /* in front of the first packet that was seen: counts nothing */
};

/* Numbers that a hole may lie behind, and be long, so that comparing them modulo 2^32 is safe. It
 * is also the largest window (RFC 7323, section 2.3): nothing is missing beyond. */
enum { TCP_SPAN_MAX = 1 << 30 };

/* What every function needs of the packet at hand. */
struct tcp_flow_run {
	struct tcp_room *room;
	struct tcp_flow *flow;
	struct tcp_counts *counts;
	uint32_t owner;
	int64_t time_ns;
};

/* Returns how far number a is ahead of b; negative if it is behind. */
static inline int32_t tcp_flow_ahead(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

/* Opens a hole in a direction, from number begin to that in front of end. flags: HOLE_ bits; one
 * that is acknowledged is so since this packet. */
void tcp_flow_holes_open(struct tcp_flow_run *run, unsigned direction, uint32_t begin, uint32_t end,
			 uint8_t flags);

/* Opens a hole from tcp_direction.next to the number in front of end, which a segment that begins
 * there shows or, with HOLE_ACKED, an acknowledgment; or extends the one that an acknowledgment
 * showed just before. */
void tcp_flow_holes_reach(struct tcp_flow_run *run, unsigned direction, uint32_t end,
			  uint8_t flags);

/* Fills what there is of holes from number begin to that in front of end. Returns how many numbers
 * that were. */
uint32_t tcp_flow_holes_fill(struct tcp_flow_run *run, unsigned direction, uint32_t begin,
			     uint32_t end);

/* Returns true if a number is in a hole. */
bool tcp_flow_holes_have(const struct tcp_flow_run *run, unsigned direction, uint32_t number);

/* Notes that the other side acknowledged all numbers below `ack`. */
void tcp_flow_holes_acknowledge(struct tcp_flow_run *run, unsigned direction, uint32_t ack);

/* Counts a segment with this number for the holes that it lies behind. */
void tcp_flow_holes_pass(struct tcp_flow_run *run, unsigned direction, uint32_t sequence);

/* Makes holes that are not acknowledged unsure: a packet that is not whole may have filled them. */
void tcp_flow_holes_doubt(struct tcp_flow_run *run, unsigned direction);

/* Decides those holes of both directions whose time has come. */
void tcp_flow_holes_settle(struct tcp_flow_run *run);

/* Decides all holes of a direction; those that lie too far behind tcp_direction.next. */
void tcp_flow_holes_decide(struct tcp_flow_run *run, unsigned direction);
void tcp_flow_holes_decide_far(struct tcp_flow_run *run, unsigned direction);

#endif
