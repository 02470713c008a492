/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"

#include <stdlib.h>

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

int main(void)
{
	values();
	inputs();
	errors();
	cli_free(&config.common);
	return tap_done();
}
