/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory for many small structs that live until the end of a run. They stand side by side, not
 * scattered among the buffers that come and go in the heap, so that thousands of them often fit the
 * processor's cache.
 */
#ifndef VTAP_BASE_ARENA_H
#define VTAP_BASE_ARENA_H

#include <stddef.h>

enum { ARENA_LINE = 64 }; /* bytes of a cache line */

/* A struct that is all zero is an empty arena. */
struct arena {
	struct arena_piece *piece; /* the newest block of memory */
	size_t used, size;	   /* bytes of that block: those taken, and all */
};

/*
 * Returns size bytes (at least 1) of zeroed memory, or NULL if there is none. align: what the
 * address is a multiple of, a power of two up to ARENA_LINE. The memory lives until arena_free().
 */
void *arena_take(struct arena *arena, size_t size, size_t align);

/* Frees all memory that was taken. The arena is empty then and may be used again. */
void arena_free(struct arena *arena);

#endif
