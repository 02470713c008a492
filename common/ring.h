/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded store for items of any size that are added in order and dropped in any order: one
 * block of memory used as a ring. The space of a dropped item is used again once all older items
 * are gone too, so adding and dropping cost O(1) and nothing fragments.
 */
#ifndef VTAP_RING_H
#define VTAP_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
	uint8_t *bytes;
	size_t size;
	size_t head, tail; /* the oldest item, and where the next one goes; equal: empty */
	size_t end;	   /* behind the last item before the ring wrapped */
	size_t cursor;	   /* what ring_crowding() named stands between head and here */
};

/* size: bytes of the ring, all that it ever takes. False: no memory. */
bool ring_init(struct ring *ring, size_t size);
void ring_free(struct ring *ring);

/* What an item of size bytes takes of the ring. */
size_t ring_cost(size_t size);

/* Space for an item, aligned for anything; NULL when there is no room. */
void *ring_add(struct ring *ring, size_t size);

/* Drops an item. */
void ring_drop(struct ring *ring, void *item);

/*
 * The next item that must go before ring_add(size) can succeed, oldest first; each item is named
 * once. NULL: dropping what was named is enough.
 */
void *ring_crowding(struct ring *ring, size_t size);

#endif
