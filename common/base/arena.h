/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many small things that live until the end, side by side: away from the buffers that come and go
 * between them in the heap, so that what thousands of them need often fits the cache.
 */
#ifndef VTAP_BASE_ARENA_H
#define VTAP_BASE_ARENA_H

#include <stddef.h>

enum { ARENA_LINE = 64 }; /* of the cache, bytes */

struct arena {
	struct arena_piece *piece; /* the newest */
	size_t used, size;	   /* of it */
};

/* Zeroed memory, aligned to `align`, a power of two up to ARENA_LINE; NULL when there is none. */
void *arena_take(struct arena *arena, size_t size, size_t align);

/* Frees everything that was taken. An arena begins as { 0 } and is so again. */
void arena_free(struct arena *arena);

#endif
