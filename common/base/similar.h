/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds what a user meant who mistyped a name: the nearest of the names that there are. A name is
 * near if two edits make it of the word, where an edit leaves out, adds or changes a letter or
 * swaps two neighbours. Small letters and capitals are equal.
 */
#ifndef VTAP_BASE_SIMILAR_H
#define VTAP_BASE_SIMILAR_H

#include <stddef.h>

/* Words and names that are shorter are near to too many, longer ones are no typing error. */
enum { SIMILAR_MIN = 4, SIMILAR_MAX = 32 };

struct similar {
	const char *word; /* not NUL-terminated */
	size_t len;
	const char *best;  /* the nearest name so far, or NULL */
	unsigned distance; /* edits between both */
};

/* Starts a search for the first len bytes of word, which stay the caller's. */
struct similar similar_to(const char *word, size_t len);

/* Offers a name, which similar->best may point to afterwards. Of names that are equally near the
 * first one is kept. */
void similar_offer(struct similar *similar, const char *name);

#endif
