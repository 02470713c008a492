/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <string.h>

#include "base/number.h"
#include "cli/cli_choice.h"
#include "cli/cli_files.h"
#include "cli/cli_operands.h"
#include "entries.h"

static const char tool[] = "vtap-stat";

enum { SECOND_NS = 1000000000 };

static bool set_by(void *config, const char *value, struct error *err)
{
	return stat_by_parse(&((struct stat_config *)config)->by, value, err);
}

static bool set_interval(void *config, const char *value, struct error *err)
{
	struct stat_config *stat = config;

	return (number_duration(value, &stat->interval_ns, err) && stat->interval_ns > 0 &&
		stat->interval_ns % SECOND_NS == 0) ||
	       error_set(err, "expected whole seconds, at least 1, such as 60, 10m or 1h");
}

static bool set_format(void *config, const char *value, struct error *err)
{
	static const char *const names[] = { [RECORD_TABLE] = "table",
					     [RECORD_NDJSON] = "ndjson",
					     [RECORD_CSV] = "csv",
					     [RECORD_PROMETHEUS] = "prometheus" };
	struct stat_config *stat = config;

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(value, names[i]) != 0)
			continue;
		stat->format = (enum record_format)i;
		stat->has_format = true;
		return true;
	}
	return error_set(err, "expected table, ndjson, csv or prometheus");
}

static bool set_top(void *config, const char *value, struct error *err)
{
	struct stat_config *stat = config;

	return number_parse(value, 0, UINT32_MAX, &stat->top, err);
}

static bool set_idle(void *config, const char *value, struct error *err)
{
	struct stat_config *stat = config;

	if (!number_duration(value, &stat->idle_ns, err))
		return false;
	return stat->idle_ns > 0 || error_set(err, "expected a time above 0");
}

static bool set_max_keys(void *config, const char *value, struct error *err)
{
	return number_parse(value, ENTRIES_LEAST, 100000000,
			    &((struct stat_config *)config)->max_keys, err);
}

static bool set_window(void *config, const char *value, struct error *err)
{
	return number_duration(value, &((struct stat_config *)config)->window_ns, err);
}

static bool set_no_flows(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct stat_config *)config)->no_flows = true;
	return true;
}

static bool set_output_file(void *config, const char *value, struct error *err)
{
	((struct stat_config *)config)->common.output = value;
	return *value || error_set(err, "expected a file name");
}

static const struct cli_option options[] = {
	CLI_OPERANDS_OPTIONS,
	CLI_CHOICE_OPTIONS("seen\nwith its tunnels on; behind vtap-decap without"),
	{ "by", 0, "LIST",
	  "what a record is about: source (default), flow, none,\n"
	  "or keys of vtap-split, joined by comma; flow is last",
	  set_by, CLI_SELECTION | CLI_USUAL },
	{ "flow-idle", 0, "DURATION", "a flow ends after so long without a packet\n(default: 60)",
	  set_idle, CLI_LIMITS },
	{ "format", 'F', "FORMAT",
	  "table, ndjson, csv or prometheus (default: by the\nending of -w; else table)",
	  set_format, CLI_OUTPUT | CLI_USUAL },
	{ "interval", 'G', "SECONDS", "a record of each key for every SECONDS of packet time",
	  set_interval, CLI_OUTPUT | CLI_USUAL },
	{ "max-keys", 0, "N",
	  "keep at most N keys and flows; of more, the one that\nwas silent longest is told early "
	  "(default: 1000000)",
	  set_max_keys, CLI_LIMITS },
	{ "no-flows", 0, NULL, "do not follow flows: faster, without figures of TCP", set_no_flows,
	  CLI_SELECTION },
	{ "top", 0, "N",
	  "table: rows of keys, 0 for all; prometheus: keys\nwith a label (default: 20)", set_top,
	  CLI_OUTPUT | CLI_USUAL },
	{ "window", 0, "DURATION", "sort packets that are up to DURATION out of order", set_window,
	  CLI_INPUT },
	{ "write", 'w', "FILE", "write to FILE (default: standard output)", set_output_file,
	  CLI_OUTPUT | CLI_USUAL },
	{ 0 },
};

static const struct cli_hint hints[] = {
	{ "--json", "-F ndjson writes JSON, a line for each record" },
	{ "--csv", "-F csv" },
	{ "-i", "live, it reads a pipe of vtap-decap -i or tcpdump -w -" },
	{ "-l", "live, it reads a pipe of vtap-decap -l" },
	{ "-o", "-w is the file to write" },
	{ 0 },
};

static bool options_ends_with(const char *name, const char *ending)
{
	size_t len = strlen(name), end = strlen(ending);

	return len >= end && strcmp(name + len - end, ending) == 0;
}

static bool options_is_capture(const char *name)
{
	return name && (options_ends_with(name, ".pcap") || options_ends_with(name, ".pcapng") ||
			options_ends_with(name, ".cap"));
}

static enum record_format options_format_of(const char *name)
{
	if (!name)
		return RECORD_TABLE;
	if (options_ends_with(name, ".ndjson") || options_ends_with(name, ".jsonl"))
		return RECORD_NDJSON;
	if (options_ends_with(name, ".csv"))
		return RECORD_CSV;
	return options_ends_with(name, ".prom") ? RECORD_PROMETHEUS : RECORD_TABLE;
}

static bool options_agree(const struct stat_config *config, struct error *err)
{
	bool prometheus = config->format == RECORD_PROMETHEUS;

	if (config->by.flow && config->no_flows)
		return error_usage(err, "--no-flows: expected no flow in --by");
	if (config->by.flow && prometheus)
		return error_usage(err, "%s: expected no flow in --by",
				   config->has_format ? "-F prometheus" : "-w FILE.prom");
	if (config->top == 0 && prometheus)
		return error_usage(err, "--top 0: expected at least 1 for prometheus");
	return true;
}

static bool options_check_all(void *config, struct error *err)
{
	struct stat_config *stat = config;
	const struct cli_common *common = &stat->common;

	if (!stat->has_format)
		stat->format = options_format_of(common->output);
	if (!options_agree(stat, err) || !cli_choice_check(&common->choice, err))
		return false;
	if (!common->print_config && cli_reads_terminal(common))
		return error_usage(err, "standard input is a terminal: captures are binary, "
					"use -r FILE or a pipe");
	if (!stat->has_format && options_is_capture(common->output))
		return error_usage(err,
				   "-w %s: vtap-stat writes no captures: expected a name such as "
				   "flows.csv or flows.ndjson",
				   common->output);
	return cli_check_ends(common, true, err);
}

static const struct cli cli = {
	.tool = tool,
	.summary = "Counts packets by source or flow: how much, what was cut, what is missing.",
	.operands = "[FILE ...]",
	.examples = {
		{ "What each source has sent, and what its capture lacks",
		  "vtap-stat -r mirrored.pcap" },
		{ "The flows of a capture, one line of JSON each",
		  "vtap-stat -r plain.pcapng --by flow -F ndjson" },
		{ "Ten times a minute the traffic of each source, as a spreadsheet reads it",
		  "vtap-stat -G 6 --no-flows -r mirrored.pcap -w traffic.csv" },
	},
	.options = options,
	.hints = hints,
	.check = options_check_all,
};

enum cli_result options_parse(int argc, char **argv, struct stat_config *config, struct error *err)
{
	enum { TOP = 20, MAX_KEYS = 1000000, IDLE_S = 60 };

	config->top = TOP;
	config->max_keys = MAX_KEYS;
	config->idle_ns = (int64_t)IDLE_S * SECOND_NS;
	if (!stat_by_parse(&config->by, "source", err))
		return CLI_ERROR;
	return cli_parse(&cli, argc, argv, config, err);
}

void options_free(struct stat_config *config)
{
	cli_free(&config->common);
}
