/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/similar.h"
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

static bool cli_has_row(const struct cli_rows *rows, const char *name)
{
	for (unsigned i = 0; i < rows->count; i++)
		if (strcmp(rows->row[i]->name, name) == 0)
			return true;
	return false;
}

static void cli_gather_rows(struct cli_rows *rows, const struct cli *cli)
{
	const struct cli_option *tables[2] = { cli->options, cli_common_options };

	rows->count = 0;
	for (unsigned t = 0; t < 2; t++)
		for (const struct cli_option *o = tables[t]; o && o->name; o++)
			if (!cli_has_row(rows, o->name) && rows->count < CLI_OPTIONS_MAX)
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

	memset(tables, 0, sizeof(*tables));
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

/* Writes the option as the user did, by letter or by name. */
static void cli_label(const struct cli_option *option, int value, char *text, size_t size)
{
	if (value >= FIRST_LONG)
		snprintf(text, size, "--%s", option->name);
	else
		snprintf(text, size, "-%c", option->letter);
}

static bool cli_is_ambiguous(const struct cli_rows *rows, const char *word)
{
	unsigned found = 0;

	for (unsigned i = 0; i < rows->count; i++)
		found += strncmp(rows->row[i]->name, word, strcspn(word, "=")) == 0;
	return found > 1;
}

/* Sets err to the hint for an option that is not there, as typed, if there is one. */
static bool cli_find_hint(const struct cli *cli, const char *word, struct error *err)
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

/* word: as typed, "--" and "=value" included. */
static bool cli_unknown(const struct cli_rows *rows, const char *word, struct error *err)
{
	struct similar similar;

	word += strspn(word, "-");
	similar = similar_to(word, strcspn(word, "="));
	for (unsigned i = 0; i < rows->count; i++)
		similar_offer(&similar, rows->row[i]->name);
	if (similar.best)
		return error_usage(err, "unknown option --%.*s: did you mean --%s?",
				   (int)similar.len, word, similar.best);
	return error_usage(err, "unknown option --%s", word);
}

static bool cli_refuse(const struct cli *cli, const struct cli_rows *rows, int value,
		       const char *word, struct error *err)
{
	const char letter[] = { '-', isprint(value) ? (char)value : '?', '\0' };

	if (cli_find_hint(cli, value ? letter : word, err))
		return false;
	if (value)
		return error_usage(err, "unknown option %s", letter);
	if (strncmp(word, "--", 2) == 0 && cli_is_ambiguous(rows, word + 2))
		return error_usage(err, "%s is ambiguous", word);
	return cli_unknown(rows, word, err);
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

static bool cli_apply(const struct cli_option *option, int value, void *config, struct error *err)
{
	char name[64];

	if (option->set(config, optarg, err))
		return true;
	cli_label(option, value, name, sizeof(name));
	if (optarg)
		error_wrap(err, "%s '%s'", name, optarg);
	else
		error_wrap(err, "%s", name);
	err->usage = err->number != ENOMEM;
	return false;
}

static bool cli_has_option(const struct cli *cli, const char *name)
{
	const struct cli_option *option = cli->options;

	while (option && option->name && strcmp(option->name, name) != 0)
		option++;
	return option && option->name;
}

static bool cli_take_inputs(const struct cli *cli, int argc, char **argv, struct cli_common *common,
			    struct error *err)
{
	if (!cli->operands && optind < argc)
		return error_usage(err, "unexpected operand '%s': a file is read with -r",
				   argv[optind]);
	if (!cli_operands_check(common, argv + optind, argc - optind, cli_has_option(cli, "filter"),
				err))
		return false;
	while (optind < argc)
		common->inputs[common->input_count++] = argv[optind++];
	return true;
}

/* words: of the inputs, as many as common->input_count says and room for one more. */
static bool cli_take_operands(const struct cli *cli, int argc, char **argv,
			      struct cli_common *common, struct error *err)
{
	bool several = cli->operands && !cli->words;
	const char **words = common->inputs;

	if (cli->words ? !cli->words(common, argv + optind, argc - optind, err)
		       : !cli_take_inputs(cli, argc, argv, common, err))
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

static enum cli_result cli_parse_words(const struct cli *cli, int argc, char **argv, void *config,
				       struct error *err)
{
	struct getopt_tables tables;
	struct cli_rows rows;
	int value;

	cli_gather_rows(&rows, cli);
	build_tables(&tables, &rows);
	optind = 0; /* glibc: start anew */
	opterr = 0;
	while ((value = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
		const struct cli_option *option;

		option = value == '?' || value == ':' ? NULL : cli_find_option(&rows, value);
		if (!option) {
			option = optopt ? cli_find_option(&rows, optopt) : NULL;
			if (option)
				cli_refuse_value(option, value, optopt, err);
			else
				cli_refuse(cli, &rows, optopt, argv[optind - 1], err);
			return CLI_ERROR;
		}
		if (option->letter == 'h' || option->letter == 'V')
			return cli_answer(stdout, option, value, cli, &rows, err);
		if (!cli_apply(option, value, config, err))
			return CLI_ERROR;
	}
	return cli_take_operands(cli, argc, argv, config, err) ? CLI_RUN : CLI_ERROR;
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
	struct cli_common *common = config;
	enum cli_result result;
	const char **words;

	occupy_standard();
	/* Each input is a word of its own; one more for the "-" if there is none. */
	common->inputs = words = calloc((size_t)argc + 1, sizeof(*words));
	if (!words) {
		error_errno(err, "command line");
		return CLI_ERROR;
	}
	common->input_count = 0;
	result = cli_parse_words(cli, argc, argv, config, err);
	free(words);
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
	name_list_free(&common->names);
	common->inputs = NULL;
	common->input_count = 0;
}
