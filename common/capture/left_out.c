/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/left_out.h"

#include <string.h>

/* Puts `by`, one range, in the place of those from index `first` up to `last`, not included. */
static void left_out_replace(struct left_out *left_out, unsigned first, unsigned last,
			     struct left_out_range by)
{
	struct left_out_range *range = left_out->range;

	for (unsigned i = first; i < last; i++)
		left_out->blocks -= range[i].to - range[i].from;
	memmove(&range[first + 1], &range[last], (left_out->count - last) * sizeof(*range));
	range[first] = by;
	left_out->count -= last - first;
	left_out->count++;
	left_out->blocks += by.to - by.from;
}

void left_out_add(struct left_out *left_out, uint64_t from, uint64_t to)
{
	const struct left_out_range *range = left_out->range;
	unsigned first = left_out->count, last;

	if (from >= to)
		return;
	while (first > 0 && range[first - 1].to >= from)
		first--;
	for (last = first; last < left_out->count && range[last].from <= to; last++)
		;
	if (first == last && left_out->count == LEFT_OUT_RANGES) {
		first -= first > 0;
		last = first + 1;
	}
	if (first < last && range[first].from < from)
		from = range[first].from;
	if (first < last && range[last - 1].to > to)
		to = range[last - 1].to;
	left_out_replace(left_out, first, last, (struct left_out_range){ from, to });
}
