/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/reorder.h"

#include <stdlib.h>

/*
 * Copies of packets are in a heap by time, and their bytes in chunks that are used again once all
 * of their packets have left: so nothing is allocated per packet.
 */
enum { CHUNK_MAX = 1 << 20, CHUNK_MIN = 16 << 10, ALIGN = 16 };
/* Chunks in a source's memory: one is being filled and one spare, so that few would hold little. */
enum { CHUNKS = 8, CHUNKS_LEAST = 4 };

struct chunk {
	struct chunk *next; /* in the list of spare chunks */
	size_t size, used;
	unsigned live; /* packets and blocks held in it */
	_Alignas(ALIGN) uint8_t bytes[];
};

/* A packet, or a block that keeps its place between packets. */
struct held {
	struct chunk *chunk;
	int64_t time_ns;  /* the time that it is sorted by */
	uint64_t arrival; /* number in the order of reading, which decides between equal times */
	enum source_result result;
	union {
		struct packet packet;
		struct block block;
	};
};

struct reorder {
	struct source base;
	struct source *inner;
	int64_t window_ns, newest_ns;
	size_t memory, allocated; /* bytes of chunks: at most, and at present */
	size_t chunk_size;	  /* bytes of a chunk, unless a record is longer */
	struct chunk *filling, *spare;
	struct held **heap;
	size_t heap_len, heap_size;
	uint64_t arrivals;
	struct held *given;	    /* freed at the next call */
	enum source_result pending; /* what follows once all held packets are out; SOURCE_PACKET if
				       nothing waits */
	struct block section;
	struct error error;
};

static bool reorder_is_earlier(const struct held *a, const struct held *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->arrival < b->arrival;
}

static bool reorder_heap_push(struct reorder *reorder, struct held *held)
{
	size_t at = reorder->heap_len;

	if (at == reorder->heap_size) {
		size_t size = at ? 2 * at : 1024;
		struct held **heap = realloc(reorder->heap, size * sizeof(struct held *));

		if (!heap)
			return false;
		reorder->heap = heap;
		reorder->heap_size = size;
	}
	reorder->heap_len++;
	for (size_t up; at > 0; at = up) {
		up = (at - 1) / 2;
		if (!reorder_is_earlier(held, reorder->heap[up]))
			break;
		reorder->heap[at] = reorder->heap[up];
	}
	reorder->heap[at] = held;
	return true;
}

static struct held *reorder_heap_pop(struct reorder *reorder)
{
	struct held *top = reorder->heap[0], *last = reorder->heap[--reorder->heap_len];
	size_t at = 0;

	for (size_t down; (down = 2 * at + 1) < reorder->heap_len; at = down) {
		if (down + 1 < reorder->heap_len &&
		    reorder_is_earlier(reorder->heap[down + 1], reorder->heap[down]))
			down++;
		if (!reorder_is_earlier(reorder->heap[down], last))
			break;
		reorder->heap[at] = reorder->heap[down];
	}
	reorder->heap[at] = last;
	return top;
}

static struct chunk *chunk_get(struct reorder *reorder, size_t need)
{
	struct chunk *chunk = reorder->spare;
	size_t size = need > reorder->chunk_size ? need : reorder->chunk_size;

	if (chunk && chunk->size >= need) {
		reorder->spare = chunk->next;
		return chunk;
	}
	chunk = malloc(sizeof(*chunk) + size);
	if (chunk) {
		*chunk = (struct chunk){ .size = size };
		reorder->allocated += size;
	}
	return chunk;
}

/*
 * One chunk of the usual size is kept for later; all others are freed. A longer one would else stay
 * for good as the one that is filled, and memory would be full without a packet in it.
 */
static void chunk_put(struct reorder *reorder, struct chunk *chunk)
{
	chunk->used = 0;
	if (chunk == reorder->filling && chunk->size == reorder->chunk_size)
		return;
	if (chunk == reorder->filling)
		reorder->filling = NULL;
	if (chunk->size == reorder->chunk_size && !reorder->spare) {
		chunk->next = NULL;
		reorder->spare = chunk;
		return;
	}
	reorder->allocated -= chunk->size;
	free(chunk);
}

static size_t aligned(size_t len)
{
	return (len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static struct held *held_new(struct reorder *reorder, size_t bytes)
{
	size_t need = aligned(sizeof(struct held)) + aligned(bytes);
	struct chunk *chunk = reorder->filling, *full = chunk;
	struct held *held;

	if (!chunk || chunk->size - chunk->used < need) {
		chunk = chunk_get(reorder, need);
		if (!chunk)
			return NULL;
		reorder->filling = chunk;
		if (full && full->live == 0)
			chunk_put(reorder, full);
	}
	held = (struct held *)(void *)(chunk->bytes + chunk->used);
	chunk->used += need;
	chunk->live++;
	held->chunk = chunk;
	held->arrival = reorder->arrivals++;
	held->time_ns = reorder->newest_ns;
	return held;
}

static uint8_t *held_bytes(struct held *held)
{
	return (uint8_t *)held + aligned(sizeof(*held));
}

static void held_free(struct reorder *reorder, struct held *held)
{
	struct chunk *chunk = held->chunk;

	if (--chunk->live == 0)
		chunk_put(reorder, chunk);
}

/* Copies bytes to *to, moves *to on, and returns the copy; what lies inside `whole`, which was
 * copied already, is only found again. */
static const uint8_t *reorder_copy_bytes(uint8_t **to, struct span whole, const uint8_t *copy,
					 struct span bytes)
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

static bool hold_packet(struct reorder *reorder, const struct packet *packet)
{
	struct span none = { NULL, 0 };
	struct held *held =
		held_new(reorder, packet->block.len + packet->options.len + packet->caplen);
	const uint8_t *copy;
	uint8_t *to;

	if (!held)
		return false;
	to = held_bytes(held);
	held->result = SOURCE_PACKET;
	held->packet = *packet;
	held->packet.front = NULL;
	copy = held->packet.block.data = reorder_copy_bytes(&to, none, NULL, packet->block);
	held->packet.options.data = reorder_copy_bytes(&to, packet->block, copy, packet->options);
	held->packet.data =
		reorder_copy_bytes(&to, packet->block, copy, span_of(packet->data, packet->caplen));
	if (packet->form != PACKET_SIMPLE)
		held->time_ns = packet->time_ns;
	if (held->time_ns > reorder->newest_ns)
		reorder->newest_ns = held->time_ns;
	return reorder_heap_push(reorder, held);
}

static bool hold_block(struct reorder *reorder, const struct block *block)
{
	struct span none = { NULL, 0 };
	struct held *held = held_new(reorder, block->bytes.len);
	uint8_t *to;

	if (!held)
		return false;
	to = held_bytes(held);
	held->result = SOURCE_BLOCK;
	held->block = *block;
	held->block.bytes.data = reorder_copy_bytes(&to, none, NULL, block->bytes);
	return reorder_heap_push(reorder, held);
}

/* Names and secrets serve the packets behind them, so they may come early. */
static bool passes_at_once(const struct reorder *reorder, const struct block *block)
{
	return reorder->heap_len == 0 || block->kind == BLOCK_INTERFACE ||
	       block->type == PCAPNG_NAMES || block->type == PCAPNG_SECRETS;
}

/* Memory is full when there is no room for one more chunk, which the next packet may need. */
static bool reorder_is_due(const struct reorder *reorder)
{
	if (reorder->heap_len == 0)
		return false;
	return reorder->pending != SOURCE_PACKET ||
	       reorder->allocated + reorder->chunk_size > reorder->memory ||
	       (__int128)reorder->heap[0]->time_ns <=
		       (__int128)reorder->newest_ns - reorder->window_ns;
}

static enum source_result reorder_give_held(struct reorder *reorder, struct packet *packet,
					    struct block *block)
{
	struct held *held = reorder_heap_pop(reorder);

	reorder->given = held;
	if (held->result == SOURCE_PACKET) {
		*packet = held->packet;
		reorder->base.packets++;
	} else {
		*block = held->block;
	}
	return held->result;
}

/* All held packets are out: gives what was read behind them. */
static enum source_result reorder_give_pending(struct reorder *reorder, struct block *block,
					       struct error *err)
{
	enum source_result result = reorder->pending;

	reorder->base.end = reorder->inner->end;
	if (result == SOURCE_BLOCK) {
		*block = reorder->section;
		reorder->pending = SOURCE_PACKET;
		reorder->newest_ns = INT64_MIN;
	} else if (result == SOURCE_ERROR) {
		*err = reorder->error;
	}
	return result;
}

/* Reads a packet or block from the inner source. Returns true if *block is to be given at once. */
static bool reorder_read_one(struct reorder *reorder, struct packet *packet, struct block *block)
{
	enum source_result result = source_next(reorder->inner, packet, block, &reorder->error);
	bool kept = true;

	reorder->base.skipped = reorder->inner->skipped;
	if (result == SOURCE_PACKET) {
		kept = hold_packet(reorder, packet);
	} else if (result != SOURCE_BLOCK || block->kind == BLOCK_SECTION) {
		reorder->pending = result;
		reorder->section = *block;
	} else {
		if (passes_at_once(reorder, block))
			return true;
		kept = hold_block(reorder, block);
	}
	if (!kept) {
		reorder->pending = SOURCE_ERROR;
		error_errno(&reorder->error, "%s: --window", reorder->base.name);
	}
	return false;
}

static enum source_result reorder_next(struct source *source, struct packet *packet,
				       struct block *block, struct error *err)
{
	struct reorder *reorder = (struct reorder *)source;

	if (reorder->given)
		held_free(reorder, reorder->given);
	reorder->given = NULL;
	while (!reorder_is_due(reorder)) {
		if (reorder->pending != SOURCE_PACKET)
			return reorder_give_pending(reorder, block, err);
		if (reorder_read_one(reorder, packet, block))
			return SOURCE_BLOCK;
	}
	return reorder_give_held(reorder, packet, block);
}

static void reorder_free_held(struct reorder *reorder)
{
	if (reorder->given)
		held_free(reorder, reorder->given);
	while (reorder->heap_len > 0)
		held_free(reorder, reorder->heap[--reorder->heap_len]);
	free(reorder->filling);
	free(reorder->spare);
	free(reorder->heap);
	reorder->given = NULL;
	reorder->filling = reorder->spare = NULL;
	reorder->heap = NULL;
}

static void reorder_close(struct source *source)
{
	struct reorder *reorder = (struct reorder *)source;

	reorder_free_held(reorder);
	source_close(reorder->inner);
	free(reorder);
}

static void reorder_shut(struct source *source)
{
	struct reorder *reorder = (struct reorder *)source;

	reorder_free_held(reorder);
	source_shut(reorder->inner);
}

static void reorder_hooked(struct source *source)
{
	source_before_wait(((struct reorder *)source)->inner, source->hook);
}

static void reorder_progress(const struct source *source, struct source_progress *progress)
{
	source_progress(((const struct reorder *)source)->inner, progress);
}

static const struct source_ops reorder_ops = { .next = reorder_next,
					       .close = reorder_close,
					       .shut = reorder_shut,
					       .hooked = reorder_hooked,
					       .progress = reorder_progress };

static void reorder_limit(struct reorder *reorder, size_t memory)
{
	const size_t least = (size_t)CHUNKS_LEAST * CHUNK_MIN;
	size_t size = memory / CHUNKS;

	reorder->memory = memory > least ? memory : least;
	if (size < CHUNK_MIN)
		size = CHUNK_MIN;
	reorder->chunk_size = size < CHUNK_MAX ? size : CHUNK_MAX;
}

struct source *reorder_open(struct source *inner, int64_t window_ns, size_t memory,
			    struct error *err)
{
	struct reorder *reorder;

	if (window_ns == 0)
		return inner;
	reorder = calloc(1, sizeof(*reorder));
	if (!reorder) {
		error_errno(err, "%s", inner->name);
		source_close(inner);
		return NULL;
	}
	reorder->base.ops = &reorder_ops;
	reorder->base.name = inner->name;
	reorder->base.format = inner->format;
	reorder->inner = inner;
	reorder->window_ns = window_ns;
	reorder->newest_ns = INT64_MIN;
	reorder_limit(reorder, memory);
	reorder->pending = SOURCE_PACKET;
	return &reorder->base;
}
