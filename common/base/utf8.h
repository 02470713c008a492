/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which bytes are UTF-8 (RFC 3629). */
#ifndef VTAP_BASE_UTF8_H
#define VTAP_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Length of the character at s, of which `left` (at least 1) bytes can be read; 0: not well formed.
 */
size_t utf8_len(const uint8_t *s, size_t left);

#endif
