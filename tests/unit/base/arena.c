/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small things side by side: zeroed, aligned, none over another. */
#include "base/arena.h"

#include <stdlib.h>

#include "lib/tap.h"

enum { THINGS = 5000 };

static bool is_zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

int main(void)
{
	static uint8_t *thing[THINGS];
	struct arena arena = { 0 };
	bool zero = true, aligned = true, apart = true;

	for (int i = 0; i < THINGS; i++) {
		size_t align = (size_t)1 << i % 7, size = (size_t)(i % 150 + 1);

		thing[i] = arena_take(&arena, size, align);
		zero &= is_zero(thing[i], size);
		aligned &= (uintptr_t)thing[i] % align == 0;
		memset(thing[i], i, size);
	}
	for (int i = 0; i < THINGS; i++)
		apart &= thing[i][0] == (uint8_t)i && thing[i][i % 150] == (uint8_t)i;
	ok(zero, "zeroed");
	ok(aligned, "aligned");
	ok(apart, "none over another");
	thing[0] = arena_take(&arena, 1 << 20, ARENA_LINE);
	ok(thing[0] && is_zero(thing[0], 1 << 20), "one that is larger than a piece");
	memset(thing[0], 1, 1 << 20);
	arena_free(&arena);
	ok(arena.piece == NULL && arena_take(&arena, 1, 1), "empty, and good for more");
	arena_free(&arena);
	return tap_done();
}
