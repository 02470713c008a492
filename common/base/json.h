/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes JSON (RFC 8259) to a stream, with commas in the right places. Strings may hold any bytes:
 * each byte that is not UTF-8 is written as U+FFFD, so the output is always valid.
 */
#ifndef VTAP_BASE_JSON_H
#define VTAP_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *to;
	bool comma; /* a value was written in the open object or array: the next needs a comma */
};

/*
 * Begins to write to a stream, which stays the caller's. No function here reports an error:
 * ferror(3) and fclose(3) tell the caller whether writing failed.
 */
void json_init(struct json *json, FILE *to);

/*
 * In all functions below, name is the member's name if the value stands in an object, and NULL if
 * it stands in an array or at the top.
 */

/* Opens an object; the values that follow are its members, up to json_object_end(). */
void json_object(struct json *json, const char *name);
void json_object_end(struct json *json);

/* Opens an array; the values that follow are its elements, up to json_array_end(). */
void json_array(struct json *json, const char *name);
void json_array_end(struct json *json);

/* Writes a string of len bytes; value need not end with a NUL. */
void json_string(struct json *json, const char *name, const char *value, size_t len);

/* Writes true or false. */
void json_bool(struct json *json, const char *name, bool value);

/* Writes a whole number in decimal digits. */
void json_number(struct json *json, const char *name, uint64_t value);

/*
 * Writes a time, in nanoseconds since 1970, as a string in UTC, such as
 * "2026-11-17T16:05:00.123456789Z".
 */
void json_time(struct json *json, const char *name, int64_t time_ns);

enum { JSON_TIME_SIZE = 64 }; /* bytes of the text of a time, with its NUL */

/* Writes the text that json_time() puts between quotation marks. */
void json_time_text(int64_t time_ns, char text[JSON_TIME_SIZE]);

#endif
