/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source_names.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "key/shorten.h"

/* Names of objects that a pattern without signs stands for, and `mixed` once. */
enum { SPELLED_OF_ONE = 2, SOURCE_SIZE = KEY_TEXT_LIMIT + 1 };

static const char none[] = "none"; /* SOURCE where nothing told */

bool source_names_add(struct source_names *names, const char *pattern, struct error *err)
{
	const char **grown = realloc(names->pattern, (names->count + 1) * sizeof(*grown));

	if (!grown)
		return error_errno(err, "--source");
	names->pattern = grown;
	names->pattern[names->count++] = pattern;
	return true;
}

static bool source_names_has_signs(const char *pattern)
{
	return strpbrk(pattern, "*?[\\") != NULL;
}

static bool source_names_are_spelled_out(const struct source_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (source_names_has_signs(names->pattern[i]))
			return false;
	return names->count > 0;
}

/* An interface that is called `none` is encoded, but a capture of which nothing tells is not. */
static size_t source_names_fill(struct source_names *names)
{
	size_t count = 0;

	for (size_t i = 0; i < names->count; i++) {
		char *source = names->encoded + i * SOURCE_SIZE;

		object_name_source(names->pattern[i], source);
		names->spelled[count++] = source;
		if (strcmp(names->pattern[i], none) == 0)
			names->spelled[count++] = none;
	}
	names->spelled[count++] = OBJECT_NAME_MIXED;
	return count;
}

bool source_names_spell(struct source_names *names, const char *const **spelled, size_t *count,
			struct error *err)
{
	*spelled = NULL;
	*count = 0;
	if (!source_names_are_spelled_out(names))
		return true;
	free(names->encoded);
	free(names->spelled);
	names->encoded = calloc(names->count, SOURCE_SIZE);
	names->spelled = calloc(SPELLED_OF_ONE * names->count + 1, sizeof(*names->spelled));
	if (!names->encoded || !names->spelled)
		return error_errno(err, "--source");
	*count = source_names_fill(names);
	*spelled = names->spelled;
	return true;
}

static bool source_names_is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

static char source_names_byte(const char *hex)
{
	char digits[3] = { hex[0], hex[1], '\0' };

	return (char)strtoul(digits, NULL, 16);
}

/* key_text_encode() keeps no `~`, so that one is the mark of a name that was cut. */
bool source_names_decode(const char *source, char name[KEY_TEXT_LIMIT + 1])
{
	size_t len = 0;
	bool whole = true;

	for (; *source && len < KEY_TEXT_LIMIT; source++) {
		whole = whole && *source != '~';
		if (*source == '%' && source_names_is_hex(source[1]) &&
		    source_names_is_hex(source[2])) {
			name[len++] = source_names_byte(source + 1);
			source += 2;
		} else {
			name[len++] = *source;
		}
	}
	name[len] = '\0';
	return whole;
}

bool source_names_want(const struct source_names *names, const char *interface)
{
	for (size_t i = 0; i < names->count; i++)
		if (fnmatch(names->pattern[i], interface, 0) == 0)
			return true;
	return names->count == 0;
}

/* Whoever copies a name from a listing that was cut gets what it stands for, too. */
enum source_names_verdict source_names_judge(const struct source_names *names, const char *source)
{
	char name[KEY_TEXT_LIMIT + 1];
	bool whole = source_names_decode(source, name);

	if (names->count == 0)
		return SOURCE_NAMES_ALL;
	if (strcmp(source, OBJECT_NAME_MIXED) == 0)
		return SOURCE_NAMES_EACH;
	if (source_names_want(names, name))
		return SOURCE_NAMES_ALL;
	return whole ? SOURCE_NAMES_NONE : SOURCE_NAMES_EACH;
}

void source_names_free(struct source_names *names)
{
	free(names->pattern);
	free(names->encoded);
	free(names->spelled);
	*names = (struct source_names){ 0 };
}
