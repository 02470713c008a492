/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sorting window: a heap of copies. Copies stand in chunks that are used
 * again once all of their packets have left, so nothing is allocated per packet.
 */
#include "capture/reorder.h"

#include <stdlib.h>

enum { CHUNK_SIZE = 1 << 20, ALIGN = 16 };

struct chunk {
	struct chunk *next; /* in the list of free ones */
	size_t size, used;
	unsigned live; /* what is held in it */
	_Alignas(ALIGN) uint8_t bytes[];
};

/* A packet, or a block that keeps its place between packets. */
struct held {
	struct chunk *chunk;
	int64_t time_ns;
	uint64_t arrival;
	enum source_result result;
	union {
		struct packet packet;
		struct block block;
	};
};

struct window {
	struct source base;
	struct source *inner;
	int64_t window_ns, newest_ns;
	size_t memory, allocated; /* allowed; in chunks */
	struct chunk *filling, *spare;
	struct held **heap;
	size_t heap_len, heap_size;
	uint64_t arrivals;
	struct held *given;	    /* goes back at the next call */
	enum source_result pending; /* SOURCE_PACKET: nothing; what follows once all held is out */
	struct block section;
	struct error error;
};

static bool earlier(const struct held *a, const struct held *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->arrival < b->arrival;
}

static bool heap_push(struct window *window, struct held *held)
{
	size_t at = window->heap_len;

	if (at == window->heap_size) {
		size_t size = at ? 2 * at : 1024;
		struct held **heap = realloc(window->heap, size * sizeof(struct held *));

		if (!heap)
			return false;
		window->heap = heap;
		window->heap_size = size;
	}
	window->heap_len++;
	for (size_t up; at > 0; at = up) {
		up = (at - 1) / 2;
		if (!earlier(held, window->heap[up]))
			break;
		window->heap[at] = window->heap[up];
	}
	window->heap[at] = held;
	return true;
}

static struct held *heap_pop(struct window *window)
{
	struct held *top = window->heap[0], *last = window->heap[--window->heap_len];
	size_t at = 0;

	for (size_t down; (down = 2 * at + 1) < window->heap_len; at = down) {
		if (down + 1 < window->heap_len &&
		    earlier(window->heap[down + 1], window->heap[down]))
			down++;
		if (!earlier(window->heap[down], last))
			break;
		window->heap[at] = window->heap[down];
	}
	window->heap[at] = last;
	return top;
}

static struct chunk *chunk_get(struct window *window, size_t need)
{
	struct chunk *chunk = window->spare;
	size_t size = need > CHUNK_SIZE ? need : CHUNK_SIZE;

	if (chunk && chunk->size >= need) {
		window->spare = chunk->next;
		return chunk;
	}
	chunk = malloc(sizeof(*chunk) + size);
	if (chunk) {
		*chunk = (struct chunk){ .size = size };
		window->allocated += size;
	}
	return chunk;
}

/* Chunks of the usual size are kept for later, one at most: the others give memory back. */
static void chunk_put(struct window *window, struct chunk *chunk)
{
	chunk->used = 0;
	if (chunk == window->filling)
		return;
	if (chunk->size == CHUNK_SIZE && !window->spare) {
		chunk->next = NULL;
		window->spare = chunk;
		return;
	}
	window->allocated -= chunk->size;
	free(chunk);
}

static size_t aligned(size_t len)
{
	return (len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static struct held *held_new(struct window *window, size_t bytes)
{
	size_t need = aligned(sizeof(struct held)) + aligned(bytes);
	struct chunk *chunk = window->filling, *full = chunk;
	struct held *held;

	if (!chunk || chunk->size - chunk->used < need) {
		chunk = chunk_get(window, need);
		if (!chunk)
			return NULL;
		window->filling = chunk;
		if (full && full->live == 0)
			chunk_put(window, full);
	}
	held = (struct held *)(void *)(chunk->bytes + chunk->used);
	chunk->used += need;
	chunk->live++;
	held->chunk = chunk;
	held->arrival = window->arrivals++;
	held->time_ns = window->newest_ns;
	return held;
}

static uint8_t *held_bytes(struct held *held)
{
	return (uint8_t *)held + aligned(sizeof(*held));
}

static void held_free(struct window *window, struct held *held)
{
	struct chunk *chunk = held->chunk;

	if (--chunk->live == 0)
		chunk_put(window, chunk);
}

/* Copies bytes to *to, moves *to on, and returns the copy; what lies inside `whole`, which was
 * copied already, is only found again. */
static const uint8_t *keep(uint8_t **to, struct span whole, const uint8_t *copy, struct span bytes)
{
	uintptr_t at = (uintptr_t)bytes.data, from = (uintptr_t)whole.data;
	const uint8_t *kept = *to;

	if (whole.len > 0 && at >= from && span_has(whole, at - from, bytes.len))
		return copy + (at - from);
	if (bytes.len > 0)
		memcpy(*to, bytes.data, bytes.len);
	*to += bytes.len;
	return kept;
}

static bool hold_packet(struct window *window, const struct packet *packet)
{
	struct span none = { NULL, 0 };
	struct held *held =
		held_new(window, packet->block.len + packet->options.len + packet->caplen);
	const uint8_t *copy;
	uint8_t *to;

	if (!held)
		return false;
	to = held_bytes(held);
	held->result = SOURCE_PACKET;
	held->packet = *packet;
	held->packet.front = NULL;
	copy = held->packet.block.data = keep(&to, none, NULL, packet->block);
	held->packet.options.data = keep(&to, packet->block, copy, packet->options);
	held->packet.data = keep(&to, packet->block, copy, span_of(packet->data, packet->caplen));
	if (packet->form != PACKET_SIMPLE)
		held->time_ns = packet->time_ns;
	if (held->time_ns > window->newest_ns)
		window->newest_ns = held->time_ns;
	return heap_push(window, held);
}

static bool hold_block(struct window *window, const struct block *block)
{
	struct span none = { NULL, 0 };
	struct held *held = held_new(window, block->bytes.len);
	uint8_t *to;

	if (!held)
		return false;
	to = held_bytes(held);
	held->result = SOURCE_BLOCK;
	held->block = *block;
	held->block.bytes.data = keep(&to, none, NULL, block->bytes);
	return heap_push(window, held);
}

/* Names and secrets help the packets behind them: early is right for those. */
static bool passes_at_once(const struct window *window, const struct block *block)
{
	return window->heap_len == 0 || block->kind == BLOCK_INTERFACE ||
	       block->type == PCAPNG_NAMES || block->type == PCAPNG_SECRETS;
}

static bool ripe(const struct window *window)
{
	if (window->heap_len == 0)
		return false;
	return window->pending != SOURCE_PACKET || window->allocated > window->memory ||
	       (__int128)window->heap[0]->time_ns <=
		       (__int128)window->newest_ns - window->window_ns;
}

static enum source_result give(struct window *window, struct packet *packet, struct block *block)
{
	struct held *held = heap_pop(window);

	window->given = held;
	if (held->result == SOURCE_PACKET) {
		*packet = held->packet;
		window->base.packets++;
	} else {
		*block = held->block;
	}
	return held->result;
}

/* All held packets are out: now what was read behind them. */
static enum source_result give_pending(struct window *window, struct block *block,
				       struct error *err)
{
	enum source_result result = window->pending;

	if (result == SOURCE_BLOCK) {
		*block = window->section;
		window->pending = SOURCE_PACKET;
		window->newest_ns = INT64_MIN;
	} else if (result == SOURCE_ERROR) {
		*err = window->error;
	}
	return result;
}

/* Reads one thing from the inner source; true when *block goes out as it is. */
static bool take(struct window *window, struct packet *packet, struct block *block)
{
	enum source_result result = source_next(window->inner, packet, block, &window->error);
	bool kept = true;

	window->base.skipped = window->inner->skipped;
	if (result == SOURCE_PACKET) {
		kept = hold_packet(window, packet);
	} else if (result != SOURCE_BLOCK || block->kind == BLOCK_SECTION) {
		window->pending = result;
		window->section = *block;
	} else {
		if (passes_at_once(window, block))
			return true;
		kept = hold_block(window, block);
	}
	if (!kept) {
		window->pending = SOURCE_ERROR;
		error_errno(&window->error, "%s: --window", window->base.name);
	}
	return false;
}

static enum source_result window_next(struct source *source, struct packet *packet,
				      struct block *block, struct error *err)
{
	struct window *window = (struct window *)source;

	if (window->given)
		held_free(window, window->given);
	window->given = NULL;
	while (!ripe(window)) {
		if (window->pending != SOURCE_PACKET)
			return give_pending(window, block, err);
		if (take(window, packet, block))
			return SOURCE_BLOCK;
	}
	return give(window, packet, block);
}

static void window_close(struct source *source)
{
	struct window *window = (struct window *)source;

	if (window->given)
		held_free(window, window->given);
	while (window->heap_len > 0)
		held_free(window, window->heap[--window->heap_len]);
	free(window->filling);
	free(window->spare);
	free(window->heap);
	source_close(window->inner);
	free(window);
}

static void window_hooked(struct source *source)
{
	source_before_wait(((struct window *)source)->inner, source->hook);
}

static const struct source_ops window_ops = { .next = window_next,
					      .close = window_close,
					      .hooked = window_hooked };

struct source *reorder_open(struct source *inner, int64_t window_ns, size_t memory,
			    struct error *err)
{
	struct window *window = calloc(1, sizeof(*window));

	if (!window) {
		error_errno(err, "%s", inner->name);
		source_close(inner);
		return NULL;
	}
	window->base.ops = &window_ops;
	window->base.name = inner->name;
	window->base.format = inner->format;
	window->inner = inner;
	window->window_ns = window_ns;
	window->newest_ns = INT64_MIN;
	window->memory = memory > 2 * CHUNK_SIZE ? memory : 2 * CHUNK_SIZE;
	window->pending = SOURCE_PACKET;
	return &window->base;
}
