/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tcp_room.h"

#include "pages.h"

bool tcp_room_init(struct tcp_room *room, size_t size,
		   struct tcp_owner (*find)(void *arg, uint32_t owner), void *arg)
{
	size_t count = size / sizeof(*room->blocks);

	if (count == 0)
		count = 1;
	if (count > UINT32_MAX)
		count = UINT32_MAX;
	*room = (struct tcp_room){ .find = find, .arg = arg, .count = (uint32_t)count, .fresh = 1 };
	room->blocks = pages_map(count * sizeof(*room->blocks));
	return room->blocks != NULL;
}

void tcp_room_free(struct tcp_room *room)
{
	pages_unmap(room->blocks, room->count * sizeof(*room->blocks));
	room->blocks = NULL;
}

uint32_t tcp_room_take_hole(struct tcp_room *room)
{
	uint32_t index = room->free;

	if (index != 0)
		room->free = room->blocks[index].next_free;
	else if (room->fresh < room->count)
		index = room->fresh++;
	else
		return 0;
	room->used++;
	return index;
}

uint32_t tcp_room_take_last(struct tcp_room *room)
{
	uint32_t blocks = room->count - 1;

	return room->used < blocks / 4 * 3 + blocks % 4 * 3 / 4 ? tcp_room_take_hole(room) : 0;
}

void tcp_room_give(struct tcp_room *room, uint32_t index)
{
	room->blocks[index].next_free = room->free;
	room->free = index;
	room->used--;
}

void tcp_room_link(struct tcp_room *room, uint32_t index)
{
	struct tcp_hole *hole = tcp_room_hole(room, index);

	hole->older = room->newest;
	hole->newer = 0;
	if (room->newest != 0)
		tcp_room_hole(room, room->newest)->newer = index;
	else
		room->oldest = index;
	room->newest = index;
}

void tcp_room_unlink(struct tcp_room *room, uint32_t index)
{
	const struct tcp_hole *hole = tcp_room_hole(room, index);

	if (hole->older != 0)
		tcp_room_hole(room, hole->older)->newer = hole->newer;
	else
		room->oldest = hole->newer;
	if (hole->newer != 0)
		tcp_room_hole(room, hole->newer)->older = hole->older;
	else
		room->newest = hole->older;
}
