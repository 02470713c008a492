/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shortens text that is too long for a file name, so that different text stays different. */
#ifndef VTAP_KEY_SHORTEN_H
#define VTAP_KEY_SHORTEN_H

#include <stddef.h>

enum { SHORTEN_MARK = 17 }; /* bytes of `~` and the hash */

/*
 * Copies len bytes of text and adds a NUL. If len exceeds limit, it copies only the beginning, and
 * then `~` and 16 hexadecimal digits of a hash of the whole text; a %XX at the cut goes as a
 * whole. limit is larger than SHORTEN_MARK. `to` may be the same as text, and has room for
 * limit + 1 bytes. Returns the new length, at most limit.
 */
size_t shorten(char *to, const char *text, size_t len, size_t limit);

#endif
