/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tcp_flow_holes.h"

/* So many segments behind a hole, and more, say that it is not on its way. */
enum { LATER_MIN = 17 };

static uint32_t tcp_flow_holes_acked(const struct tcp_flow *flow, const struct tcp_hole *hole)
{
	int32_t acked = tcp_flow_ahead(flow->direction[hole->direction].acked, hole->begin);
	uint32_t len = hole->end - hole->begin;

	if (acked <= 0)
		return 0;
	return (uint32_t)acked < len ? (uint32_t)acked : len;
}

/* Counts a hole that is decided. */
static void tcp_flow_holes_tell(const struct tcp_flow *flow, const struct tcp_hole *hole,
				struct tcp_counts *counts)
{
	uint32_t acked = tcp_flow_holes_acked(flow, hole), rest = hole->end - hole->begin - acked;
	bool both = !tcp_flow_is_one_way(flow);
	bool gone = tcp_flow_state(flow) != TCP_FLOW_GOES_ON || hole->later >= LATER_MIN;

	if (hole->flags & HOLE_BEFORE)
		return;
	if (hole->flags & HOLE_UNSURE) {
		counts->unsure_gaps++;
		return;
	}
	counts->tap_bytes += acked;
	counts->tap_gaps += acked != 0;
	if (both && gone) {
		counts->network_bytes += rest;
		counts->network_gaps += rest != 0;
	} else {
		counts->open_bytes += rest;
		counts->open_gaps += rest != 0;
	}
}

static void tcp_flow_holes_remove(struct tcp_room *room, struct tcp_flow *flow, uint32_t index)
{
	const struct tcp_hole *hole = tcp_room_hole(room, index);
	struct tcp_direction *own = &flow->direction[hole->direction];
	uint32_t *link = &own->holes;

	while (*link != index)
		link = &tcp_room_hole(room, *link)->next;
	*link = hole->next;
	own->hole_count--;
	tcp_room_unlink(room, index);
	tcp_room_give(room, index);
}

static void tcp_flow_holes_decide_one(struct tcp_room *room, const struct tcp_owner *owner,
				      uint32_t index)
{
	tcp_flow_holes_tell(owner->flow, tcp_room_hole(room, index), owner->counts);
	tcp_flow_holes_remove(room, owner->flow, index);
}

/* Takes a block. When there is none, the oldest hole of all flows is decided as it stands. Returns
 * 0 if there are no holes either. */
static uint32_t tcp_flow_holes_take(struct tcp_room *room)
{
	uint32_t index = tcp_room_take_hole(room);
	struct tcp_owner owner;

	if (index != 0)
		return index;
	room->pool_full++;
	if (room->oldest == 0)
		return 0;
	owner = room->find(room->arg, tcp_room_hole(room, room->oldest)->owner);
	tcp_flow_holes_decide_one(room, &owner, room->oldest);
	return tcp_room_take_hole(room);
}

static void tcp_flow_holes_append(struct tcp_room *room, struct tcp_direction *own, uint32_t index)
{
	uint32_t *link = &own->holes;

	while (*link != 0)
		link = &tcp_room_hole(room, *link)->next;
	*link = index;
	own->hole_count++;
	tcp_room_link(room, index);
}

static void tcp_flow_holes_push_out(struct tcp_flow_run *run, struct tcp_direction *own)
{
	struct tcp_owner owner = { run->flow, run->counts };

	if (own->hole_count < TCP_FLOW_HOLES)
		return;
	if (!(tcp_room_hole(run->room, own->holes)->flags & HOLE_BEFORE))
		run->room->gaps_evicted++;
	tcp_flow_holes_decide_one(run->room, &owner, own->holes);
}

/* The hole may be a copy, not one in the room: blocks change hands here. */
static void tcp_flow_holes_add(struct tcp_flow_run *run, struct tcp_hole hole)
{
	struct tcp_direction *own = &run->flow->direction[hole.direction];
	uint32_t index;

	tcp_flow_holes_push_out(run, own);
	index = tcp_flow_holes_take(run->room);
	if (index == 0) {
		tcp_flow_holes_tell(run->flow, &hole, run->counts);
		return;
	}
	hole.next = 0;
	*tcp_room_hole(run->room, index) = hole;
	tcp_flow_holes_append(run->room, own, index);
}

void tcp_flow_holes_open(struct tcp_flow_run *run, unsigned direction, uint32_t begin, uint32_t end,
			 uint8_t flags)
{
	tcp_flow_holes_add(run, (struct tcp_hole){ .begin = begin,
						   .end = end,
						   .owner = run->owner,
						   .direction = (uint8_t)direction,
						   .flags = flags,
						   .later = !(flags & HOLE_ACKED),
						   .acked_ns = run->time_ns });
}

/* Returns how long before `now` a time was; at least 0 and, where that is too long, INT64_MAX. */
static int64_t tcp_flow_holes_since(int64_t now, int64_t time_ns)
{
	int64_t since;

	if (now <= time_ns)
		return 0;
	return __builtin_sub_overflow(now, time_ns, &since) ? INT64_MAX : since;
}

/* Returns true if the hole was shown by an acknowledgment a short time ago and nothing came behind
 * it: a loss that goes on is one hole, but it is told every few seconds. */
static bool tcp_flow_holes_may_extend(const struct tcp_flow_run *run, const struct tcp_hole *hole,
				      uint32_t end, uint8_t flags)
{
	return hole->end == run->flow->direction[hole->direction].next &&
	       hole->flags == (flags | HOLE_ACKED) && end - hole->begin <= TCP_SPAN_MAX &&
	       tcp_flow_holes_since(run->time_ns, hole->acked_ns) <= TCP_FLOW_WAIT_NS;
}

/* What a segment adds to a hole is not acknowledged: the time from when it is counts then. */
static void tcp_flow_holes_extend(const struct tcp_flow_run *run, struct tcp_hole *hole,
				  uint32_t end, uint8_t flags)
{
	int64_t since = tcp_flow_holes_since(run->time_ns, hole->acked_ns);

	hole->end = end;
	if (!(flags & HOLE_ACKED)) {
		hole->flags = flags;
		hole->later = 1;
		hole->extended_ns = 0;
	} else if (since > hole->extended_ns) {
		hole->extended_ns = (uint32_t)since;
	}
}

void tcp_flow_holes_reach(struct tcp_flow_run *run, unsigned direction, uint32_t end, uint8_t flags)
{
	const struct tcp_direction *own = &run->flow->direction[direction];

	for (uint32_t index = own->holes; index != 0;) {
		struct tcp_hole *hole = tcp_room_hole(run->room, index);

		index = hole->next;
		if (!tcp_flow_holes_may_extend(run, hole, end, flags))
			continue;
		tcp_flow_holes_extend(run, hole, end, flags);
		return;
	}
	tcp_flow_holes_open(run, direction, own->next, end, flags);
}

/* A segment in the middle of a hole leaves two. The right one is opened last, for to open it may
 * push the left one out. */
static void tcp_flow_holes_split(struct tcp_flow_run *run, struct tcp_hole *hole, uint32_t begin,
				 uint32_t end)
{
	struct tcp_hole right = *hole;

	hole->end = begin;
	right.begin = end;
	tcp_flow_holes_add(run, right);
}

/* Takes the numbers out of a hole that has all of them. Returns true if it is full. */
static bool tcp_flow_holes_cut(struct tcp_flow_run *run, struct tcp_hole *hole, uint32_t begin,
			       uint32_t end)
{
	if (begin == hole->begin && end == hole->end)
		return true;
	if (begin == hole->begin)
		hole->begin = end;
	else if (end == hole->end)
		hole->end = begin;
	else
		tcp_flow_holes_split(run, hole, begin, end);
	return false;
}

uint32_t tcp_flow_holes_fill(struct tcp_flow_run *run, unsigned direction, uint32_t begin,
			     uint32_t end)
{
	uint32_t filled = 0, next;

	for (uint32_t index = run->flow->direction[direction].holes; index != 0 && begin != end;
	     index = next) {
		struct tcp_hole *hole = tcp_room_hole(run->room, index);
		uint32_t low = tcp_flow_ahead(begin, hole->begin) > 0 ? begin : hole->begin;
		uint32_t high = tcp_flow_ahead(end, hole->end) < 0 ? end : hole->end;
		bool counts = !(hole->flags & HOLE_BEFORE);

		next = hole->next;
		if (tcp_flow_ahead(high, low) <= 0)
			continue;
		filled += high - low;
		run->counts->filled_bytes += counts ? high - low : 0;
		/* All of the segment is in this hole: no other has a part of it, and the list may
		 * be another by now. */
		if (low == begin && high == end)
			next = 0;
		if (!tcp_flow_holes_cut(run, hole, low, high))
			continue;
		run->counts->filled_gaps += counts;
		tcp_flow_holes_remove(run->room, run->flow, index);
	}
	return filled;
}

bool tcp_flow_holes_have(const struct tcp_flow_run *run, unsigned direction, uint32_t number)
{
	for (uint32_t index = run->flow->direction[direction].holes; index != 0;) {
		const struct tcp_hole *hole = tcp_room_hole(run->room, index);

		if (number - hole->begin < hole->end - hole->begin)
			return true;
		index = hole->next;
	}
	return false;
}

void tcp_flow_holes_acknowledge(struct tcp_flow_run *run, unsigned direction, uint32_t ack)
{
	for (uint32_t index = run->flow->direction[direction].holes; index != 0;) {
		struct tcp_hole *hole = tcp_room_hole(run->room, index);

		index = hole->next;
		if (hole->flags & HOLE_ACKED || tcp_flow_ahead(ack, hole->end) < 0)
			continue;
		hole->flags |= HOLE_ACKED;
		hole->acked_ns = run->time_ns;
	}
}

void tcp_flow_holes_pass(struct tcp_flow_run *run, unsigned direction, uint32_t sequence)
{
	for (uint32_t index = run->flow->direction[direction].holes; index != 0;) {
		struct tcp_hole *hole = tcp_room_hole(run->room, index);

		index = hole->next;
		if (tcp_flow_ahead(sequence, hole->end) >= 0 && hole->later < UINT8_MAX)
			hole->later++;
	}
}

void tcp_flow_holes_doubt(struct tcp_flow_run *run, unsigned direction)
{
	for (uint32_t index = run->flow->direction[direction].holes; index != 0;) {
		struct tcp_hole *hole = tcp_room_hole(run->room, index);

		index = hole->next;
		if (!(hole->flags & HOLE_ACKED))
			hole->flags |= HOLE_UNSURE;
	}
}

static bool tcp_flow_holes_is_due(const struct tcp_flow_run *run, const struct tcp_hole *hole)
{
	return hole->flags & HOLE_ACKED && tcp_flow_holes_since(run->time_ns, hole->acked_ns) >
						   TCP_FLOW_WAIT_NS + hole->extended_ns;
}

void tcp_flow_holes_settle(struct tcp_flow_run *run)
{
	struct tcp_owner owner = { run->flow, run->counts };

	for (unsigned direction = 0; direction < 2; direction++)
		for (uint32_t index = run->flow->direction[direction].holes, next; index != 0;
		     index = next) {
			next = tcp_room_hole(run->room, index)->next;
			if (tcp_flow_holes_is_due(run, tcp_room_hole(run->room, index)))
				tcp_flow_holes_decide_one(run->room, &owner, index);
		}
}

void tcp_flow_holes_decide(struct tcp_flow_run *run, unsigned direction)
{
	struct tcp_owner owner = { run->flow, run->counts };

	while (run->flow->direction[direction].holes != 0)
		tcp_flow_holes_decide_one(run->room, &owner, run->flow->direction[direction].holes);
}

void tcp_flow_holes_decide_far(struct tcp_flow_run *run, unsigned direction)
{
	const struct tcp_direction *own = &run->flow->direction[direction];
	struct tcp_owner owner = { run->flow, run->counts };

	for (uint32_t index = own->holes, next; index != 0; index = next) {
		next = tcp_room_hole(run->room, index)->next;
		if (tcp_flow_ahead(own->next, tcp_room_hole(run->room, index)->begin) >
		    TCP_SPAN_MAX)
			tcp_flow_holes_decide_one(run->room, &owner, index);
	}
}
