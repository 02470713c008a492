/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded store for items of any size that are added in order and dropped in any order: one block
 * of memory, used as a ring. The space of a dropped item is used again once all older items are
 * dropped, too, so that adding and dropping take constant time and nothing fragments.
 */
#ifndef VTAP_BASE_RING_BUFFER_H
#define VTAP_BASE_RING_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Positions are in bytes from the start of the ring. */
struct ring_buffer {
	uint8_t *bytes;
	size_t size;	   /* bytes of the ring */
	size_t head, tail; /* positions of the oldest item and of the next to come; equal: empty */
	size_t end;	   /* position behind the last item before the ring wrapped */
	size_t cursor;	   /* position of the next item that ring_buffer_crowding() may return */
};

/*
 * Allocates a ring of size bytes, which never grows. The caller frees it with ring_buffer_free().
 * Returns false if there is no memory.
 */
bool ring_buffer_init(struct ring_buffer *ring, size_t size);

/* Frees the ring and with it all items. */
void ring_buffer_free(struct ring_buffer *ring);

/* Returns how many bytes of the ring an item of size bytes takes, its header included. */
size_t ring_buffer_cost(size_t size);

/*
 * Adds an item of size bytes and returns them for the caller to fill, aligned for any type; they
 * stay in place until the item is dropped. Returns NULL if there is no room.
 */
void *ring_buffer_add(struct ring_buffer *ring, size_t size);

/* Drops an item that ring_buffer_add() returned. */
void ring_buffer_drop(struct ring_buffer *ring, void *item);

/*
 * Returns the next item, oldest first, that must be dropped before an item of size bytes can be
 * added. Each item is returned once, whether it is dropped then or later. Returns NULL if it is
 * enough to drop those returned so far, or if no item is left: an item that costs more than the
 * ring never fits.
 */
void *ring_buffer_crowding(struct ring_buffer *ring, size_t size);

#endif
