/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json.h"

#include <stdlib.h>

#include "lib/tap.h"

static char *text;
static size_t text_len;
static struct json json;

static void begin(void)
{
	json_init(&json, open_memstream(&text, &text_len));
}

static void is_json(const char *want, const char *name)
{
	fclose(json.to);
	is_str(text, want, name);
	free(text);
}

static void shapes(void)
{
	begin();
	json_object(&json, NULL);
	json_object_end(&json);
	is_json("{}", "empty object");

	begin();
	json_object(&json, NULL);
	json_number(&json, "in", UINT64_MAX);
	json_object(&json, "a");
	json_number(&json, "b", 0);
	json_bool(&json, "c", true);
	json_object_end(&json);
	json_array(&json, "d");
	json_object(&json, NULL);
	json_object_end(&json);
	json_number(&json, NULL, 1);
	json_bool(&json, NULL, false);
	json_array_end(&json);
	json_string(&json, "e", "f", 1);
	json_object_end(&json);
	is_json("{\"in\": 18446744073709551615, \"a\": {\"b\": 0, \"c\": true}, "
		"\"d\": [{}, 1, false], \"e\": \"f\"}",
		"commas stand between values, at every level");
}

static void is_string(const char *value, size_t len, const char *want)
{
	begin();
	json_string(&json, NULL, value, len);
	is_json(want, want);
}

static void strings(void)
{
	is_string("a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"");
	is_string("\0\n\x1f\x7f", 4, "\"\\u0000\\u000a\\u001f\\u007f\"");
	is_string("\xc3\xa4\xe2\x82\xac\xf0\x9f\xa6\x86", 9,
		  "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\xa6\x86\"");
	is_string("\xf4\x8f\xbf\xbf\xed\x9f\xbf", 7, "\"\xf4\x8f\xbf\xbf\xed\x9f\xbf\"");
}

/* Each byte of something that is no character becomes U+FFFD. */
static void not_utf8(void)
{
	is_string("a\xff"
		  "b",
		  3, "\"a\\ufffdb\"");
	is_string("\xc0\x80", 2, "\"\\ufffd\\ufffd\"");
	is_string("\xe0\x80\x80", 3, "\"\\ufffd\\ufffd\\ufffd\"");
	is_string("\xed\xa0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\"");
	is_string("\xf0\x8f\xbf\xbf", 4, "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
	is_string("\xf4\x90\x80\x80", 4, "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
	is_string("\xe2\x82", 2, "\"\\ufffd\\ufffd\"");
	is_string("\xc3(", 2, "\"\\ufffd(\"");
}

static void is_time(int64_t time_ns, const char *want)
{
	begin();
	json_time(&json, NULL, time_ns);
	is_json(want, want);
}

int main(void)
{
	shapes();
	strings();
	not_utf8();
	is_time(0, "\"1970-01-01T00:00:00.000000000Z\"");
	is_time(1794931500123456789, "\"2026-11-17T16:05:00.123456789Z\"");
	is_time(-1, "\"1969-12-31T23:59:59.999999999Z\"");
	is_time(INT64_MAX, "\"2262-04-11T23:47:16.854775807Z\"");
	is_time(INT64_MIN, "\"1677-09-21T00:12:43.145224192Z\"");
	return tap_done();
}
