/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that is too long for its place, and still tells itself apart. */
#ifndef VTAP_SPLIT_SHORTEN_H
#define VTAP_SPLIT_SHORTEN_H

#include <stddef.h>

/* Bytes of `~` and the hash. */
enum { SHORTEN_MARK = 17 };

/*
 * Copies len bytes of text; of more than limit (itself more than SHORTEN_MARK) only the beginning,
 * then `~` and 16 hexadecimal digits of a hash of the whole. Leaves no half %XX. to may be text,
 * and has room for a NUL too. Returns the new length.
 */
size_t shorten(char *to, const char *text, size_t len, size_t limit);

#endif
