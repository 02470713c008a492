/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded store for items of any size that are added in order and dropped in any order: one
 * block of memory used as a ring. The space of a dropped item is used again once all older items
 * are gone too, so adding and dropping cost O(1) and nothing fragments.
 */
#ifndef VTAP_BASE_RING_BUFFER_H
#define VTAP_BASE_RING_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring_buffer {
	uint8_t *bytes;
	size_t size;
	size_t head, tail; /* the oldest item, and where the next one goes; equal: empty */
	size_t end;	   /* behind the last item before the ring wrapped */
	size_t cursor;	   /* what ring_buffer_crowding() named stands between head and here */
};

/* size: bytes of the ring, all that it ever takes. False: no memory. */
bool ring_buffer_init(struct ring_buffer *ring, size_t size);
void ring_buffer_free(struct ring_buffer *ring);

/* What an item of size bytes takes of the ring. */
size_t ring_buffer_cost(size_t size);

/* Space for an item, aligned for anything; NULL when there is no room. */
void *ring_buffer_add(struct ring_buffer *ring, size_t size);

/* Drops an item. */
void ring_buffer_drop(struct ring_buffer *ring, void *item);

/*
 * The next item that must go before ring_buffer_add(size) can succeed, oldest first; each item is
 * named once. NULL: dropping what was named is enough.
 */
void *ring_buffer_crowding(struct ring_buffer *ring, size_t size);

#endif
