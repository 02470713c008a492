/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli_choice.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "cli/tool.h"

bool cli_choice_set_filter(void *config, const char *value, struct error *err)
{
	((struct cli_common *)config)->choice.filter = value;
	return *value || error_set(err, "expected an expression of pcap-filter(7)");
}

bool cli_choice_set_since(void *config, const char *value, struct error *err)
{
	struct cli_choice *choice = &((struct cli_common *)config)->choice;

	choice->has_since = true;
	return moment_parse(value, clock_ns(CLOCK_REALTIME), &choice->since, err);
}

bool cli_choice_set_until(void *config, const char *value, struct error *err)
{
	struct cli_choice *choice = &((struct cli_common *)config)->choice;

	choice->has_until = true;
	return moment_parse(value, clock_ns(CLOCK_REALTIME), &choice->until, err);
}

static void cli_choice_tell(const void *tool, uint32_t linktype, const struct error *why)
{
	tool_say(tool, "packets of link type %" PRIu32 " match nothing: %s", linktype, why->text);
}

bool cli_choice_check(const struct cli_choice *choice, struct error *err)
{
	const struct moment *since = &choice->since, *until = &choice->until;

	return !choice->has_since || !choice->has_until ||
	       since->behind_first != until->behind_first || since->ns < until->ns ||
	       error_usage(err, "--since is not before --until: no packet is between them");
}

bool cli_choice_open(const struct cli_common *common, const char *tool, struct choice **choice,
		     struct error *err)
{
	const struct cli_choice *given = &common->choice;
	const struct choice_config config = { .expression = given->filter,
					      .since = given->has_since ? &given->since : NULL,
					      .until = given->has_until ? &given->until : NULL,
					      .tell = common->quiet ? NULL : cli_choice_tell,
					      .tell_arg = tool };

	*choice = NULL;
	if (!given->filter && !given->has_since && !given->has_until)
		return true;
	if (!cli_choice_check(given, err))
		return false;
	*choice = choice_new(&config, err);
	if (*choice)
		return true;
	return given->filter && err->usage ? error_wrap(err, "-f '%s'", given->filter) : false;
}

unsigned cli_choice_needs(const struct cli_common *common)
{
	return common->choice.filter ? SANDBOX_NAMES : 0;
}

/* Appends to a text which times the packets had, if they had any. */
static void cli_choice_add_span(const struct choice *choice, char *text, size_t size)
{
	char earliest[MOMENT_TEXT], latest[MOMENT_TEXT];
	int64_t earliest_ns, latest_ns;
	size_t used = strlen(text);

	if (!choice_span(choice, &earliest_ns, &latest_ns))
		return;
	moment_write(earliest_ns, earliest);
	moment_write(latest_ns, latest);
	snprintf(text + used, size - used, "; the packets are from %s to %s", earliest, latest);
}

/* Appends what was left out, and why. */
static void cli_choice_add_left_out(char *text, uint64_t count, const char *why)
{
	char number[HUMAN_SIZE];
	size_t used = strlen(text);

	if (count > 0)
		snprintf(text + used, CLI_CHOICE_SAID - used, "%s%s %s",
			 text[used - 1] == ' ' ? "" : ", ", human_count(number, count), why);
}

void cli_choice_say_none(const struct choice *choice, uint64_t filtered, uint64_t out_of_time,
			 const char *sees, char text[CLI_CHOICE_SAID])
{
	size_t used;

	snprintf(text, CLI_CHOICE_SAID, "no packet is left: ");
	cli_choice_add_left_out(text, filtered, "do not match -f");
	cli_choice_add_left_out(text, out_of_time, "are not within --since and --until");
	used = strlen(text);
	if (sees && filtered > 0)
		snprintf(text + used, CLI_CHOICE_SAID - used, "; %s", sees);
	if (out_of_time > 0)
		cli_choice_add_span(choice, text, CLI_CHOICE_SAID);
}
