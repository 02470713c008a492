/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes JSON (RFC 8259) to a stream, with commas in the right places. Strings may hold any bytes:
 * what is not UTF-8 is written as U+FFFD, so the output is always valid.
 */
#ifndef VTAP_BASE_JSON_H
#define VTAP_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *to;
	bool comma; /* a value stands before this one at the same level */
};

void json_init(struct json *json, FILE *to);
/* name is NULL inside arrays and at the top. */
void json_object(struct json *json, const char *name);
void json_object_end(struct json *json);
void json_array(struct json *json, const char *name);
void json_array_end(struct json *json);
void json_string(struct json *json, const char *name, const char *value, size_t len);
void json_bool(struct json *json, const char *name, bool value);
void json_number(struct json *json, const char *name, uint64_t value);
/* A time as text "2026-11-17T16:05:00.123456789Z". */
void json_time(struct json *json, const char *name, int64_t time_ns);

#endif
