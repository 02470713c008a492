/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of options that are not there: what does it here, or which one was meant. */
#include <ctype.h>
#include <string.h>

#include "base/similar.h"
#include "cli/cli_internal.h"

/* Counts the names that begin with len bytes of text; *found is the last of them. */
static unsigned cli_unknown_beginnings(const struct cli_rows *rows, const char *text, size_t len,
				       const char **found)
{
	unsigned count = 0;

	for (unsigned i = 0; i < rows->count; i++) {
		if (strncmp(rows->row[i]->name, text, len) != 0)
			continue;
		*found = rows->row[i]->name;
		count++;
	}
	return count;
}

/* Sets err to the hint for an option that is not there, as typed, if there is one. */
static bool cli_unknown_find_hint(const struct cli *cli, const char *word, struct error *err)
{
	static const struct cli_hint every[] = { { "--json", "--stats - prints JSON" }, { 0 } };
	const struct cli_hint *tables[2] = { cli->hints, every };
	size_t len = strcspn(word, "=");

	for (unsigned t = 0; t < 2; t++)
		for (const struct cli_hint *hint = tables[t]; hint && hint->option; hint++)
			if (strlen(hint->option) == len && memcmp(hint->option, word, len) == 0)
				return !error_usage(err, "unknown option %s: %s", hint->option,
						    hint->hint);
	return false;
}

/* Returns the name that is near to len bytes of text, or NULL. */
static const char *cli_unknown_meant(const struct cli_rows *rows, const char *text, size_t len)
{
	struct similar similar = similar_to(text, len);

	for (unsigned i = 0; i < rows->count; i++)
		similar_offer(&similar, rows->row[i]->name);
	return similar.best;
}

bool cli_unknown_word(const struct cli *cli, const struct cli_rows *rows, int letter,
		      const char *word, struct error *err)
{
	const char typed[] = { '-', isprint(letter) ? (char)letter : '?', '\0' };
	const char *name = word + strspn(word, "-"), *meant;
	size_t len = strcspn(name, "=");

	if (cli_unknown_find_hint(cli, letter ? typed : word, err))
		return false;
	if (letter)
		return error_usage(err, "unknown option %s", typed);
	if (strncmp(word, "--", 2) == 0 && cli_unknown_beginnings(rows, name, len, &meant) > 1)
		return error_usage(err, "%s is ambiguous", word);
	meant = cli_unknown_meant(rows, name, len);
	if (meant)
		return error_usage(err, "unknown option --%.*s: did you mean --%s?", (int)len, name,
				   meant);
	return error_usage(err, "unknown option --%s", name);
}

static const struct cli_option *cli_unknown_letter(const struct cli_rows *rows, const char *name,
						   size_t len)
{
	for (unsigned i = 0; len == 1 && i < rows->count; i++)
		if (rows->row[i]->letter == *name)
			return rows->row[i];
	return NULL;
}

bool cli_unknown_name(const struct cli_rows *rows, const char *name, size_t len, struct error *err)
{
	enum { SHOWN_MAX = 64 };
	int shown = len < SHOWN_MAX ? (int)len : SHOWN_MAX;
	const struct cli_option *option = cli_unknown_letter(rows, name, len);
	const char *meant = NULL;

	if (option)
		meant = option->name;
	else if (len == 0 || cli_unknown_beginnings(rows, name, len, &meant) != 1)
		meant = cli_unknown_meant(rows, name, len);
	if (meant)
		return error_set(err, "unknown option %.*s: did you mean %s?", shown, name, meant);
	return error_set(err, "unknown option %.*s%s", shown, name,
			 memchr(name, ' ', len) ? ": a line is option = value" : "");
}
