/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { NS_PER_S = 1000000000 };

void json_init(struct json *json, FILE *to)
{
	*json = (struct json){ .to = to };
}

/* Length of the character at s if it is well formed (RFC 3629, section 4), else 0. */
static size_t utf8_len(const uint8_t *s, size_t left)
{
	size_t len = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] > 0xf4 || len > left)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Longer than need be, surrogates, past U+10FFFF. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

static void ascii(FILE *to, char c)
{
	if (c == '"' || c == '\\')
		fprintf(to, "\\%c", c);
	else if ((uint8_t)c < 0x20 || c == 0x7f)
		fprintf(to, "\\u%04x", (unsigned)c);
	else
		putc(c, to);
}

static void quoted(FILE *to, const char *text, size_t len)
{
	const uint8_t *bytes = (const uint8_t *)text;

	putc('"', to);
	for (size_t i = 0; i < len;) {
		size_t n = utf8_len(bytes + i, len - i);

		if (n == 1)
			ascii(to, text[i]);
		else if (n > 1)
			fwrite(text + i, 1, n, to);
		else
			fputs("\\ufffd", to);
		i += n ? n : 1;
	}
	putc('"', to);
}

static void begin(struct json *json, const char *name)
{
	if (json->comma)
		fputs(", ", json->to);
	json->comma = true;
	if (name) {
		quoted(json->to, name, strlen(name));
		fputs(": ", json->to);
	}
}

static void enter(struct json *json, const char *name, char bracket)
{
	begin(json, name);
	putc(bracket, json->to);
	json->comma = false;
}

static void leave(struct json *json, char bracket)
{
	putc(bracket, json->to);
	json->comma = true;
}

void json_object(struct json *json, const char *name)
{
	enter(json, name, '{');
}

void json_object_end(struct json *json)
{
	leave(json, '}');
}

void json_array(struct json *json, const char *name)
{
	enter(json, name, '[');
}

void json_array_end(struct json *json)
{
	leave(json, ']');
}

void json_string(struct json *json, const char *name, const char *value, size_t len)
{
	begin(json, name);
	quoted(json->to, value, len);
}

void json_bool(struct json *json, const char *name, bool value)
{
	begin(json, name);
	fputs(value ? "true" : "false", json->to);
}

void json_number(struct json *json, const char *name, uint64_t value)
{
	begin(json, name);
	fprintf(json->to, "%" PRIu64, value);
}

void json_time(struct json *json, const char *name, int64_t time_ns)
{
	time_t seconds = time_ns / NS_PER_S;
	int64_t ns = time_ns % NS_PER_S;
	char text[64];
	struct tm tm;

	if (ns < 0) {
		seconds--;
		ns += NS_PER_S;
	}
	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	begin(json, name);
	fprintf(json->to, "\"%s.%09" PRId64 "Z\"", text, ns);
}
