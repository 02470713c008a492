/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bar.h"

#include <string.h>

enum { SHIFT_MIN = 20, SHIFT_MAX = 62 }; /* from about a millisecond to 146 years */

/* Two cells become one. */
static void bar_halve(struct bar *bar)
{
	uint64_t wide[BAR_CELLS] = { 0 };
	int64_t first = bar->first >> 1;
	unsigned count = 0;

	for (unsigned i = 0; i < bar->count; i++) {
		unsigned at = (unsigned)(((bar->first + i) >> 1) - first);

		wide[at] += bar->bytes[i];
		count = at + 1;
	}
	memcpy(bar->bytes, wide, sizeof(wide));
	bar->first = first;
	bar->count = (uint8_t)count;
	bar->shift++;
}

/* Returns the cell of a time; the bar grows to have it. */
static uint64_t *bar_cell(struct bar *bar, int64_t time_ns)
{
	int64_t cell, first, last;

	if (bar->count == 0) {
		if (bar->shift < SHIFT_MIN)
			bar->shift = SHIFT_MIN;
		bar->first = time_ns >> bar->shift;
		bar->count = 1;
	}
	for (;; bar_halve(bar)) {
		cell = time_ns >> bar->shift;
		first = cell < bar->first ? cell : bar->first;
		last = bar->first + bar->count - 1;
		last = cell > last ? cell : last;
		if (last - first < BAR_CELLS)
			break;
	}
	if (first < bar->first) {
		size_t by = (size_t)(bar->first - first);

		memmove(bar->bytes + by, bar->bytes, bar->count * sizeof(*bar->bytes));
		memset(bar->bytes, 0, by * sizeof(*bar->bytes));
		bar->first = first;
	}
	bar->count = (uint8_t)(last - first + 1);
	return &bar->bytes[cell - first];
}

void bar_add(struct bar *bar, int64_t time_ns, uint64_t bytes)
{
	uint64_t at = (uint64_t)(time_ns >> bar->shift) - (uint64_t)bar->first;

	/* Most packets come in a cell that is there. */
	if (at < bar->count)
		bar->bytes[at] += bytes;
	else
		*bar_cell(bar, time_ns) += bytes;
}

void bar_cover(struct bar *bar, int64_t time_ns, uint8_t shift)
{
	while (bar->count > 0 && bar->shift < shift)
		bar_halve(bar);
	if (bar->count == 0 && bar->shift < shift)
		bar->shift = shift;
	bar_cell(bar, time_ns);
}

void bar_merge(struct bar *bar, const struct bar *more)
{
	if (more->count == 0)
		return;
	bar_cover(bar, more->first * (INT64_C(1) << more->shift), more->shift);
	for (unsigned i = 0; i < more->count; i++)
		bar_add(bar, (more->first + i) * (INT64_C(1) << more->shift), more->bytes[i]);
}

void bar_narrow(struct bar *bar, unsigned cells)
{
	while (bar->count > cells && bar->shift < SHIFT_MAX)
		bar_halve(bar);
}

/* Which of `levels` heights a cell has, from 1; rounded up, so that a single byte is seen. */
static unsigned bar_level(uint64_t bytes, uint64_t most, unsigned levels)
{
	double share = (double)bytes / (double)most * levels;
	unsigned level = (unsigned)share;

	level += level < share;
	return level > levels ? levels : level;
}

unsigned bar_draw(const struct bar *bar, bool utf8, char text[BAR_TEXT])
{
	static const char blocks[][4] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char digits[][4] = { " ", "1", "2", "3", "4", "5", "6", "7", "8", "9" };
	uint64_t most = 1;

	*text = '\0';
	for (unsigned i = 0; i < bar->count; i++)
		if (bar->bytes[i] > most)
			most = bar->bytes[i];
	for (unsigned i = 0; i < bar->count; i++)
		text = stpcpy(text, utf8 ? blocks[bar_level(bar->bytes[i], most, 8)]
					 : digits[bar_level(bar->bytes[i], most, 9)]);
	return bar->count;
}
