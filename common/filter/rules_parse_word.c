/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "filter/rules_parse_internal.h"

enum { QUOTE_MAX = 40 }; /* bytes of a word that an error quotes; what is longer is cut */

/* Returns a word for an error: quoted, short and printable. */
static const char *quote(const struct rules_word *word, char text[QUOTE_MAX + 3])
{
	size_t len = word->len < QUOTE_MAX ? word->len : QUOTE_MAX;

	if (len == 0)
		return "the end of the line";
	text[0] = text[len + 1] = '\'';
	text[len + 2] = '\0';
	for (size_t i = 0; i < len; i++)
		text[i + 1] =
			(char)(word->text[i] < ' ' || word->text[i] > '~' ? '?' : word->text[i]);
	return text;
}

bool rules_parse_expected(struct rules_line *line, const char *what, const struct rules_word *word)
{
	char text[QUOTE_MAX + 3];

	line->error_column = word->column;
	return error_usage(line->err, "expected %s, not %s", what, quote(word, text));
}

bool rules_parse_wrong(struct rules_line *line, size_t column, const char *what)
{
	line->error_column = column;
	return error_usage(line->err, "%s", what);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct rules_word rules_parse_next_word(struct rules_line *line)
{
	struct rules_word word;

	while (line->at < line->len && is_blank(line->text[line->at]))
		line->at++;
	word = (struct rules_word){ line->text + line->at, 0, line->at + 1 };
	while (line->at < line->len && !is_blank(line->text[line->at]) &&
	       line->text[line->at] != '#') {
		line->at++;
		word.len++;
	}
	return word;
}

bool rules_parse_word_is(const struct rules_word *word, const char *name)
{
	return word->len == strlen(name) && !memcmp(word->text, name, word->len);
}

/* Returns true if all of text is a decimal number up to max. */
bool rules_parse_number(const char *text, size_t len, uint32_t max, uint32_t *value)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		sum = sum * 10 + (uint32_t)(text[i] - '0');
		if (sum > max)
			return false;
	}
	*value = sum;
	return len > 0;
}

bool rules_parse_range(const struct rules_word *word, uint32_t max, struct range *range)
{
	const char *dash = word->len ? memchr(word->text, '-', word->len) : NULL;
	size_t len = dash ? (size_t)(dash - word->text) : word->len;
	uint32_t first, last;

	if (!rules_parse_number(word->text, len, max, &first))
		return false;
	last = first;
	if (dash && !rules_parse_number(dash + 1, word->len - len - 1, max, &last))
		return false;
	*range = (struct range){ (uint16_t)first, (uint16_t)last };
	return first <= last;
}
