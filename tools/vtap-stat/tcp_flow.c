/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tcp_flow.h"

#include "header/fields.h"
#include "tcp_flow_holes.h"

enum {
	/* Numbers in front of the first packet that was seen may still come so far below it:
	 * windows of hosts are seldom larger. */
	SLIGHTLY = 1 << 24,
	/* So far below it a SYN may be the one of what was seen, and is not another connection's.
	 */
	SYN_SLIGHTLY = 1 << 20,
	/* So many segments in a row whose numbers cannot be say that the sender is elsewhere. */
	STRAYS_MAX = 4,
};

enum tcp_flow_state tcp_flow_state(const struct tcp_flow *flow)
{
	uint8_t any = flow->direction[0].flags | flow->direction[1].flags;
	uint8_t both = flow->direction[0].flags & flow->direction[1].flags;

	if (any & TCP_RST)
		return TCP_FLOW_RESET;
	return both & TCP_FIN ? TCP_FLOW_FINISHED : TCP_FLOW_GOES_ON;
}

bool tcp_flow_is_one_way(const struct tcp_flow *flow)
{
	return !(flow->direction[0].state & flow->direction[1].state & TCP_SEEN);
}

/* Returns true if the segment is a SYN whose number says that it is not the one of what was seen of
 * the direction: that one may be late, or come again. */
static bool tcp_flow_is_other_syn(const struct tcp_direction *own,
				  const struct tcp_segment *segment)
{
	if (!(segment->flags & TCP_SYN) || segment->sequence == own->first)
		return false;
	return own->state & TCP_BEGUN || own->start - segment->sequence > SYN_SLIGHTLY;
}

bool tcp_flow_begins_anew(const struct tcp_flow *flow, unsigned direction,
			  const struct tcp_segment *segment)
{
	const struct tcp_direction *own = &flow->direction[direction];
	const struct tcp_direction *other = &flow->direction[!direction];

	if (!segment->whole || !(segment->flags & TCP_SYN))
		return false;
	/* A SYN that comes behind the RST that answers it is no new flow. */
	if (!(own->state & TCP_FOLLOWED))
		return other->flags & TCP_FIN;
	return (own->flags | other->flags) & (TCP_FIN | TCP_RST) &&
	       tcp_flow_is_other_syn(own, segment);
}

/* Follows a direction anew from here. Holes that it has are decided. */
static void tcp_flow_start(struct tcp_flow_run *run, unsigned direction, uint32_t begin,
			   uint32_t end)
{
	struct tcp_direction *own = &run->flow->direction[direction];

	tcp_flow_holes_decide(run, direction);
	own->first = own->start = own->acked = begin;
	own->next = end;
	own->strays = 0;
	own->state &= TCP_SEEN;
	own->state |= TCP_FOLLOWED | (begin == end ? TCP_BARE : 0);
}

/* A new connection began with the other direction's SYN, although the end of the last one was not
 * seen. */
static void tcp_flow_forget(struct tcp_flow_run *run, unsigned direction)
{
	tcp_flow_holes_decide(run, direction);
	run->flow->direction[direction].state &= TCP_SEEN;
}

/* Numbers that are 2^30 behind are out of sight: later ones would be taken for them. */
static void tcp_flow_advance(struct tcp_flow_run *run, unsigned direction, uint32_t next)
{
	struct tcp_direction *own = &run->flow->direction[direction];

	if (next != own->next)
		own->state &= (uint8_t)~TCP_BARE;
	own->next = next;
	if (own->holes != 0)
		tcp_flow_holes_decide_far(run, direction);
	if (next - own->start > TCP_SPAN_MAX)
		own->start = next - TCP_SPAN_MAX;
	if (next - own->acked > TCP_SPAN_MAX)
		own->acked = next - TCP_SPAN_MAX;
}

/* Returns true if the number was seen; not if it is in a hole, ahead, or not known. */
static bool tcp_flow_had(const struct tcp_flow_run *run, unsigned direction, uint32_t number)
{
	const struct tcp_direction *own = &run->flow->direction[direction];

	return number - own->start < own->next - own->start &&
	       !tcp_flow_holes_have(run, direction, number);
}

/* Keep-alives (RFC 9293, section 3.8.4) send the last number again, with a byte or without, when
 * all was acknowledged. */
static bool tcp_flow_is_keep_alive(const struct tcp_flow_run *run, unsigned direction,
				   const struct tcp_segment *segment)
{
	const struct tcp_direction *own = &run->flow->direction[direction];

	return segment->payload_len == 1 && !(segment->flags & (TCP_SYN | TCP_FIN)) &&
	       segment->sequence + 1 == own->next &&
	       (own->acked == own->next || tcp_flow_is_one_way(run->flow)) &&
	       tcp_flow_had(run, direction, segment->sequence);
}

/* Numbers that came late at the start of the capture. What is between them and the first that was
 * seen is not known; it is kept as a hole that counts nothing, so that it is not taken for data
 * that comes again. */
static void tcp_flow_lower(struct tcp_flow_run *run, unsigned direction, uint32_t begin,
			   uint32_t end)
{
	struct tcp_direction *own = &run->flow->direction[direction];

	if (begin == end || own->next - begin > TCP_SPAN_MAX)
		return;
	if (tcp_flow_ahead(own->start, end) > 0) {
		if (own->hole_count == TCP_FLOW_HOLES)
			return;
		tcp_flow_holes_open(run, direction, end, own->start, HOLE_BEFORE | HOLE_ACKED);
	}
	own->start = begin;
}

/* Counts a segment from begin to end - 1, of which `again` numbers were seen before. */
static void tcp_flow_count_again(struct tcp_counts *counts, uint32_t again, unsigned not_data)
{
	if (again == 0)
		return;
	counts->retransmitted_packets++;
	counts->retransmitted_bytes += again - not_data;
}

/* A segment that begins with a number that is not new. */
static void tcp_flow_behind(struct tcp_flow_run *run, unsigned direction,
			    const struct tcp_segment *segment, uint32_t end)
{
	struct tcp_direction *own = &run->flow->direction[direction];
	uint32_t begin = segment->sequence, from = begin, to = end, filled = 0;
	unsigned not_data = 0;

	if (segment->flags & TCP_SYN)
		not_data += tcp_flow_had(run, direction, begin);
	if (segment->flags & TCP_FIN)
		not_data += tcp_flow_had(run, direction, end - 1);
	if (tcp_flow_ahead(to, own->next) > 0)
		to = own->next;
	if (tcp_flow_ahead(own->start, begin) > 0) {
		from = tcp_flow_ahead(own->start, to) > 0 ? to : own->start;
		tcp_flow_lower(run, direction, begin, end);
	}
	if (own->holes != 0)
		filled = tcp_flow_holes_fill(run, direction, from, to);
	tcp_flow_count_again(run->counts, to - from - filled, not_data);
}

/* Returns how far ahead of tcp_direction.next a number may be. Until something of the direction was
 * acknowledged the other side may still be in an earlier connection (RFC 9293, section 3.5.1). */
static int32_t tcp_flow_reach(const struct tcp_direction *own)
{
	return own->acked == own->first ? (int32_t)SLIGHTLY : (int32_t)TCP_SPAN_MAX;
}

/* Returns true if the numbers cannot be of what was seen so far: another connection's, or nonsense.
 * When they keep coming, the direction is followed anew from there, and nobody knows what is
 * missing. */
static bool tcp_flow_is_stray(struct tcp_flow_run *run, unsigned direction, uint32_t begin,
			      uint32_t end)
{
	struct tcp_direction *own = &run->flow->direction[direction];

	if (tcp_flow_ahead(begin, own->next) <= tcp_flow_reach(own) &&
	    tcp_flow_ahead(begin, own->start) >= -SLIGHTLY) {
		own->strays = 0;
		return false;
	}
	if (++own->strays == STRAYS_MAX) {
		run->counts->unsure_gaps++;
		tcp_flow_start(run, direction, begin, end);
	}
	return true;
}

static void tcp_flow_follow(struct tcp_flow_run *run, unsigned direction,
			    const struct tcp_segment *segment)
{
	struct tcp_direction *own = &run->flow->direction[direction];
	uint32_t begin = segment->sequence, end = begin + tcp_segment_numbers(segment);
	int32_t ahead = tcp_flow_ahead(begin, own->next);

	if (tcp_flow_is_stray(run, direction, begin, end) ||
	    tcp_flow_is_keep_alive(run, direction, segment))
		return;
	tcp_flow_holes_pass(run, direction, begin);
	if (ahead > 0)
		tcp_flow_holes_reach(run, direction, begin,
				     own->state & TCP_LOST ? HOLE_UNSURE : 0);
	else
		tcp_flow_behind(run, direction, segment, end);
	if (tcp_flow_ahead(end, own->next) >= 0) {
		own->state &= (uint8_t)~TCP_LOST;
		tcp_flow_advance(run, direction, end);
	}
}

static void tcp_flow_see_numbers(struct tcp_flow_run *run, unsigned direction,
				 const struct tcp_segment *segment)
{
	struct tcp_direction *own = &run->flow->direction[direction];
	uint32_t begin = segment->sequence, end = begin + tcp_segment_numbers(segment);

	if (own->state & TCP_FOLLOWED && tcp_flow_is_other_syn(own, segment) &&
	    !(segment->flags & TCP_ACK))
		tcp_flow_forget(run, !direction);
	/* What was seen may have been a keep-alive without its byte, one below the next number. */
	if (!(own->state & TCP_FOLLOWED) || tcp_flow_is_other_syn(own, segment) ||
	    (own->state & TCP_BARE && begin == own->next + 1))
		tcp_flow_start(run, direction, begin, end);
	else
		tcp_flow_follow(run, direction, segment);
	if (segment->flags & TCP_SYN) {
		own->first = begin;
		own->state |= TCP_BEGUN;
	}
}

/* An acknowledgment of all numbers below `ack` in a direction. */
static void tcp_flow_acknowledge(struct tcp_flow_run *run, unsigned direction, uint32_t ack)
{
	struct tcp_direction *own = &run->flow->direction[direction];
	int32_t ahead = tcp_flow_ahead(ack, own->next);

	if (!(own->state & TCP_FOLLOWED))
		return;
	if (ahead > tcp_flow_reach(own))
		return;
	if (ahead == 1 && own->state & TCP_BARE) {
		tcp_flow_start(run, direction, ack, ack);
		own->state &= (uint8_t)~TCP_BARE;
		return;
	}
	if (ahead > 0) {
		tcp_flow_holes_reach(run, direction, ack,
				     HOLE_ACKED | (own->state & TCP_LOST ? HOLE_UNSURE : 0));
		tcp_flow_advance(run, direction, ack);
	}
	if (tcp_flow_ahead(ack, own->acked) > 0) {
		own->acked = ack;
		if (own->holes != 0)
			tcp_flow_holes_acknowledge(run, direction, ack);
	}
}

/* Returns true if the segment is one of the last of its direction; else remembers it. */
static bool tcp_flow_is_duplicate(struct tcp_flow_run *run, struct tcp_direction *own,
				  const struct tcp_segment *segment)
{
	struct tcp_last *last;

	if (!segment->marked)
		return false;
	if (own->last == 0 && (own->last = tcp_room_take_last(run->room)) == 0) {
		run->room->pool_full++;
		return false;
	}
	last = &run->room->blocks[own->last].last;
	for (unsigned i = 0; i < own->last_count; i++)
		if (last->sequence[i] == segment->sequence && last->mark[i] == segment->mark &&
		    last->payload_len[i] == (uint16_t)segment->payload_len)
			return true;
	last->sequence[own->last_turn] = segment->sequence;
	last->payload_len[own->last_turn] = (uint16_t)segment->payload_len;
	last->mark[own->last_turn] = segment->mark;
	own->last_turn = (own->last_turn + 1) % TCP_ROOM_LAST;
	if (own->last_count < TCP_ROOM_LAST)
		own->last_count++;
	return false;
}

void tcp_flow_see(struct tcp_room *room, uint32_t owner, struct tcp_flow *flow, unsigned direction,
		  const struct tcp_segment *segment, int64_t time_ns, struct tcp_counts *counts)
{
	struct tcp_flow_run run = { room, flow, counts, owner, time_ns };
	struct tcp_direction *own = &flow->direction[direction];

	if ((flow->direction[0].holes | flow->direction[1].holes) != 0)
		tcp_flow_holes_settle(&run);
	own->state |= TCP_SEEN;
	own->flags |= segment->flags;
	if (!segment->whole) {
		own->state |= TCP_LOST;
		tcp_flow_holes_doubt(&run, direction);
		return;
	}
	if (tcp_flow_is_duplicate(&run, own, segment)) {
		counts->duplicated_packets++;
		return;
	}
	/* Neither number of a RST need be right. */
	if (segment->flags & TCP_RST)
		return;
	tcp_flow_see_numbers(&run, direction, segment);
	if (segment->flags & TCP_ACK)
		tcp_flow_acknowledge(&run, !direction, segment->acknowledgment);
}

void tcp_flow_fetch(const struct tcp_room *room, const struct tcp_flow *flow)
{
	for (unsigned direction = 0; direction < 2; direction++) {
		const union tcp_block *block = &room->blocks[flow->direction[direction].last];

		if (flow->direction[direction].last == 0)
			continue;
		__builtin_prefetch(block);
		__builtin_prefetch((const char *)(block + 1) - 1);
	}
}

void tcp_flow_end(struct tcp_room *room, struct tcp_flow *flow, struct tcp_counts *counts)
{
	struct tcp_flow_run run = { .room = room, .flow = flow, .counts = counts };

	for (unsigned direction = 0; direction < 2; direction++) {
		struct tcp_direction *own = &flow->direction[direction];

		tcp_flow_holes_decide(&run, direction);
		if (own->last != 0)
			tcp_room_give(room, own->last);
		own->last = 0;
		own->last_count = own->last_turn = 0;
	}
}
