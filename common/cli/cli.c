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

#include "base/number.h"
#include "cli/cli_operands.h"

/* getopt_long() returns FIRST_LONG + i for the long name of row i. Rows beyond MAX_OPTIONS are
 * lost. */
enum { MAX_OPTIONS = 64, FIRST_LONG = 256 };
enum { COLUMNS = 80, HELP_COLUMN = 26 };

/* The tool's rows and the common ones, in the order of --help. */
struct rows {
	const struct cli_option *row[MAX_OPTIONS];
	unsigned count;
};

static bool set_input(void *config, const char *value, struct error *err)
{
	struct cli_common *common = config;

	(void)err;
	common->inputs[common->input_count++] = value;
	return true;
}

static bool set_output(void *config, const char *value, struct error *err)
{
	struct cli_common *common = config;

	if (!*value)
		return error_set(err, "expected a file name");
	common->output = value;
	return true;
}

static bool set_format(void *config, const char *value, struct error *err)
{
	struct cli_common *common = config;

	if (!*value)
		return error_set(err, "expected pcap, nsecpcap, pcapng or a name of editcap -F");
	common->format = value;
	return true;
}

static bool set_limit(void *config, const char *value, struct error *err)
{
	return number_parse(value, 1, UINT64_MAX, &((struct cli_common *)config)->limit, err);
}

static bool set_quiet(void *config, const char *value, struct error *err)
{
	struct cli_common *common = config;

	(void)value, (void)err;
	common->quiet = true;
	return true;
}

static bool set_verbose(void *config, const char *value, struct error *err)
{
	struct cli_common *common = config;

	(void)value, (void)err;
	common->verbose = true;
	return true;
}

static bool set_stats(void *config, const char *value, struct error *err)
{
	struct cli_common *common = config;

	if (!*value)
		return error_set(err, "expected a file name");
	common->stats = value;
	return true;
}

static bool set_user(void *config, const char *value, struct error *err)
{
	((struct cli_common *)config)->user = value;
	return *value || error_set(err, "expected a user's name");
}

static bool set_no_sandbox(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct cli_common *)config)->no_sandbox = true;
	return true;
}

static bool set_reader(void *config, const char *value, struct error *err)
{
	struct cli_common *common = config;

	if (strcmp(value, "auto") != 0 && strcmp(value, "wiretap") != 0)
		return error_set(err, "expected auto or wiretap");
	common->reader = *value == 'a' ? READER_AUTO : READER_WIRETAP;
	return true;
}

bool cli_set_fail_if_none(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct cli_common *)config)->fail_if_none = true;
	return true;
}

bool cli_set_sync(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct cli_common *)config)->sync = true;
	return true;
}

const struct cli_option cli_common_options[] = {
	{ "count", 'c', "N", "stop after N packets", set_limit },
	{ "format", 'F', "FORMAT",
	  "write pcap, nsecpcap, pcapng or any type\nthat editcap -F lists", set_format },
	{ "help", 'h', NULL, "print this help and exit", NULL },
	{ "no-sandbox", 0, NULL, "do not restrict system calls and files", set_no_sandbox },
	{ "quiet", 'q', NULL, "print errors only", set_quiet },
	{ "read", 'r', "FILE", "read from FILE (default: -, standard input)", set_input },
	{ "reader", 0, "auto|wiretap",
	  "how to read: pcap and pcapng natively (auto),\nor everything through wiretap",
	  set_reader },
	{ "stats", 0, "FILE", "write the counters to FILE, as one JSON object", set_stats },
	{ "user", 'Z', "USER", "become USER when everything is open", set_user },
	{ "verbose", 'v', NULL, "print a table of what was done", set_verbose },
	{ "version", 'V', NULL, "print the version and exit", NULL },
	{ "write", 'w', "FILE", "write to FILE (default: -, standard output)", set_output },
	{ 0 },
};

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

static bool cli_has_row(const struct rows *rows, const char *name)
{
	for (unsigned i = 0; i < rows->count; i++)
		if (strcmp(rows->row[i]->name, name) == 0)
			return true;
	return false;
}

static void cli_gather_rows(struct rows *rows, const struct cli *cli)
{
	const struct cli_option *tables[2] = { cli->options, cli_common_options };

	rows->count = 0;
	for (unsigned t = 0; t < 2; t++)
		for (const struct cli_option *o = tables[t]; o && o->name; o++)
			if (!cli_has_row(rows, o->name) && rows->count < MAX_OPTIONS)
				rows->row[rows->count++] = o;
	qsort(rows->row, rows->count, sizeof(rows->row[0]), by_key);
}

/* Prints an item of the usage line, on a new line if this one is full. */
static void usage_item(FILE *to, const char *item, int indent, int *column)
{
	int width = (int)strlen(item) + 1;

	if (*column + width > COLUMNS) {
		fprintf(to, "\n%*s", indent, "");
		*column = indent;
	}
	fprintf(to, " %s", item);
	*column += width;
}

static void usage_flags(FILE *to, const struct rows *rows, int indent, int *column)
{
	char item[MAX_OPTIONS + 4] = "[-";
	size_t used = 2;

	for (unsigned i = 0; i < rows->count; i++)
		if (rows->row[i]->letter && !rows->row[i]->metavar)
			item[used++] = rows->row[i]->letter;
	item[used++] = ']';
	usage_item(to, item, indent, column);
}

static void usage_option(FILE *to, const struct cli_option *o, int indent, int *column)
{
	const char *space = o->metavar ? " " : "", *metavar = o->metavar ? o->metavar : "";
	char item[128];

	if (o->letter)
		snprintf(item, sizeof(item), "[-%c%s%s]", o->letter, space, metavar);
	else
		snprintf(item, sizeof(item), "[--%s%s%s]", o->name, space, metavar);
	usage_item(to, item, indent, column);
}

/* Letters without an argument come first, in one item, then those with one, then long names. */
static void print_usage(FILE *to, const struct cli *cli, const struct rows *rows)
{
	int indent = fprintf(to, "usage: %s", cli->tool), column = indent;

	usage_flags(to, rows, indent, &column);
	for (unsigned i = 0; i < rows->count; i++)
		if (rows->row[i]->letter && rows->row[i]->metavar)
			usage_option(to, rows->row[i], indent, &column);
	for (unsigned i = 0; i < rows->count; i++)
		if (!rows->row[i]->letter)
			usage_option(to, rows->row[i], indent, &column);
	if (cli->operands)
		usage_item(to, cli->operands, indent, &column);
	putc('\n', to);
}

static void print_row(FILE *to, const struct cli_option *o)
{
	const char *text = o->help;
	int column = o->letter ? fprintf(to, "  -%c, --%s", o->letter, o->name)
			       : fprintf(to, "      --%s", o->name);

	if (o->metavar)
		column += fprintf(to, " %s", o->metavar);
	if (column > HELP_COLUMN - 2) {
		putc('\n', to);
		column = 0;
	}
	for (;;) {
		int line = (int)strcspn(text, "\n");

		fprintf(to, "%*s%.*s\n", HELP_COLUMN - column, "", line, text);
		text += line;
		if (!*text++)
			break;
		column = 0;
	}
}

static void print_help(FILE *to, const struct cli *cli, const struct rows *rows)
{
	print_usage(to, cli, rows);
	fprintf(to, "%s\n\n", cli->summary);
	for (unsigned i = 0; i < rows->count; i++)
		print_row(to, rows->row[i]);
	if (cli->notes)
		fprintf(to, "\n%s\n", cli->notes);
}

/* --help and --version are data that the user asked for, so they go to standard output. */
static enum cli_result cli_answer(FILE *to, char letter, const struct cli *cli,
				  const struct rows *rows, struct error *err)
{
	if (letter == 'h')
		print_help(to, cli, rows);
	else
		fprintf(to, "%s %s\n", cli->tool, VTAP_VERSION);
	/* A write may have failed earlier, if the text is longer than the buffer. */
	if (fflush(to) == 0 && !ferror(to))
		return CLI_DONE;
	error_errno(err, "standard output");
	return CLI_ERROR;
}

/* The rows as getopt_long() takes them: an array of long names, a string of letters. */
struct getopt_tables {
	struct option longs[MAX_OPTIONS + 1];
	char shorts[2 * MAX_OPTIONS + 2];
};

static void build_tables(struct getopt_tables *tables, const struct rows *rows)
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

static const struct cli_option *cli_find_option(const struct rows *rows, int value)
{
	if (value >= FIRST_LONG)
		return rows->row[value - FIRST_LONG];
	for (unsigned i = 0; i < rows->count; i++)
		if (rows->row[i]->letter == value)
			return rows->row[i];
	return NULL;
}

/* Writes the option as the user did, by letter or by name. */
static void cli_label(const struct cli_option *option, int value, char *text, size_t size)
{
	if (value >= FIRST_LONG)
		snprintf(text, size, "--%s", option->name);
	else
		snprintf(text, size, "-%c", option->letter);
}

static bool cli_is_ambiguous(const struct rows *rows, const char *word)
{
	unsigned found = 0;

	for (unsigned i = 0; i < rows->count; i++)
		found += strncmp(rows->row[i]->name, word, strcspn(word, "=")) == 0;
	return found > 1;
}

static bool cli_refuse(const struct rows *rows, int why, int value, const char *word,
		       struct error *err)
{
	const struct cli_option *option = value ? cli_find_option(rows, value) : NULL;
	char name[64];

	if (option) {
		cli_label(option, value, name, sizeof(name));
		if (why == ':')
			return error_usage(err, "%s: expected a value, %s", name, option->metavar);
		return error_usage(err, "%s takes no value", name);
	}
	if (value)
		return error_usage(err, "unknown option -%c", isprint(value) ? value : '?');
	if (strncmp(word, "--", 2) == 0 && cli_is_ambiguous(rows, word + 2))
		return error_usage(err, "%s is ambiguous", word);
	return error_usage(err, "unknown option %s", word);
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
	err->usage = true;
	return false;
}

static bool cli_take_inputs(const struct cli *cli, int argc, char **argv, struct cli_common *common,
			    struct error *err)
{
	if (!cli->operands && optind < argc)
		return error_usage(err, "unexpected operand '%s': a file is read with -r",
				   argv[optind]);
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
	struct rows rows;
	int value;

	cli_gather_rows(&rows, cli);
	build_tables(&tables, &rows);
	optind = 0; /* glibc: start anew */
	opterr = 0;
	while ((value = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
		const struct cli_option *option;

		option = value == '?' || value == ':' ? NULL : cli_find_option(&rows, value);
		if (!option) {
			cli_refuse(&rows, value, optopt, argv[optind - 1], err);
			return CLI_ERROR;
		}
		if (option->letter == 'h' || option->letter == 'V')
			return cli_answer(stdout, option->letter, cli, &rows, err);
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
