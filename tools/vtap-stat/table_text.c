/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table_text.h"

#include <stdint.h>
#include <string.h>

#include "base/printable.h"
#include "base/utf8.h"

/* Returns the columns of the character at text, and its length in bytes, 1 for what is none. */
static unsigned character(const char *text, size_t *len)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t found = utf8_len(bytes, strlen(text));

	*len = found > 0 ? found : 1;
	if (found < 3)
		return 1;
	/* U+2000 to U+2FFF begin with E2: dashes, blocks, drawings. */
	return found == 4 || (bytes[0] == 0xE1 && bytes[1] < 0xA0) || bytes[0] >= 0xE3 ? 2 : 1;
}

unsigned table_text_width(const char *text)
{
	unsigned width = 0;
	size_t len;

	for (; *text; text += len)
		width += character(text, &len);
	return width;
}

/* Copies a name with nothing in it that harms a terminal, as much as fits. */
static void copy_clean(const char *name, bool utf8, char text[TABLE_TEXT_SIZE])
{
	size_t used = 0, len;

	for (; *name && used + 8 < TABLE_TEXT_SIZE; name += len) {
		len = utf8_len((const uint8_t *)name, strlen(name));
		if (len > 1 && utf8) {
			memcpy(text + used, name, len);
			used += len;
		} else {
			text[used++] = (char)(len == 1 ? *name : '?');
			len = 1;
		}
	}
	text[used] = '\0';
	printable(text);
}

/* Returns where a text has at most `width` columns in front. */
static size_t head_of(const char *text, unsigned width)
{
	size_t at = 0, len;

	while (text[at]) {
		unsigned columns = character(text + at, &len);

		if (columns > width)
			break;
		width -= columns;
		at += len;
	}
	return at;
}

/* Returns where the last `width` columns of a text begin, or fewer. */
static size_t tail_of(const char *text, unsigned width)
{
	size_t at = 0, len;

	for (unsigned left = table_text_width(text); left > width; at += len)
		left -= character(text + at, &len);
	return at;
}

void table_text_cut(const char *name, unsigned width, bool utf8, char text[TABLE_TEXT_SIZE])
{
	const char *mark = utf8 ? "…" : "~";
	char whole[TABLE_TEXT_SIZE];
	size_t head;

	copy_clean(name, utf8, whole);
	if (table_text_width(whole) <= width) {
		stpcpy(text, whole);
		return;
	}
	text[0] = '\0';
	if (width == 0)
		return;
	head = head_of(whole, width / 2);
	memcpy(text, whole, head);
	/* What is left out has at least two columns: there is room for the mark's three bytes. */
	stpcpy(stpcpy(text + head, mark), whole + tail_of(whole, width - width / 2 - 1));
}

void table_text_wrap(const char *paragraph, unsigned width, FILE *to)
{
	unsigned column = 0;

	while (*paragraph) {
		size_t len = strcspn(paragraph, " ");
		char word[TABLE_TEXT_SIZE];
		unsigned columns;

		snprintf(word, sizeof(word), "%.*s", (int)len, paragraph);
		columns = table_text_width(word);
		if (column > 0 && column + 1 + columns > width) {
			putc('\n', to);
			column = 0;
		}
		fprintf(to, "%s%s", column > 0 ? " " : "", word);
		column += columns + (column > 0);
		paragraph += len + (paragraph[len] == ' ');
	}
	putc('\n', to);
}
