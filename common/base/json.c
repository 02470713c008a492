/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"

enum { NS_PER_S = 1000000000 };

void json_init(struct json *json, FILE *to)
{
	*json = (struct json){ .to = to };
}

static void json_write_ascii(FILE *to, char c)
{
	if (c == '"' || c == '\\')
		fprintf(to, "\\%c", c);
	else if ((uint8_t)c < 0x20 || c == 0x7f)
		fprintf(to, "\\u%04x", (unsigned)c);
	else
		putc(c, to);
}

static void json_write_quoted(FILE *to, const char *text, size_t len)
{
	const uint8_t *bytes = (const uint8_t *)text;

	putc('"', to);
	for (size_t i = 0; i < len;) {
		size_t n = utf8_len(bytes + i, len - i);

		if (n == 1)
			json_write_ascii(to, text[i]);
		else if (n > 1)
			fwrite(text + i, 1, n, to);
		else
			fputs("\\ufffd", to);
		i += n ? n : 1;
	}
	putc('"', to);
}

static void json_begin_value(struct json *json, const char *name)
{
	if (json->comma)
		fputs(", ", json->to);
	json->comma = true;
	if (name) {
		json_write_quoted(json->to, name, strlen(name));
		fputs(": ", json->to);
	}
}

static void json_open_bracket(struct json *json, const char *name, char bracket)
{
	json_begin_value(json, name);
	putc(bracket, json->to);
	json->comma = false;
}

static void json_close_bracket(struct json *json, char bracket)
{
	putc(bracket, json->to);
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
	fputs(value ? "true" : "false", json->to);
}

void json_number(struct json *json, const char *name, uint64_t value)
{
	json_begin_value(json, name);
	fprintf(json->to, "%" PRIu64, value);
}

void json_time_text(int64_t time_ns, char text[JSON_TIME_SIZE])
{
	time_t seconds = time_ns / NS_PER_S;
	int64_t ns = time_ns % NS_PER_S;
	struct tm tm;
	size_t len;

	if (ns < 0) {
		seconds--;
		ns += NS_PER_S;
	}
	gmtime_r(&seconds, &tm);
	len = strftime(text, JSON_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + len, JSON_TIME_SIZE - len, ".%09" PRId64 "Z", ns);
}

void json_time(struct json *json, const char *name, int64_t time_ns)
{
	char text[JSON_TIME_SIZE];

	json_time_text(time_ns, text);
	json_begin_value(json, name);
	fprintf(json->to, "\"%s\"", text);
}
