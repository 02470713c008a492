/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory that all TCP flows share for holes in their sequence numbers and for the last segments
 * of each direction: blocks of one size, in one allocation, whose number never grows. Blocks have
 * indices from 1; 0 is no block.
 */
#ifndef VTAP_STAT_TCP_ROOM_H
#define VTAP_STAT_TCP_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tcp_counts;
struct tcp_flow;

enum { TCP_ROOM_LAST = 4 }; /* segments of a direction that are remembered */

/* Sequence numbers of one direction that were not seen. */
struct tcp_hole {
	uint32_t begin, end;   /* the first number, and the one behind the last */
	uint32_t next;	       /* the next younger hole of the direction */
	uint32_t older, newer; /* the holes of all flows, by age */
	uint32_t owner;	       /* of the flow: struct tcp_room's find() */
	uint8_t direction;
	uint8_t flags; /* HOLE_ACKED ... (tcp_flow_holes.h) */
	uint8_t later; /* segments behind it, with the one that showed it; stops at 255 */
	/* When the hole was acknowledged, and how much later that was extended. */
	uint32_t extended_ns;
	int64_t acked_ns;
};

/* The last segments of a direction, in a ring. */
struct tcp_last {
	uint32_t sequence[TCP_ROOM_LAST], mark[TCP_ROOM_LAST];
	uint16_t payload_len[TCP_ROOM_LAST]; /* modulo 2^16 */
};

union tcp_block {
	struct tcp_hole hole;
	struct tcp_last last;
	uint32_t next_free;
};

/* Where a flow is, and where it is counted at this moment. */
struct tcp_owner {
	struct tcp_flow *flow;
	struct tcp_counts *counts;
};

struct tcp_room {
	union tcp_block *blocks;
	uint32_t count;	 /* of blocks, the unused one of index 0 included */
	uint32_t fresh;	 /* the first block that was never taken */
	uint32_t free;	 /* head of the list of blocks that were given back */
	uint32_t used;	 /* blocks that are taken */
	uint32_t oldest; /* hole of all flows */
	uint32_t newest;
	struct tcp_owner (*find)(void *arg, uint32_t owner);
	void *arg;
	uint64_t pool_full;    /* times that there was no block */
	uint64_t gaps_evicted; /* holes that a further hole of their direction pushed out */
};

/*
 * Allocates the room. size: bytes of all blocks. find: returns the flow that the caller calls
 * `owner` in tcp_flow_see(), and where it is counted; it is called with arg when the room is full
 * and the oldest hole, of any flow, has to go. Returns false if there is no memory.
 */
bool tcp_room_init(struct tcp_room *room, size_t size,
		   struct tcp_owner (*find)(void *arg, uint32_t owner), void *arg);

/* Frees the memory. All flows have to be ended or forgotten. The room may be all zero. */
void tcp_room_free(struct tcp_room *room);

/* Takes a block for a hole. Returns its index, or 0 if none is free. */
uint32_t tcp_room_take_hole(struct tcp_room *room);

/* Takes a block for last segments. Returns its index, or 0 if none is free: a quarter of all blocks
 * is kept for holes, since a flood of flows of one packet would else take all. */
uint32_t tcp_room_take_last(struct tcp_room *room);

/* Gives a block back. */
void tcp_room_give(struct tcp_room *room, uint32_t index);

/* Makes a hole the newest of the room, and takes it out of the order of ages. */
void tcp_room_link(struct tcp_room *room, uint32_t index);
void tcp_room_unlink(struct tcp_room *room, uint32_t index);

/* Returns the hole of a block. The pointer is valid until tcp_room_free(). */
static inline struct tcp_hole *tcp_room_hole(const struct tcp_room *room, uint32_t index)
{
	return &room->blocks[index].hole;
}

#endif
