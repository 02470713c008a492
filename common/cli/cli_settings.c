/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli_settings.h"

#include <stdlib.h>
#include <string.h>

/* Returns true if one name is the other one with "no-" in front. */
static bool cli_settings_negates(const char *name, const char *other)
{
	return strncmp(name, "no-", 3) == 0 && strcmp(name + 3, other) == 0;
}

static bool cli_settings_are_pair(const struct cli_option *one, const struct cli_option *other)
{
	return cli_settings_negates(one->name, other->name) ||
	       cli_settings_negates(other->name, one->name);
}

/* Removes what a setting of the option undoes. whole: also settings of the option itself. */
static void cli_settings_drop(struct cli_settings *settings, const struct cli_option *option,
			      bool whole)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < settings->count; i++) {
		const struct cli_option *other = settings->list[i].option;

		if (!cli_settings_are_pair(other, option) && !(whole && other == option))
			settings->list[kept++] = settings->list[i];
	}
	settings->count = kept;
}

bool cli_settings_add(struct cli_settings *settings, struct cli_setting setting, struct error *err)
{
	enum { FIRST_ROOM = 16 };
	unsigned room = settings->room ? 2 * settings->room : FIRST_ROOM;

	if (settings->count == settings->room) {
		struct cli_setting *list = reallocarray(settings->list, room, sizeof(*list));

		if (!list)
			return error_errno(err, "options");
		settings->list = list;
		settings->room = room;
	}
	/* There may be thousands of inputs, and what can be repeated has no pair. */
	if (!(setting.option->group & CLI_REPEATS))
		cli_settings_drop(settings, setting.option, false);
	settings->list[settings->count++] = setting;
	return true;
}

char *cli_settings_copy(struct cli_settings *settings, const char *text, size_t len)
{
	char *copy = arena_take(&settings->text, len + 1, 1);

	if (copy)
		memcpy(copy, text, len);
	return copy;
}

const struct cli_setting *cli_settings_find(const struct cli_settings *settings,
					    const struct cli_option *option)
{
	for (unsigned i = 0; i < settings->count; i++)
		if (settings->list[i].option == option)
			return &settings->list[i];
	return NULL;
}

bool cli_settings_override(struct cli_settings *settings, const struct cli_settings *by,
			   struct error *err)
{
	for (unsigned i = 0; i < by->count; i++)
		if (i == 0 || by->list[i].option != by->list[i - 1].option)
			cli_settings_drop(settings, by->list[i].option, true);
	for (unsigned i = 0; i < by->count; i++)
		if (!cli_settings_add(settings, by->list[i], err))
			return false;
	return true;
}

/* Of an option that is not repeatable the last setting counts. */
static unsigned cli_settings_next(const struct cli_settings *settings, unsigned from,
				  const struct cli_option *option)
{
	unsigned found = settings->count;

	for (unsigned i = from; i < settings->count; i++) {
		if (settings->list[i].option != option)
			continue;
		found = i;
		if (option->group & CLI_REPEATS)
			break;
	}
	return found;
}

static bool cli_settings_same_value(const char *one, const char *other)
{
	return one && other ? strcmp(one, other) == 0 : one == other;
}

static bool cli_settings_agree(const struct cli_settings *one, const struct cli_settings *other,
			       const struct cli_option *option)
{
	unsigned i = cli_settings_next(one, 0, option);
	unsigned k = cli_settings_next(other, 0, option);

	while (i < one->count && k < other->count) {
		if (!cli_settings_same_value(one->list[i].value, other->list[k].value))
			return false;
		i = cli_settings_next(one, i + 1, option);
		k = cli_settings_next(other, k + 1, option);
	}
	return i == one->count && k == other->count;
}

static bool cli_settings_is_among(const char *const *names, const char *name)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names;
}

const char *cli_settings_difference(const struct cli_settings *one,
				    const struct cli_settings *other, const char *const *may_change)
{
	const struct cli_settings *lists[2] = { one, other };

	for (unsigned l = 0; l < 2; l++)
		for (unsigned i = 0; i < lists[l]->count; i++) {
			const struct cli_option *option = lists[l]->list[i].option;

			if (!cli_settings_is_among(may_change, option->name) &&
			    !cli_settings_agree(one, other, option))
				return option->name;
		}
	return NULL;
}

void cli_settings_free(struct cli_settings *settings)
{
	free(settings->list);
	arena_free(&settings->text);
	*settings = (struct cli_settings){ 0 };
}
