/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a key over time, in at most BAR_CELLS cells, however long it lasts: when a time has
 * no cell, two neighbours become one. Widths of cells are powers of two and cells stand at
 * multiples of their width, so bars of different widths add up exactly.
 */
#ifndef VTAP_STAT_BAR_H
#define VTAP_STAT_BAR_H

#include <stdbool.h>
#include <stdint.h>

enum { BAR_CELLS = 40 };

/* A struct that is all zero is an empty bar. */
struct bar {
	int64_t first; /* number of the first cell: its time >> shift */
	uint8_t shift; /* a cell lasts 2^shift nanoseconds */
	uint8_t count; /* cells from the first to the last that has something */
	uint64_t bytes[BAR_CELLS];
};

/* Counts bytes at a time, in nanoseconds since 1970, which may be before all others. */
void bar_add(struct bar *bar, int64_t time_ns, uint64_t bytes);

/* Adds all that another bar has. */
void bar_merge(struct bar *bar, const struct bar *more);

/*
 * Makes the bar cover a time without counting anything, and its cells at least 2^shift ns wide:
 * bars that were given the same two ends and the same shift have the same cells.
 */
void bar_cover(struct bar *bar, int64_t time_ns, uint8_t shift);

/* Joins neighbours until the bar has at most `cells` (at least 2) of them. */
void bar_narrow(struct bar *bar, unsigned cells);

enum { BAR_TEXT = BAR_CELLS * 3 + 1 }; /* bytes of the longest text, with its NUL */

/*
 * Draws the bar: a character for each cell, as high as its share of the highest. A cell without
 * bytes is a space, the least is the lowest block. Blocks are UTF-8; without utf8 they are digits
 * from 1 to 9. Returns how many columns the text has.
 */
unsigned bar_draw(const struct bar *bar, bool utf8, char text[BAR_TEXT]);

#endif
