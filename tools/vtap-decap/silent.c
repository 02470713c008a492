/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "silent.h"

#include <stdlib.h>

enum { SILENT_FIRST_SIZE = 64 };

static bool silent_grow(struct silent *silent)
{
	uint32_t size = silent->size ? 2 * silent->size : SILENT_FIRST_SIZE;
	struct silent_entry *heap = realloc(silent->heap, size * sizeof(*heap));

	if (!heap)
		return false;
	silent->heap = heap;
	silent->size = size;
	return true;
}

bool silent_add(struct silent *silent, void *origin)
{
	const struct silent_entry added = { silent->now += 2, silent->spoken(origin) + 1, origin };
	uint32_t at = silent->count;

	if (silent->count == silent->size && !silent_grow(silent))
		return false;
	silent->count++;
	for (; at > 0 && silent->heap[(at - 1) / 2].heard > added.heard; at = (at - 1) / 2)
		silent->heap[at] = silent->heap[(at - 1) / 2];
	silent->heap[at] = added;
	return true;
}

/* Moves the entry at the top down to where it belongs. */
static void silent_sink_top(struct silent *silent)
{
	struct silent_entry *heap = silent->heap, top = heap[0];
	uint32_t at = 0, below;

	while ((below = 2 * at + 1) < silent->count) {
		below += below + 1 < silent->count && heap[below + 1].heard < heap[below].heard;
		if (heap[below].heard >= top.heard)
			break;
		heap[at] = heap[below];
		at = below;
	}
	heap[at] = top;
}

void *silent_take(struct silent *silent)
{
	struct silent_entry *top = silent->heap;
	uint64_t packets;
	void *origin;

	while ((packets = silent->spoken(top->origin)) != top->packets) {
		top->packets = packets;
		top->heard = silent->now + 1;
		silent_sink_top(silent);
	}
	origin = top->origin;
	*top = silent->heap[--silent->count];
	if (silent->count > 0)
		silent_sink_top(silent);
	return origin;
}

void silent_free(struct silent *silent)
{
	free(silent->heap);
	*silent = (struct silent){ 0 };
}
