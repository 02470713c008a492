/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "key/shorten.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

size_t shorten(char *to, const char *text, size_t len, size_t limit)
{
	size_t keep = len > limit ? limit - SHORTEN_MARK : len;
	uint64_t hash;

	if (keep == len) {
		memmove(to, text, len);
		to[len] = '\0';
		return len;
	}
	hash = XXH3_64bits(text, len);
	for (size_t back = 1; back <= 2 && back <= keep; back++)
		if (text[keep - back] == '%')
			keep -= back;
	memmove(to, text, keep);
	return keep + (size_t)sprintf(to + keep, "~%016" PRIx64, hash);
}
