/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"

#include <stdlib.h>

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
	{ "depth", 0, "N", "peel at most N layers", set_depth },
	{ "exclude", 'x', NULL, "drop what is no tunnel", set_drop },
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

static bool number(const char *text, uint64_t min, uint64_t max, uint64_t want)
{
	uint64_t got = 99;

	return number_parse(text, min, max, &got, &err) && got == want;
}

static void numbers(void)
{
	static const char *const bad[] = { "",	  " 1",
					   "1 ",  "+1",
					   "-1",  "0x",
					   "0x ", "1e3",
					   "0xg", "a",
					   "1.0", "18446744073709551616",
					   "--",  "0x10000000000000000" };
	uint64_t value = 7;

	ok(number("0", 0, 9, 0) && number("0x1F", 0, 99, 31) && number("010", 0, 99, 10),
	   "decimal and hexadecimal, never octal");
	ok(number("18446744073709551615", 0, UINT64_MAX, UINT64_MAX), "the largest");
	ok(!number("10", 0, 9, 10) && !number("0", 1, 9, 0), "outside the range");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!number_parse(bad[i], 0, UINT64_MAX, &value, &err) && value == 7,
		   "no number: '%s'", bad[i]);
}

static char seen[128];

static bool add(void *arg, uint64_t first, uint64_t last, struct error *error)
{
	size_t used = strlen(seen);

	if (first == 13)
		return error_set(error, "%s", (const char *)arg);
	snprintf(seen + used, sizeof(seen) - used, "%" PRIu64 "-%" PRIu64 ";", first, last);
	return true;
}

static bool ranges(const char *text)
{
	char unlucky[] = "unlucky";

	seen[0] = '\0';
	return number_ranges(text, 0xffffff, add, unlucky, &err);
}

static void ranges_of_numbers(void)
{
	static const char *const bad[] = { "",	 "5,",	 ",5",	"7-5",	     "5-",
					   "-5", "5--6", "5 6", "0x1000000", "1-2-3" };

	ok(ranges("5,7-9,0x10-0x20,9-9"), "numbers and ranges");
	is_str(seen, "5-5;7-9;16-32;9-9;", "each is added");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!ranges(bad[i]), "no ranges: '%s'", bad[i]);
	ok(!ranges("1,13,2") && !strcmp(err.text, "unlucky") && !strcmp(seen, "1-1;"),
	   "the one who adds may refuse");
}

static bool size(const char *text, uint64_t want)
{
	uint64_t got = 99;

	return number_size(text, 1000000, &got, &err) && got == want;
}

static bool duration(const char *text, int64_t want)
{
	int64_t got = -99;

	return number_duration(text, &got, &err) && got == want;
}

static void sizes_and_durations(void)
{
	ok(size("5", 5000000) && size("0", 0), "a size without a suffix counts units");
	ok(size("5K", 5 << 10) && size("5k", 5 << 10) && size("5M", 5 << 20) &&
		   size("5m", 5 << 20) && size("2G", (uint64_t)2 << 30) &&
		   size("2g", (uint64_t)2 << 30),
	   "suffixes are 1024s");
	ok(!size("", 0) && !size("K", 0) && !size("5KB", 0) && !size("-5", 0) && !size("5T", 0) &&
		   !size("18446744073709551615", 0) && !size("99999999999G", 0),
	   "no sizes");
	ok(duration("60", 60000000000) && duration("0.5", 500000000) && duration("0", 0) &&
		   duration("1.000000001", 1000000001),
	   "durations");
	ok(!duration("", 0) && !duration(".5", 0) && !duration("5.", 0) && !duration("-1", 0) &&
		   !duration("1.0000000001", 0) && !duration("9223372037", 0) && !duration("1s", 0),
	   "no durations");
	ok(duration("9223372035.999999999", 9223372035999999999), "the longest duration");
}

int main(void)
{
	values();
	inputs();
	errors();
	numbers();
	ranges_of_numbers();
	sizes_and_durations();
	cli_free(&config.common);
	return tap_done();
}
