/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archive/archive_place.h"

#include <stdio.h>
#include <string.h>

/* The grammar is that of fs/fspath in rclone. Returns the end of a quoted value: what follows its
 * closing quote, or NULL if there is none. A quote that is doubled stands for itself. text: behind
 * the opening quote. */
static const char *archive_place_skip_quoted(const char *text, char quote)
{
	for (; (text = strchr(text, quote)); text += 2)
		if (text[1] != quote)
			return text + 1;
	return NULL;
}

/* Returns the comma or colon behind a value, or NULL if there is none. Quotes count at the
 * beginning of a value alone. */
static const char *archive_place_skip_value(const char *text)
{
	if (*text == '"' || *text == '\'')
		text = archive_place_skip_quoted(text + 1, *text);
	else
		text += strcspn(text, ",:");
	return text && (*text == ',' || *text == ':') ? text : NULL;
}

/* Returns what is behind the name of a setting, or NULL if there is none. */
static const char *archive_place_skip_setting_name(const char *text)
{
	size_t len = strspn(text, "0123456789_abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return len > 0 ? text + len : NULL;
}

/* Returns the colon behind the settings, or NULL if they are none. text: behind the first comma. */
static const char *archive_place_skip_settings(const char *text)
{
	for (; (text = archive_place_skip_setting_name(text)); text++) {
		if (*text == '=')
			text = archive_place_skip_value(text + 1);
		if (!text || *text != ',')
			break;
	}
	return text && *text == ':' ? text : NULL;
}

/* Values may hold slashes, so a slash before a colon makes no folder of a connection string. */
static bool archive_place_is_remote(const char *text)
{
	const char *first = text + strcspn(text, ",:/");

	return *text == ':' || strcspn(text, ":") < strcspn(text, "/") ||
	       (*first == ',' && archive_place_skip_settings(first + 1));
}

static bool archive_place_take_name(const char *name, size_t len, struct archive_place *place,
				    struct error *err)
{
	if (len == 0 || *name == '-' || memchr(name, '/', len))
		return error_usage(err, "%s: this is no name of a remote", place->text);
	if (len >= sizeof(place->name))
		return error_usage(err, "%s: the name of the remote has more than %zu bytes",
				   place->text, sizeof(place->name) - 1);
	memcpy(place->name, name, len);
	place->name[len] = '\0';
	return true;
}

bool archive_place_parse(const char *text, struct archive_place *place, struct error *err)
{
	const char *name = text + (*text == ':'), *end = name + strcspn(name, ",:");

	*place = (struct archive_place){ .text = text, .settings = "", .path = "" };
	if (!*text)
		return error_usage(err, "expected a folder, or REMOTE:PATH of rclone");
	place->remote = *text == ':' || (strchr(text, ':') && archive_place_is_remote(text));
	if (!place->remote)
		return true;
	place->backend = *text == ':';
	place->connection = place->backend || *end == ',';
	if (!archive_place_take_name(name, (size_t)(end - name), place, err))
		return false;
	if (*end == ',') {
		place->settings = end + 1;
		end = archive_place_skip_settings(end + 1);
		place->settings_len = end ? (size_t)(end - place->settings) : 0;
	}
	if (!end || *end != ':')
		return error_usage(err, "%s: this is no connection string of rclone's", text);
	place->path = end + 1;
	return true;
}

/* Copies a value without its quotes. end: behind it. */
static void archive_place_copy_value(const char *from, const char *end, char *value, size_t size)
{
	char quote = '\0';
	size_t len = 0;

	if (from < end && (*from == '"' || *from == '\''))
		quote = *from++;
	for (; from < end && len + 1 < size; from++) {
		if (quote && *from == quote && (from + 1 == end || *++from != quote))
			break;
		value[len++] = *from;
	}
	value[len] = '\0';
}

const char *archive_place_setting(const struct archive_place *place, const char **at,
				  size_t *name_len, char *value, size_t size)
{
	const char *name = *at ? *at : place->settings, *last = place->settings, *end, *from;

	last += place->settings_len;
	end = name < last ? archive_place_skip_setting_name(name) : NULL;
	if (!end)
		return NULL;
	*name_len = (size_t)(end - name);
	if (*end != '=') {
		snprintf(value, size, "true");
		*at = end + 1;
		return name;
	}
	from = end + 1;
	end = archive_place_skip_value(from);
	if (!end)
		return NULL;
	archive_place_copy_value(from, end, value, size);
	*at = end + 1;
	return name;
}
