/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads files of --config. The rows of the command line are those of a file, too. */
#include <errno.h>
#include <string.h>

#include "cli/cli_internal.h"

static bool cli_config_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes blanks off both ends. */
static void cli_config_trim(const char **text, size_t *len)
{
	while (*len > 0 && cli_config_is_blank(**text)) {
		++*text;
		--*len;
	}
	while (*len > 0 && cli_config_is_blank((*text)[*len - 1]))
		--*len;
}

/* Returns the length of what stands in front of a comment. */
static size_t cli_config_uncomment(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '#' && (i == 0 || cli_config_is_blank(text[i - 1])))
			return i;
	return len;
}

bool cli_config_split(const char *text, size_t len, struct cli_config_line *line)
{
	const char *equals;

	if (len > 0 && text[len - 1] == '\r')
		len--;
	len = cli_config_uncomment(text, len);
	cli_config_trim(&text, &len);
	if (len == 0)
		return false;
	*line = (struct cli_config_line){ .name = text, .name_len = len };
	equals = memchr(text, '=', len);
	if (!equals)
		return true;
	line->name_len = (size_t)(equals - text);
	line->value = equals + 1;
	line->value_len = len - line->name_len - 1;
	cli_config_trim(&line->name, &line->name_len);
	cli_config_trim(&line->value, &line->value_len);
	return true;
}

/* A file that is being read. */
struct cli_config {
	const char *file;
	const struct cli *cli;
	const struct cli_rows *rows;
	struct cli_settings *settings;
	unsigned number; /* of the line, from 1 on */
};

static bool cli_config_is_named(const struct cli_option *option, const struct cli_config_line *line)
{
	return strlen(option->name) == line->name_len &&
	       memcmp(option->name, line->name, line->name_len) == 0;
}

static const struct cli_option *cli_config_find(const struct cli_config *config,
						const struct cli_config_line *line)
{
	const struct cli_option *expression = config->cli->expression;

	for (const struct cli_option *word = config->cli->words; word && word->name; word++)
		if (cli_config_is_named(word, line))
			return word;
	for (unsigned i = 0; i < config->rows->count; i++)
		if (cli_config_is_named(config->rows->row[i], line))
			return config->rows->row[i];
	return expression && cli_config_is_named(expression, line) ? expression : NULL;
}

/* A line that stands twice is most often a mistake: which one was meant to count? */
static bool cli_config_check_once(const struct cli_config *config, const struct cli_option *option,
				  struct error *err)
{
	const struct cli_setting *before = cli_settings_find(config->settings, option);

	return option->group & CLI_REPEATS || !before ||
	       error_set(err, "%s: stands in line %u, too", option->name, before->line);
}

static bool cli_config_check(const struct cli_config *config, const struct cli_option *option,
			     const struct cli_config_line *line, struct error *err)
{
	if (!option->set || option->group & (CLI_FIRST | CLI_INSTEAD))
		return error_set(err, "%s: is for the command line only", option->name);
	if (line->value && !option->metavar)
		return error_set(err, "%s: takes no value", option->name);
	if (!line->value && option->metavar)
		return error_set(err, "%s: expected a value", option->name);
	return cli_config_check_once(config, option, err);
}

static bool cli_config_take(struct cli_config *config, const struct cli_config_line *line,
			    struct error *err)
{
	const struct cli_option *option = cli_config_find(config, line);
	struct cli_setting setting = { .option = option, .line = config->number };

	if (line->name_len == 0)
		return error_set(err, "expected the name of an option in front of '='");
	if (!option)
		return cli_unknown_name(config->rows, line->name, line->name_len, err);
	if (!cli_config_check(config, option, line, err))
		return false;
	if (line->value) {
		setting.value = cli_settings_copy(config->settings, line->value, line->value_len);
		if (!setting.value)
			return error_errno(err, "%s", option->name);
	}
	return cli_settings_add(config->settings, setting, err);
}

/* Reads a line without its end into text, of CLI_CONFIG_LINE_MAX bytes. Returns false at the end of
 * the file, and sets err then if the file is wrong. */
static bool cli_config_get(const struct cli_config *config, FILE *from, char *text, size_t *len,
			   struct error *err)
{
	int c = getc_unlocked(from);

	*len = 0;
	if (c == EOF)
		return false;
	for (; c != EOF && c != '\n'; c = getc_unlocked(from)) {
		if (c == '\0')
			return error_set(err, "line %u has a NUL byte", config->number);
		if (*len == CLI_CONFIG_LINE_MAX)
			return error_set(err, "line %u is longer than 64 KiB", config->number);
		text[(*len)++] = (char)c;
	}
	return true;
}

static bool cli_config_read_lines(struct cli_config *config, FILE *from, struct error *err)
{
	char text[CLI_CONFIG_LINE_MAX];
	struct cli_config_line line;
	size_t len;

	err->text[0] = '\0';
	for (config->number = 1; cli_config_get(config, from, text, &len, err); config->number++)
		if (cli_config_split(text, len, &line) && !cli_config_take(config, &line, err))
			return error_wrap(err, "%s:%u", config->file, config->number);
	if (ferror(from))
		return error_errno(err, "%s", config->file);
	return !err->text[0] || error_wrap(err, "%s", config->file);
}

bool cli_config_read(const char *file, const struct cli *cli, const struct cli_rows *rows,
		     struct cli_settings *settings, struct error *err)
{
	struct cli_config config = { .file = file, .cli = cli, .rows = rows, .settings = settings };
	FILE *from = fopen(file, "re");
	bool good = from ? cli_config_read_lines(&config, from, err) : error_errno(err, "%s", file);

	if (from)
		fclose(from);
	if (good)
		return true;
	err->usage = err->number != ENOMEM;
	err->in_file = true;
	return false;
}
