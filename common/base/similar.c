/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/similar.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { DISTANCE_MAX = 2 };

struct similar similar_to(const char *word, size_t len)
{
	return (struct similar){ .word = word, .len = len, .distance = DISTANCE_MAX + 1 };
}

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: row[i % 3][k] is the distance of the first i letters of one word and
 * the first k of the other. */
static unsigned similar_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned row[3][SIMILAR_MAX + 1];

	for (unsigned i = 0; i <= a_len; i++) {
		unsigned *now = row[i % 3], *before = row[(i + 2) % 3];

		now[0] = i;
		for (unsigned k = 1; k <= b_len; k++) {
			if (i == 0) {
				now[k] = k;
				continue;
			}
			now[k] = least(least(before[k], now[k - 1]) + 1,
				       before[k - 1] + !same_letter(a[i - 1], b[k - 1]));
			if (i > 1 && k > 1 && same_letter(a[i - 1], b[k - 2]) &&
			    same_letter(a[i - 2], b[k - 1]))
				now[k] = least(now[k], row[(i + 1) % 3][k - 2] + 1);
		}
	}
	return row[a_len % 3][b_len];
}

void similar_offer(struct similar *similar, const char *name)
{
	size_t len = strlen(name);
	unsigned distance;

	if (similar->len < SIMILAR_MIN || similar->len > SIMILAR_MAX || len < SIMILAR_MIN ||
	    len > SIMILAR_MAX)
		return;
	distance = similar_distance(similar->word, similar->len, name, len);
	if (distance < similar->distance) {
		similar->distance = distance;
		similar->best = name;
	}
}
