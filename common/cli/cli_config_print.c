/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints options in the form of a file of --config. */
#include <string.h>

#include "cli/cli_internal.h"

/* Returns true if the form of a file can say the setting: reading its line would give it back. */
static bool cli_config_can_say(const struct cli_setting *setting)
{
	char text[CLI_CONFIG_LINE_MAX + 1];
	struct cli_config_line line;
	size_t value_len = setting->value ? strlen(setting->value) : 0;
	int len;

	if (!setting->value)
		return true;
	len = snprintf(text, sizeof(text), "%s = %s", setting->option->name, setting->value);
	return len <= CLI_CONFIG_LINE_MAX && !strchr(setting->value, '\n') &&
	       cli_config_split(text, (size_t)len, &line) && line.value &&
	       line.value_len == value_len && memcmp(line.value, setting->value, value_len) == 0;
}

/* Of an option that is not repeatable, the last setting counts. */
static bool cli_config_counts(const struct cli_settings *settings, unsigned i)
{
	const struct cli_option *option = settings->list[i].option;

	for (unsigned k = i + 1; k < settings->count && !(option->group & CLI_REPEATS); k++)
		if (settings->list[k].option == option)
			return false;
	return true;
}

static void cli_config_print_option(FILE *to, const struct cli_settings *settings,
				    const struct cli_option *option)
{
	for (unsigned i = 0; i < settings->count; i++) {
		const struct cli_setting *setting = &settings->list[i];

		if (setting->option != option || !cli_config_counts(settings, i))
			continue;
		fputs(option->name, to);
		if (setting->value)
			fprintf(to, " =%s%s", *setting->value ? " " : "", setting->value);
		putc('\n', to);
	}
}

bool cli_config_print(FILE *to, const struct cli *cli, const struct cli_rows *rows,
		      const struct cli_settings *settings, struct error *err)
{
	const struct cli_option *inputs = NULL;

	for (unsigned i = 0; i < settings->count; i++)
		if (cli_config_counts(settings, i) && !cli_config_can_say(&settings->list[i]))
			return error_set(
				err,
				"--print-config: %s: a file cannot say this value: a "
				"newline, a blank at an end or '#' behind a blank is in it",
				settings->list[i].option->name);
	for (unsigned i = 0; i < rows->count; i++) {
		if (strcmp(rows->row[i]->name, "read") == 0)
			inputs = rows->row[i];
		else
			cli_config_print_option(to, settings, rows->row[i]);
	}
	if (inputs)
		cli_config_print_option(to, settings, inputs);
	for (unsigned i = 0; i < cli_words_count(cli); i++)
		cli_config_print_option(to, settings, &cli->words[i]);
	if (cli->expression)
		cli_config_print_option(to, settings, cli->expression);
	return true;
}
