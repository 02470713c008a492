/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_PIECE = 64 << 10 };

struct arena_piece {
	struct arena_piece *older;
	_Alignas(ARENA_LINE) char bytes[];
};

static size_t rounded(size_t size, size_t to)
{
	return (size + to - 1) & ~(to - 1);
}

static int arena_grow(struct arena *arena, size_t need)
{
	size_t size = need > ARENA_PIECE ? rounded(need, ARENA_LINE) : ARENA_PIECE;
	struct arena_piece *piece = aligned_alloc(ARENA_LINE, sizeof(*piece) + size);

	if (!piece)
		return 0;
	piece->older = arena->piece;
	*arena = (struct arena){ .piece = piece, .size = size };
	return 1;
}

void *arena_take(struct arena *arena, size_t size, size_t align)
{
	size_t at = rounded(arena->used, align);

	if (at + size > arena->size) {
		if (!arena_grow(arena, size))
			return NULL;
		at = 0;
	}
	arena->used = at + size;
	return memset(arena->piece->bytes + at, 0, size);
}

void arena_free(struct arena *arena)
{
	while (arena->piece) {
		struct arena_piece *older = arena->piece->older;

		free(arena->piece);
		arena->piece = older;
	}
	*arena = (struct arena){ 0 };
}
