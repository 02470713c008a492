/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cli/cli_internal.h"
#include "cli/cli_operands.h"

/* getopt_long() returns FIRST_LONG + i for the long name of row i. */
enum { FIRST_LONG = 256 };

static int by_key(const void *left, const void *right)
{
	const struct cli_option *a = *(const struct cli_option *const *)left;
	const struct cli_option *b = *(const struct cli_option *const *)right;
	const char letters[2][2] = { { a->letter }, { b->letter } };
	const char *key_a = a->letter ? letters[0] : a->name;
	const char *key_b = b->letter ? letters[1] : b->name;
	int order = strcasecmp(key_a, key_b);

	return order ? order : strcmp(key_a, key_b);
}

static const struct cli_option *cli_find_name(const struct cli_rows *rows, const char *name)
{
	for (unsigned i = 0; i < rows->count; i++)
		if (strcmp(rows->row[i]->name, name) == 0)
			return rows->row[i];
	return NULL;
}

static void cli_gather_rows(struct cli_rows *rows, const struct cli *cli)
{
	const struct cli_option *tables[2] = { cli->options, cli_common_options };

	rows->count = 0;
	for (unsigned t = 0; t < 2; t++)
		for (const struct cli_option *o = tables[t]; o && o->name; o++)
			if (!(o->group & cli->without) && !cli_find_name(rows, o->name) &&
			    rows->count < CLI_OPTIONS_MAX)
				rows->row[rows->count++] = o;
	qsort(rows->row, rows->count, sizeof(rows->row[0]), by_key);
}

static const struct cli_option *cli_find_option(const struct cli_rows *rows, int value)
{
	if (value >= FIRST_LONG)
		return rows->row[value - FIRST_LONG];
	for (unsigned i = 0; i < rows->count; i++)
		if (rows->row[i]->letter == value)
			return rows->row[i];
	return NULL;
}

/* --help and --version are data that the user asked for, so they go to standard output. value: what
 * getopt_long() returned for the option: 'h' for -h, but not for --help. */
static enum cli_result cli_answer(FILE *to, const struct cli_option *option, int value,
				  const struct cli *cli, const struct cli_rows *rows,
				  struct error *err)
{
	if (value == 'h')
		cli_help_print_usual(to, cli, rows);
	else if (option->letter == 'h')
		cli_help_print(to, cli, rows);
	else
		cli_version_print(to, cli->tool);
	/* A write may have failed earlier, if the text is longer than the buffer. */
	if (fflush(to) == 0 && !ferror(to))
		return CLI_DONE;
	error_errno(err, "standard output");
	return CLI_ERROR;
}

/* The rows as getopt_long() takes them: an array of long names, a string of letters. */
struct getopt_tables {
	struct option longs[CLI_OPTIONS_MAX + 1];
	char shorts[2 * CLI_OPTIONS_MAX + 2];
};

static void build_tables(struct getopt_tables *tables, const struct cli_rows *rows)
{
	char *end = tables->shorts;

	*end++ = ':';
	for (unsigned i = 0; i < rows->count; i++) {
		const struct cli_option *o = rows->row[i];

		tables->longs[i] = (struct option){
			.name = o->name,
			.has_arg = o->metavar ? required_argument : no_argument,
			.val = FIRST_LONG + (int)i,
		};
		if (o->letter)
			*end++ = o->letter;
		if (o->letter && o->metavar)
			*end++ = ':';
	}
}

/* Writes the option as the user did, by letter or by name; an operand as the usage line does. */
static void cli_label(const struct cli_option *option, int value, char *text, size_t size)
{
	if (value >= FIRST_LONG)
		snprintf(text, size, "--%s", option->name);
	else if (!option->letter)
		snprintf(text, size, "%s", option->metavar);
	else
		snprintf(text, size, "-%c", option->letter);
}

/* why: what getopt_long() returned, and value: what it set optopt to. */
static bool cli_refuse_value(const struct cli_option *option, int why, int value, struct error *err)
{
	char name[64];

	cli_label(option, value, name, sizeof(name));
	if (why == ':')
		return error_usage(err, "%s: expected a value, %s", name, option->metavar);
	return error_usage(err, "%s takes no value", name);
}

static bool cli_apply(const struct cli_setting *setting, struct cli_common *common,
		      struct error *err)
{
	const struct cli_option *option = setting->option;
	char name[64];

	if (option->set(common, setting->value, err))
		return true;
	cli_label(option, setting->how, name, sizeof(name));
	if (setting->line != 0)
		error_wrap(err, "%s:%u: %s", common->config, setting->line, option->name);
	else if (setting->value)
		error_wrap(err, "%s '%s'", name, setting->value);
	else
		error_wrap(err, "%s", name);
	err->usage = err->number != ENOMEM;
	err->in_file = setting->line != 0;
	return false;
}

/* A command line that is being parsed, and what it is parsed into. */
struct cli_parser {
	const struct cli *cli;
	struct cli_common *common;
	struct cli_rows rows;
	struct cli_settings given; /* by the command line */
	char **operands;	   /* operand_count words of the command line */
	int operand_count;
};

static bool cli_take_option(struct cli_parser *parser, const struct cli_option *option, int value,
			    struct error *err)
{
	const struct cli_setting setting = { .option = option, .value = optarg, .how = value };

	if (option->group & CLI_FIRST)
		return cli_apply(&setting, parser->common, err);
	return cli_settings_add(&parser->given, setting, err);
}

/* value: what getopt_long() returned in place of an option. */
static enum cli_result cli_refuse(const struct cli_parser *parser, int value, const char *word,
				  struct error *err)
{
	const struct cli_option *option = optopt ? cli_find_option(&parser->rows, optopt) : NULL;

	if (option)
		cli_refuse_value(option, value, optopt, err);
	else
		cli_unknown_word(parser->cli, &parser->rows, optopt, word, err);
	return CLI_ERROR;
}

static enum cli_result cli_parse_options(struct cli_parser *parser, int argc, char **argv,
					 struct error *err)
{
	struct getopt_tables tables = { 0 };
	int value;

	build_tables(&tables, &parser->rows);
	optind = 0; /* glibc: start anew */
	opterr = 0;
	while ((value = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
		const struct cli_option *option;

		option =
			value == '?' || value == ':' ? NULL : cli_find_option(&parser->rows, value);
		if (!option)
			return cli_refuse(parser, value, argv[optind - 1], err);
		if (!option->set)
			return cli_answer(stdout, option, value, parser->cli, &parser->rows, err);
		if (!cli_take_option(parser, option, value, err))
			return CLI_ERROR;
	}
	parser->operands = argv + optind;
	parser->operand_count = argc - optind;
	return CLI_RUN;
}

unsigned cli_words_count(const struct cli *cli)
{
	unsigned count = 0;

	while (cli->words && cli->words[count].name)
		count++;
	return count;
}

/* Of the operands, the first ones. */
static bool cli_add_words(struct cli_parser *parser, int count, struct error *err)
{
	for (int i = 0; i < count; i++) {
		const struct cli_setting setting = { .option = &parser->cli->words[i],
						     .value = parser->operands[i] };

		if (!cli_settings_add(&parser->given, setting, err))
			return false;
	}
	return true;
}

/* The words from `first` on become one value, as tcpdump joins them. */
static bool cli_add_expression(struct cli_parser *parser, int first, struct error *err)
{
	struct cli_setting setting = { .option = parser->cli->expression };
	size_t len = 0;
	char *end;

	for (int i = first; i < parser->operand_count; i++)
		len += strlen(parser->operands[i]) + 1;
	setting.value = end = arena_take(&parser->common->settings->text, len, 1);
	if (!end)
		return error_errno(err, "command line");
	for (int i = first; i < parser->operand_count; i++) {
		if (i > first)
			*end++ = ' ';
		end = stpcpy(end, parser->operands[i]);
	}
	return cli_settings_add(&parser->given, setting, err);
}

static bool cli_add_inputs(struct cli_parser *parser, struct error *err)
{
	const struct cli_option *inputs = cli_find_name(&parser->rows, "read");

	if (!parser->cli->operands || !inputs)
		return error_usage(err, "unexpected operand '%s': a file is read with -r",
				   parser->operands[0]);
	for (int i = 0; i < parser->operand_count; i++) {
		const struct cli_setting setting = { .option = inputs,
						     .value = parser->operands[i] };

		if (!cli_settings_add(&parser->given, setting, err))
			return false;
	}
	return true;
}

/* The first operands are words, what follows is an expression or inputs. */
static bool cli_add_operands(struct cli_parser *parser, struct error *err)
{
	const struct cli *cli = parser->cli;
	int words = (int)cli_words_count(cli), count = parser->operand_count;

	if (!cli_add_words(parser, count < words ? count : words, err))
		return false;
	if (count <= words)
		return true;
	if (cli->expression)
		return cli_add_expression(parser, words, err);
	if (words > 0)
		return error_usage(err, "unexpected operand '%s': expected %s",
				   parser->operands[words], cli->operands);
	return cli_add_inputs(parser, err);
}

static bool cli_gather_settings(struct cli_parser *parser, struct error *err)
{
	const struct cli *cli = parser->cli;
	struct cli_common *common = parser->common;

	if (!cli_add_operands(parser, err))
		return false;
	return (!common->config ||
		cli_config_read(common->config, cli, &parser->rows, common->settings, err)) &&
	       cli_settings_override(common->settings, &parser->given, err);
}

/* Each of the tool's words is needed. */
static bool cli_check_words(const struct cli_parser *parser, struct error *err)
{
	const struct cli *cli = parser->cli;

	for (const struct cli_option *word = cli->words; word && word->name; word++)
		if (!cli_settings_find(parser->common->settings, word))
			return error_usage(err, "%s is missing: expected %s", word->metavar,
					   cli->operands);
	return true;
}

/* words: of the inputs, as many as common->input_count says and room for one more. */
static bool cli_take_inputs(const struct cli_parser *parser, const char **words, struct error *err)
{
	const struct cli *cli = parser->cli;
	struct cli_common *common = parser->common;
	bool several = cli->operands && !cli->expression;

	if (several && !cli_operands_check(common, parser->operands, parser->operand_count,
					   cli_find_name(&parser->rows, "filter"), err))
		return false;
	if (!several && common->input_count > 1)
		return error_usage(err, "-r: given more than once, %s reads one capture",
				   cli->tool);
	if (common->null && !common->list)
		return error_usage(err, "--null needs --files-from");
	common->input_given = common->input_count > 0 || common->list;
	if (!common->input_given)
		words[common->input_count++] = "-";
	return cli_operands_expand(common, words, common->input_count, several, err);
}

static bool cli_take_settings(const struct cli_parser *parser, struct error *err)
{
	struct cli_common *common = parser->common;
	const struct cli_settings *settings = common->settings;
	const char **words;
	bool good = true;

	/* Each input is a setting; one more for the "-" if there is none. */
	common->inputs = words = calloc((size_t)settings->count + 1, sizeof(*words));
	if (!words)
		return error_errno(err, "command line");
	for (unsigned i = 0; good && i < settings->count; i++) {
		good = cli_apply(&settings->list[i], common, err);
		if (settings->list[i].option->group & CLI_INSTEAD)
			common->print_config = false;
	}
	good = good && cli_check_words(parser, err) &&
	       (parser->cli->without & CLI_READS || cli_take_inputs(parser, words, err));
	if (parser->cli->without & CLI_READS)
		common->inputs = NULL;
	free(words);
	return good;
}

static enum cli_result cli_print_settings(const struct cli_parser *parser, struct error *err)
{
	if (!cli_config_print(stdout, parser->cli, &parser->rows, parser->common->settings, err))
		return CLI_ERROR;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return CLI_DONE;
	error_errno(err, "standard output");
	return CLI_ERROR;
}

static enum cli_result cli_parse_words(struct cli_parser *parser, int argc, char **argv,
				       struct error *err)
{
	enum cli_result result = cli_parse_options(parser, argc, argv, err);

	if (result != CLI_RUN)
		return result;
	if (!cli_gather_settings(parser, err) || !cli_take_settings(parser, err) ||
	    (parser->cli->check && !parser->cli->check(parser->common, err)))
		return CLI_ERROR;
	return parser->common->print_config ? cli_print_settings(parser, err) : CLI_RUN;
}

/*
 * If a tool is started without standard descriptors, the first files that it opens would take their
 * place, and messages would go there. The descriptors opened here fail as missing ones do.
 */
static void occupy_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

enum cli_result cli_parse(const struct cli *cli, int argc, char **argv, void *config,
			  struct error *err)
{
	struct cli_parser parser = { .cli = cli, .common = config };
	struct cli_common *common = config;
	enum cli_result result = CLI_ERROR;

	occupy_standard();
	cli_gather_rows(&parser.rows, cli);
	common->settings = calloc(1, sizeof(*common->settings));
	common->input_count = 0;
	if (common->settings)
		result = cli_parse_words(&parser, argc, argv, err);
	else
		error_errno(err, "command line");
	cli_settings_free(&parser.given);
	if (result != CLI_RUN)
		cli_free(common);
	return result;
}

bool cli_reads_terminal(const struct cli_common *common)
{
	return cli_operands_count_stdin(common) > 0 && isatty(STDIN_FILENO);
}

void cli_free(struct cli_common *common)
{
	if (common->settings)
		cli_settings_free(common->settings);
	free(common->settings);
	common->settings = NULL;
	name_list_free(&common->names);
	common->inputs = NULL;
	common->input_count = 0;
}
