/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/ring_buffer.h"

#include <stdalign.h>
#include <stdlib.h>

struct slot {
	alignas(max_align_t) size_t size; /* bytes, with this header */
	bool used;
	alignas(max_align_t) uint8_t item[];
};

bool ring_buffer_init(struct ring_buffer *ring, size_t size)
{
	*ring = (struct ring_buffer){ .bytes = malloc(size), .size = size };
	return ring->bytes != NULL;
}

void ring_buffer_free(struct ring_buffer *ring)
{
	free(ring->bytes);
	*ring = (struct ring_buffer){ 0 };
}

size_t ring_buffer_cost(size_t size)
{
	size_t unit = alignof(max_align_t);

	return (sizeof(struct slot) + size + unit - 1) / unit * unit;
}

static struct slot *ring_buffer_slot(const struct ring_buffer *ring, size_t at)
{
	return (struct slot *)(void *)(ring->bytes + at);
}

/* Returns the position of the slot behind the one at `at`. */
static size_t ring_buffer_next_slot(const struct ring_buffer *ring, size_t at)
{
	at += ring_buffer_slot(ring, at)->size;
	return at == ring->end && ring->tail < at ? 0 : at;
}

/* Returns where a slot of cost bytes fits if the oldest item were at head, or SIZE_MAX. */
static size_t ring_buffer_place(const struct ring_buffer *ring, size_t head, size_t cost)
{
	if (head == ring->tail)
		return cost <= ring->size ? 0 : SIZE_MAX;
	/* A tail that reached the head would look empty: one byte stays between them. */
	if (head > ring->tail)
		return cost < head - ring->tail ? ring->tail : SIZE_MAX;
	if (cost <= ring->size - ring->tail)
		return ring->tail;
	return cost < head ? 0 : SIZE_MAX;
}

void *ring_buffer_add(struct ring_buffer *ring, size_t size)
{
	size_t cost = ring_buffer_cost(size);
	size_t at = ring_buffer_place(ring, ring->head, cost);

	if (at == SIZE_MAX)
		return NULL;
	if (ring->head == ring->tail)
		ring->head = ring->cursor = 0;
	else if (at == 0) {
		ring->end = ring->tail;
		if (ring->cursor == ring->tail)
			ring->cursor = 0;
	}
	ring->tail = at + cost;
	*ring_buffer_slot(ring, at) = (struct slot){ .size = cost, .used = true };
	return ring_buffer_slot(ring, at)->item;
}

void ring_buffer_drop(struct ring_buffer *ring, void *item)
{
	size_t at = (size_t)((uint8_t *)item - ring->bytes) - offsetof(struct slot, item);

	ring_buffer_slot(ring, at)->used = false;
	while (ring->head != ring->tail && !ring_buffer_slot(ring, ring->head)->used) {
		bool here = ring->cursor == ring->head;

		ring->head = ring_buffer_next_slot(ring, ring->head);
		if (here)
			ring->cursor = ring->head;
	}
}

void *ring_buffer_crowding(struct ring_buffer *ring, size_t size)
{
	size_t cost = ring_buffer_cost(size);

	while (ring->cursor != ring->tail &&
	       ring_buffer_place(ring, ring->cursor, cost) == SIZE_MAX) {
		struct slot *slot = ring_buffer_slot(ring, ring->cursor);

		ring->cursor = ring_buffer_next_slot(ring, ring->cursor);
		if (slot->used)
			return slot->item;
	}
	return NULL;
}
