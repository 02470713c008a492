/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archive/object_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digits.h"
#include "base/moment.h"
#include "key/shorten.h"

enum {
	NS_PER_S = 1000000000,
	PLACE_SIZE = 24, /* bytes of the folders of a time, with a NUL */
};

static const int64_t hour_ns = INT64_C(3600) * NS_PER_S, day_ns = INT64_C(86400) * NS_PER_S;

void object_name_source(const char *interface, char source[KEY_TEXT_LIMIT + 1])
{
	char name[KEY_INTERFACE_MAX + 1], text[KEY_TEXT_ENCODED_SIZE + 2];
	size_t len;

	shorten(name, interface, strlen(interface), KEY_INTERFACE_MAX);
	if (strcmp(name, OBJECT_NAME_MIXED) == 0)
		len = (size_t)sprintf(text, "%%%02X%s", *name, name + 1);
	else
		len = key_text_encode(name, false, "", text);
	shorten(source, text, len, KEY_TEXT_LIMIT);
}

/* Writing. */

/* A capture of at most an hour stands with its hour, one of at most a day with its day, so that
 * whoever looks for a moment lists few folders. first: the text of FIRST. */
static void object_name_put_place(const struct object_name *name, const char *first,
				  char to[PLACE_SIZE])
{
	uint64_t span = (uint64_t)name->last_ns - (uint64_t)name->first_ns;

	if (span > (uint64_t)day_ns)
		memcpy(to, "long", sizeof("long"));
	else if (span > (uint64_t)hour_ns)
		sprintf(to, "%.4s-%.2s-%.2s/day", first, first + 4, first + 6);
	else
		sprintf(to, "%.4s-%.2s-%.2s/%.2s", first, first + 4, first + 6, first + 9);
}

void object_name_write(const struct object_name *name, char text[OBJECT_NAME_SIZE])
{
	char first[MOMENT_BASIC_LEN + 1], last[MOMENT_BASIC_LEN + 1], place[PLACE_SIZE];

	moment_write_basic(name->first_ns, first);
	moment_write_basic(name->last_ns, last);
	object_name_put_place(name, first, place);
	snprintf(text, OBJECT_NAME_SIZE, "%s/%s/%s--%s--%" PRIu64 "--%s.%s", place, name->source,
		 first, last, name->packets, name->sha256, name->type);
}

/* Reading. */

bool object_name_is_unfinished(const char *name)
{
	size_t len = strlen(name), ending = strlen(".tmp");

	return len >= ending && strcmp(name + len - ending, ".tmp") == 0;
}

/* Takes FIRST or LAST off the front of *text. */
static bool object_name_take_time(const char **text, int64_t *time_ns)
{
	char extended[MOMENT_TEXT];
	struct moment moment;
	struct error err;

	if (strnlen(*text, MOMENT_BASIC_LEN) < MOMENT_BASIC_LEN)
		return false;
	snprintf(extended, sizeof(extended), "%.4s-%.2s-%.5s:%.2s:%.13s", *text, *text + 4,
		 *text + 6, *text + 11, *text + 13);
	if (!moment_parse(extended, 0, &moment, &err))
		return false;
	*time_ns = moment.ns;
	*text += MOMENT_BASIC_LEN;
	return true;
}

static bool object_name_take_bars(const char **text)
{
	bool are = strncmp(*text, "--", 2) == 0;

	*text += are ? 2 : 0;
	return are;
}

/* Takes `len` bytes off the front of *text into `to`, which gets a NUL. */
static bool object_name_take(const char **text, size_t len, char *to, size_t size)
{
	if (len >= size || strnlen(*text, len) < len)
		return false;
	memcpy(to, *text, len);
	to[len] = '\0';
	*text += len;
	return true;
}

/* Whoever can write into an archive chooses names: no part of one may lead out of its folder. */
static bool object_name_is_part(const char *text)
{
	bool is = *text && *text != '.' && *text != '-' && !object_name_is_unfinished(text);

	for (; *text; text++)
		is = is && (key_text_is_plain(*text, false) || *text == '%' || *text == '~');
	return is;
}

static bool object_name_take_file(const char *text, struct object_name *name)
{
	char packets[DIGITS_MAX + 1];

	if (!object_name_take_time(&text, &name->first_ns) || !object_name_take_bars(&text) ||
	    !object_name_take_time(&text, &name->last_ns) || !object_name_take_bars(&text) ||
	    !object_name_take(&text, strspn(text, "0123456789"), packets, sizeof(packets)) ||
	    !object_name_take_bars(&text) ||
	    !object_name_take(&text, OBJECT_NAME_DIGITS, name->sha256, sizeof(name->sha256)) ||
	    *text++ != '.')
		return false;
	name->packets = strtoull(packets, NULL, 10);
	return name->first_ns <= name->last_ns &&
	       strspn(name->sha256, "0123456789abcdef") == OBJECT_NAME_DIGITS &&
	       object_name_take(&text, strlen(text), name->type, sizeof(name->type)) &&
	       object_name_is_part(name->type);
}

/* Takes the folders off the front of *text: only that of SOURCE says anything of its own. */
static bool object_name_take_folders(const char **text, struct object_name *name)
{
	const char *file = strrchr(*text, '/'), *source = file;

	while (source && source > *text && source[-1] != '/')
		source--;
	if (!source ||
	    !object_name_take(&source, (size_t)(file - source), name->source, sizeof(name->source)))
		return false;
	*text = file + 1;
	return object_name_is_part(name->source);
}

bool object_name_parse(const char *text, struct object_name *name, struct error *err)
{
	const char *rest = text;
	char again[OBJECT_NAME_SIZE];

	*name = (struct object_name){ 0 };
	if (!object_name_is_unfinished(text) && object_name_take_folders(&rest, name) &&
	    object_name_take_file(rest, name)) {
		object_name_write(name, again);
		if (strcmp(again, text) == 0)
			return true;
	}
	return error_set(err, "this is no name of an object of vtap-archive");
}
