/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a whole key: for people, and as the name that vtap-split gives to a file, which is
 * safe whatever packets say.
 */
#ifndef VTAP_KEY_KEY_TEXT_H
#define VTAP_KEY_KEY_TEXT_H

#include "key/key.h"

enum {
	KEY_TEXT_LIMIT = 200,			   /* bytes of a key in a name, at most */
	KEY_TEXT_ENCODED_SIZE = 3 * KEY_PART_SIZE, /* bytes of an encoded part, with its NUL */
	KEY_TEXT_SIZE = KEY_PARTS * KEY_PART_SIZE, /* bytes for key_text_label() */
};

/* Returns true if key_text_encode() keeps a byte. portable: a colon is encoded, too. */
bool key_text_is_plain(char c, bool portable);

/*
 * Encodes a part as %XX for a name. Also encoded is what would make a name look like `none`, like
 * `others` (the sum of what vtap-stat does not name), a hidden file (`.`), an option (`-`) or an
 * unfinished file (`.tmp`), and what separates parts. A part that is empty becomes `none`. `to` has
 * room for KEY_TEXT_ENCODED_SIZE bytes. Returns the length.
 */
size_t key_text_encode(const char *raw, bool portable, const char *separators, char *to);

/*
 * Writes {key} of vtap-split: all parts, each encoded, with commas between them, shortened to limit
 * bytes (shorten.h). `to` has room for limit + 1 bytes. Returns the length.
 */
size_t key_text_join(const struct key_text *key, bool portable, size_t limit, char *to);

/*
 * Writes a key for people to read: its parts separated by commas, `none` for a part that the packet
 * does not have. `to` has room for KEY_TEXT_SIZE bytes. Returns the length.
 */
size_t key_text_label(const struct key_text *key, char *to);

#endif
