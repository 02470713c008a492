/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells which bytes are UTF-8 (RFC 3629). */
#ifndef VTAP_BASE_UTF8_H
#define VTAP_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * Returns the length in bytes (1 to 4) of the character that begins at s, or 0 if it is not well
 * formed. left: bytes that can be read at s, at least 1.
 */
size_t utf8_len(const uint8_t *s, size_t left);

#endif
