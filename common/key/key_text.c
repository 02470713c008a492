/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "key/key_text.h"

#include <stdio.h>
#include <string.h>

#include "key/shorten.h"

/* Bytes that a name keeps: file systems take them (Windows not the colon), and a shell leaves them
 * alone. */
static const bool key_text_plain[256] = {
	['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['.'] = true,
	['_'] = true,	      ['@'] = true,	    ['+'] = true,	  ['='] = true,
	[','] = true,	      ['-'] = true,	    [':'] = true,
};

static inline bool key_text_keeps(char c, bool portable)
{
	return key_text_plain[(uint8_t)c] && !(portable && c == ':');
}

bool key_text_is_plain(char c, bool portable)
{
	return key_text_keeps(c, portable);
}

static inline bool key_text_separates(const char *separators, char c)
{
	for (; *separators; separators++)
		if (*separators == c)
			return true;
	return false;
}

static size_t put_encoded(char *to, char c)
{
	return (size_t)sprintf(to, "%%%02X", (unsigned char)c);
}

size_t key_text_encode(const char *raw, bool portable, const char *separators, char *to)
{
	size_t len = strlen(raw), used = 0;
	size_t tmp = len >= 4 && strcmp(raw + len - 4, ".tmp") == 0 ? len - 4 : len;
	bool first = *raw == '.' || *raw == '-' || strcmp(raw, "none") == 0 ||
		     strcmp(raw, "others") == 0;

	if (len == 0)
		return (size_t)sprintf(to, "none");
	for (size_t i = 0; i < len; i++) {
		bool special =
			(i == 0 && first) || i == tmp || key_text_separates(separators, raw[i]);

		if (special || !key_text_keeps(raw[i], portable))
			used += put_encoded(to + used, raw[i]);
		else
			to[used++] = raw[i];
	}
	to[used] = '\0';
	return used;
}

/* All parts, each byte encoded, with commas between them. */
enum { ENCODED_SIZE = KEY_PARTS * (KEY_TEXT_ENCODED_SIZE + 1) };

size_t key_text_join(const struct key_text *key, bool portable, size_t limit, char *to)
{
	char text[ENCODED_SIZE];
	size_t len = 0;

	for (unsigned i = 0; i < key->count; i++) {
		if (i > 0)
			text[len++] = ',';
		len += key_text_encode(key->part[i], portable, key->count > 1 ? "," : "",
				       text + len);
	}
	return shorten(to, text, len, limit);
}

size_t key_text_label(const struct key_text *key, char *to)
{
	size_t len = 0;

	for (unsigned i = 0; i < key->count; i++)
		len += (size_t)sprintf(to + len, "%s%s", i ? "," : "",
				       key->part[i][0] ? key->part[i] : "none");
	return len;
}
