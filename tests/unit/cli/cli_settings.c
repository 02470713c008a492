/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of options: pairs, what replaces what, and what differs. */
#include "cli/cli_settings.h"

#include <string.h>

#include "lib/tap.h"

static const struct cli_option rows[] = {
	{ .name = "follow" },
	{ .name = "no-follow" },
	{ .name = "snaplen", .metavar = "LEN" },
	{ .name = "to", .metavar = "URI", .group = CLI_REPEATS },
	{ .name = "no-more" },
};

enum { FOLLOW, NO_FOLLOW, SNAPLEN, TO, NO_MORE };

static struct error err;

static void add(struct cli_settings *settings, unsigned row, const char *value)
{
	const struct cli_setting setting = { .option = &rows[row], .value = value };

	ok(cli_settings_add(settings, setting, &err), "%s is added", rows[row].name);
}

/* The list as "name=value name ...". */
static void is_list(const struct cli_settings *settings, const char *want, const char *what)
{
	char text[512] = "";

	for (unsigned i = 0; i < settings->count; i++) {
		const struct cli_setting *s = &settings->list[i];
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used, "%s%s%s%s", i ? " " : "",
			 s->option->name, s->value ? "=" : "", s->value ? s->value : "");
	}
	is_str(text, want, what);
}

static void test_pairs(void)
{
	struct cli_settings list = { 0 };

	add(&list, FOLLOW, NULL);
	add(&list, NO_MORE, NULL);
	add(&list, NO_FOLLOW, NULL);
	is_list(&list, "no-more no-follow", "of a pair the later one is left");
	add(&list, FOLLOW, NULL);
	is_list(&list, "no-more follow", "... whichever it is");
	ok(cli_settings_find(&list, &rows[FOLLOW]) == &list.list[1] &&
		   !cli_settings_find(&list, &rows[NO_FOLLOW]),
	   "what is there is found");
	cli_settings_free(&list);
}

static void test_override(void)
{
	struct cli_settings file = { 0 }, line = { 0 };

	add(&file, TO, "a");
	add(&file, SNAPLEN, "5");
	add(&file, TO, "b");
	add(&file, FOLLOW, NULL);
	add(&line, TO, "c");
	add(&line, NO_FOLLOW, NULL);
	add(&line, TO, "d");
	ok(cli_settings_override(&file, &line, &err), "a command line over a file");
	is_list(&file, "snaplen=5 to=c no-follow to=d", "... replaces all of a name, and pairs");
	for (unsigned i = 0; i < 40; i++)
		add(&file, TO, "e");
	is_u64(file.count, 44, "lists grow");
	cli_settings_free(&file);
	cli_settings_free(&line);
	is_u64(file.count, 0, "... and can be freed");
}

static void is_difference(const struct cli_settings *one, const struct cli_settings *other,
			  const char *want, const char *what)
{
	static const char *const may_change[] = { "snaplen", NULL };
	const char *found = cli_settings_difference(one, other, may_change);
	const char *back = cli_settings_difference(other, one, may_change);

	is_str(found ? found : "none", want, what);
	is_str(back ? back : "none", want, "... from either side");
}

static void test_difference(void)
{
	struct cli_settings one = { 0 }, other = { 0 };
	char own[] = "a";

	is_difference(&one, &other, "none", "empty lists agree");
	add(&one, TO, "a");
	is_difference(&one, &other, "to", "an option that one has");
	add(&other, SNAPLEN, "6");
	add(&other, TO, own);
	is_difference(&one, &other, "none", "equal values, and one that may change");
	add(&one, TO, "b");
	is_difference(&one, &other, "to", "a value more");
	add(&other, TO, "c");
	is_difference(&one, &other, "to", "another value");
	cli_settings_free(&one);
	cli_settings_free(&other);
	add(&one, FOLLOW, NULL);
	add(&one, FOLLOW, NULL);
	add(&other, FOLLOW, NULL);
	is_difference(&one, &other, "none", "a flag twice is a flag");
	add(&other, NO_FOLLOW, NULL);
	is_str(cli_settings_difference(&one, &other, (const char *const[]){ "follow", NULL }),
	       "no-follow", "a flag in the place of another");
	cli_settings_free(&one);
	cli_settings_free(&other);
}

static void test_copy(void)
{
	struct cli_settings list = { 0 };
	char text[] = "value of a line";
	char *copy = cli_settings_copy(&list, text, 5);

	memset(text, 'x', sizeof(text) - 1);
	is_str(copy, "value", "a copy of some bytes is a string");
	is_str(cli_settings_copy(&list, "", 0), "", "... of none, too");
	cli_settings_free(&list);
}

int main(void)
{
	test_pairs();
	test_override();
	test_difference();
	test_copy();
	return tap_done();
}
