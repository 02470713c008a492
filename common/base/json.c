/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json.h"

#include <string.h>

#include "base/moment.h"
#include "base/utf8.h"

enum { DIGITS = 20 }; /* of the largest number */

void json_init(struct json *json, FILE *to)
{
	*json = (struct json){ .to = to };
}

/* Records of vtap-stat are millions of short values: no lock for each byte. */
static void json_put_char(FILE *to, char c)
{
	putc_unlocked(c, to);
}

static void json_put_text(FILE *to, const char *text)
{
	fputs_unlocked(text, to);
}

/* Writes a character of ASCII that json_plain() stops at. */
static void json_write_ascii(FILE *to, char c)
{
	if (c == '"' || c == '\\')
		fprintf(to, "\\%c", c);
	else
		fprintf(to, "\\u%04x", (unsigned)c);
}

/* Returns how many bytes of ASCII in front need no escape. */
static size_t json_plain(const uint8_t *bytes, size_t len)
{
	size_t i = 0;

	while (i < len && bytes[i] >= 0x20 && bytes[i] < 0x7f && bytes[i] != '"' &&
	       bytes[i] != '\\')
		i++;
	return i;
}

static void json_write_quoted(FILE *to, const char *text, size_t len)
{
	const uint8_t *bytes = (const uint8_t *)text;

	json_put_char(to, '"');
	for (size_t i = 0; i < len;) {
		size_t plain = json_plain(bytes + i, len - i);
		size_t n = plain ? plain : utf8_len(bytes + i, len - i);

		if (n > 1 || plain)
			fwrite_unlocked(text + i, 1, n, to);
		else if (n == 1)
			json_write_ascii(to, text[i]);
		else
			json_put_text(to, "\\ufffd");
		i += n ? n : 1;
	}
	json_put_char(to, '"');
}

static void json_begin_value(struct json *json, const char *name)
{
	if (json->comma)
		json_put_text(json->to, ", ");
	json->comma = true;
	if (name) {
		json_write_quoted(json->to, name, strlen(name));
		json_put_text(json->to, ": ");
	}
}

static void json_open_bracket(struct json *json, const char *name, char bracket)
{
	json_begin_value(json, name);
	json_put_char(json->to, bracket);
	json->comma = false;
}

static void json_close_bracket(struct json *json, char bracket)
{
	json_put_char(json->to, bracket);
	json->comma = true;
}

void json_object(struct json *json, const char *name)
{
	json_open_bracket(json, name, '{');
}

void json_object_end(struct json *json)
{
	json_close_bracket(json, '}');
}

void json_array(struct json *json, const char *name)
{
	json_open_bracket(json, name, '[');
}

void json_array_end(struct json *json)
{
	json_close_bracket(json, ']');
}

void json_string(struct json *json, const char *name, const char *value, size_t len)
{
	json_begin_value(json, name);
	json_write_quoted(json->to, value, len);
}

void json_bool(struct json *json, const char *name, bool value)
{
	json_begin_value(json, name);
	json_put_text(json->to, value ? "true" : "false");
}

void json_number(struct json *json, const char *name, uint64_t value)
{
	char digits[DIGITS + 1] = { 0 }, *at = digits + DIGITS;

	json_begin_value(json, name);
	do
		*--at = (char)('0' + value % 10);
	while (value /= 10);
	json_put_text(json->to, at);
}

void json_time(struct json *json, const char *name, int64_t time_ns)
{
	char text[MOMENT_TEXT];

	moment_write(time_ns, text);
	json_begin_value(json, name);
	fprintf(json->to, "\"%s\"", text);
}
