/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stat_by.h"

#include <stdio.h>
#include <string.h>

static bool stat_by_word(const char *list, const char *word, const char **rest)
{
	size_t len = strlen(word);

	*rest = list + len;
	return strncmp(list, word, len) == 0 && (list[len] == '\0' || list[len] == ',');
}

/* What stands in front of `flow`. */
static bool stat_by_parse_keys(struct stat_by *by, const char *list, size_t len, struct error *err)
{
	char keys[256];

	if (len >= sizeof(keys))
		return error_usage(err, "expected each key once");
	memcpy(keys, list, len);
	keys[len] = '\0';
	if (!key_parse(&by->spec, keys, err))
		return false;
	if (key_find(&by->spec, "flow", 4) >= 0)
		return error_usage(err, "expected flow as the last key");
	return true;
}

bool stat_by_parse(struct stat_by *by, const char *list, struct error *err)
{
	size_t len;
	const char *rest;

	if (strcmp(list, "flow") == 0)
		list = "source,flow";
	len = strlen(list);
	*by = (struct stat_by){ .list = list };
	if (len > 5 && strcmp(list + len - 5, ",flow") == 0) {
		by->flow = true;
		len -= 5;
	}
	if (!stat_by_word(list, "none", &rest))
		return stat_by_parse_keys(by, list, len, err);
	return rest == list + len ||
	       error_usage(err, "expected none alone or in front of flow: it joins all keys");
}
