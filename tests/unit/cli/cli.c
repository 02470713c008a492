/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/number.h"
#include "lib/tap.h"

struct config {
	struct cli_common common;
	uint64_t depth;
	bool drop;
};

static bool set_depth(void *config, const char *value, struct error *err)
{
	return number_parse(value, 1, 16, &((struct config *)config)->depth, err);
}

static bool set_drop(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct config *)config)->drop = true;
	return true;
}

static const struct cli_option options[] = {
	{ "depth", 0, "N", "peel at most N layers", set_depth, CLI_LIMITS },
	{ "exclude", 'x', NULL, "drop what is no tunnel", set_drop, CLI_OUTPUT },
	{ 0 },
};

static const struct cli one = { .tool = "vtap-one", .summary = "Reads one.", .options = options };
static const struct cli many = {
	.tool = "vtap-many", .summary = "Reads many.", .operands = "[FILE ...]", .options = options
};

static struct config config;
static struct error err;

/* Parses words separated by one space. */
static enum cli_result parse(const struct cli *cli, const char *words)
{
	static char copy[256];
	char *argv[32] = { copy };
	int argc = 0;

	cli_free(&config.common);
	config = (struct config){ 0 };
	err = (struct error){ 0 };
	snprintf(copy, sizeof(copy), "tool%s%s", *words ? " " : "", words);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	return cli_parse(cli, argc, argv, &config, &err);
}

static void is_error(const struct cli *cli, const char *words, const char *want)
{
	ok(parse(cli, words) == CLI_ERROR && err.usage, "%s is an error of usage", words);
	is_str(err.text, want, "... that says so");
}

static void values(void)
{
	struct cli_common *common = &config.common;

	ok(parse(&one, "") == CLI_RUN && common->input_count == 1, "no words at all");
	is_str(common->inputs[0], "-", "input is standard input by default");
	ok(!common->output && !common->format && !common->stats && !common->limit, "defaults");
	parse(&one, "-r a -w b -F pcap -c 7 -qvx --stats s --reader wiretap --depth 0x10");
	is_str(common->inputs[0], "a", "-r");
	is_str(common->output, "b", "-w");
	is_str(common->format, "pcap", "-F");
	is_str(common->stats, "s", "--stats");
	ok(common->limit == 7 && common->quiet && common->verbose, "-c, -q, -v");
	ok(common->reader == READER_WIRETAP, "--reader");
	ok(config.drop && config.depth == 16, "the tool's own options");
	parse(&one, "--read=a --write=b --format=pcapng --count=8 --quiet --verbose --exclude");
	ok(!strcmp(common->inputs[0], "a") && !strcmp(common->output, "b") && config.drop &&
		   !strcmp(common->format, "pcapng") && common->limit == 8 && common->quiet &&
		   common->verbose,
	   "long forms");
	ok(parse(&one, "-r -") == CLI_RUN && !strcmp(common->inputs[0], "-"), "-r -");
}

static void inputs(void)
{
	ok(parse(&many, "a -r b -x c -- -d") == CLI_RUN, "several inputs");
	is_u64(config.common.input_count, 4, "operands and -r are inputs");
	ok(!strcmp(config.common.inputs[0], "b") && !strcmp(config.common.inputs[1], "a") &&
		   !strcmp(config.common.inputs[2], "c") && !strcmp(config.common.inputs[3], "-d"),
	   "-r first, then operands in their order");
}

static void errors(void)
{
	is_error(&one, "-c 0", "-c '0': expected a whole number, at least 1");
	is_error(&one, "--count=12x", "--count '12x': expected a whole number, at least 1");
	is_error(&one, "--depth 17", "--depth '17': expected a whole number from 1 to 16");
	is_error(&one, "--reader fast", "--reader 'fast': expected auto or wiretap");
	is_error(&one, "-Y", "unknown option -Y");
	is_error(&one, "-qY", "unknown option -Y");
	is_error(&one, "--zoo", "unknown option --zoo");
	is_error(&one, "--deptj=3", "unknown option --deptj: did you mean --depth?");
	is_error(&one, "--exclud3", "unknown option --exclud3: did you mean --exclude?");
	is_error(&one, "--ver", "--ver is ambiguous");
	is_error(&one, "--quiet=yes", "--quiet takes no value");
	is_error(&one, "-w", "-w: expected a value, FILE");
	is_error(&one, "--depth", "--depth: expected a value, N");
	is_error(&one, "-r a -r b", "-r: given more than once, vtap-one reads one capture");
	is_error(&one, "a.pcap", "unexpected operand 'a.pcap': a file is read with -r");
	is_error(&one, "--write= ", "--write '': expected a file name");
	is_error(&one, "--stats= ", "--stats '': expected a file name");
	is_error(&one, "--format= ",
		 "--format '': expected pcap, nsecpcap, pcapng or a name of editcap -F");
}

/* Operands that are neither files nor an expression. */
struct words_config {
	struct cli_common common;
	const char *spool, *archive, *expression;
};

static struct words_config words_config;

static bool set_spool(void *arg, const char *value, struct error *error)
{
	((struct words_config *)arg)->spool = value;
	return *value || error_set(error, "expected a folder");
}

static bool set_archive(void *arg, const char *value, struct error *error)
{
	(void)error;
	((struct words_config *)arg)->archive = value;
	return true;
}

static bool set_words_expression(void *arg, const char *value, struct error *error)
{
	(void)error;
	((struct words_config *)arg)->expression = value;
	return true;
}

static const struct cli_option word_rows[] = {
	{ "spool", 0, "SPOOL", "captures", set_spool, CLI_INPUT },
	{ "archive", 0, "ARCHIVE", "where to", set_archive, CLI_OUTPUT },
	{ 0 },
};
static const struct cli_option word_expression = { "expression",	 0,
						   "EXPRESSION",	 "filter",
						   set_words_expression, CLI_SELECTION };
static const struct cli words_only = { .tool = "vtap-words",
				       .operands = "SPOOL ARCHIVE",
				       .words = word_rows,
				       .without = CLI_READS | CLI_WRITES };
static const struct cli words_and_rest = { .tool = "vtap-rest",
					   .operands = "SPOOL ARCHIVE [EXPRESSION]",
					   .words = word_rows,
					   .expression = &word_expression,
					   .without = CLI_READS };

static enum cli_result parse_words(const struct cli *cli, char **argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	cli_free(&words_config.common);
	words_config = (struct words_config){ 0 };
	err = (struct error){ 0 };
	return cli_parse(cli, argc, argv, &words_config, &err);
}

static void words_fail(const struct cli *cli, char **argv, const char *want)
{
	ok(parse_words(cli, argv) == CLI_ERROR && err.usage, "%s: an error of usage", want);
	is_str(err.text, want, "... that says so");
}

static void words(void)
{
	const struct words_config *got = &words_config;

	ok(parse_words(&words_only, (char *[]){ "x", "a", "-q", "b", NULL }) == CLI_RUN,
	   "two words");
	ok(!strcmp(got->spool, "a") && !strcmp(got->archive, "b"), "... in their order");
	ok(got->common.input_count == 0 && !got->common.inputs && got->common.quiet,
	   "... and no input");
	words_fail(&words_only, (char *[]){ "x", "a", NULL },
		   "ARCHIVE is missing: expected SPOOL ARCHIVE");
	words_fail(&words_only, (char *[]){ "x", "a", "b", "c", NULL },
		   "unexpected operand 'c': expected SPOOL ARCHIVE");
	words_fail(&words_only, (char *[]){ "x", "", "b", NULL }, "SPOOL '': expected a folder");
	words_fail(&words_only, (char *[]){ "x", "-r", "a", "b", NULL }, "unknown option -r");
	words_fail(&words_only, (char *[]){ "x", "-w", "a", "b", NULL }, "unknown option -w");
	ok(parse_words(&words_and_rest,
		       (char *[]){ "x", "a", "b", "tcp", "port 1", "-w", "o", NULL }) == CLI_RUN,
	   "an expression behind words");
	is_str(got->expression, "tcp port 1", "... is what is left");
	is_str(got->common.output, "o", "... where options may be");
	ok(parse_words(&words_and_rest, (char *[]){ "x", "a", "b", NULL }) == CLI_RUN &&
		   !got->expression,
	   "... and may be missing");
}

static void words_of_file(void)
{
	static char name[] = "/tmp/vtap-cli-XXXXXX";
	int fd = mkstemp(name);
	FILE *to = fdopen(fd, "w");

	fputs("spool = s\narchive = r:b/p\n", to);
	fclose(to);
	ok(parse_words(&words_only, (char *[]){ "x", "--config", name, NULL }) == CLI_RUN,
	   "words in a file");
	ok(!strcmp(words_config.spool, "s") && !strcmp(words_config.archive, "r:b/p"),
	   "... are both taken");
	ok(parse_words(&words_only, (char *[]){ "x", "--config", name, "t", NULL }) == CLI_RUN &&
		   !strcmp(words_config.spool, "t") && !strcmp(words_config.archive, "r:b/p"),
	   "... and the command line's replace them");
	unlink(name);
	cli_free(&words_config.common);
}

int main(void)
{
	values();
	inputs();
	errors();
	words();
	words_of_file();
	cli_free(&config.common);
	return tap_done();
}
