/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of all tools, and what they put into struct cli_common. */
#include <string.h>

#include "base/number.h"
#include "cli/cli.h"

enum { STATS_INTERVAL_MIN = 10000000 }; /* nanoseconds */

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

static bool set_metrics(void *config, const char *value, struct error *err)
{
	struct cli_common *common = config;

	if (!*value)
		return error_set(err, "expected a file name");
	common->metrics = value;
	return true;
}

/* A shorter interval would leave no time for packets. */
static bool set_stats_interval(void *config, const char *value, struct error *err)
{
	int64_t *ns = &((struct cli_common *)config)->stats_interval_ns;

	return number_duration(value, ns, err) &&
	       (*ns >= STATS_INTERVAL_MIN || error_set(err, "expected at least 10ms"));
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

static bool set_config(void *config, const char *value, struct error *err)
{
	struct cli_common *common = config;

	if (common->config)
		return error_set(err, "given more than once");
	common->config = value;
	return (*value && strcmp(value, "-") != 0) || error_set(err, "expected the name of a file");
}

static bool set_print_config(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct cli_common *)config)->print_config = true;
	return true;
}

const struct cli_option cli_common_options[] = {
	{ "config", 0, "FILE",
	  "read options from FILE, a line each: stats = FILE;\nthe command line wins", set_config,
	  CLI_GENERAL | CLI_FIRST },
	{ "count", 'c', "N", "stop after N packets", set_limit,
	  CLI_LIMITS | CLI_USUAL | CLI_WRITES },
	{ "format", 'F', "FORMAT",
	  "write pcap, nsecpcap, pcapng or any type\nthat editcap -F lists", set_format,
	  CLI_OUTPUT | CLI_WRITES },
	{ "help", 'h', NULL, "print the most used options (-h) or all (--help)", NULL,
	  CLI_GENERAL },
	{ "metrics", 0, "FILE",
	  "write the counters to FILE every 5 s and at the end,\nfor Prometheus", set_metrics,
	  CLI_REPORT },
	{ "no-sandbox", 0, NULL, "do not restrict system calls and files", set_no_sandbox,
	  CLI_GENERAL },
	{ "print-config", 0, NULL, "print the options in the form of --config, and exit",
	  set_print_config, CLI_GENERAL | CLI_FIRST },
	{ "quiet", 'q', NULL, "print errors only, and no progress", set_quiet, CLI_REPORT },
	{ "read", 'r', "FILE", "read from FILE (default: -, standard input)", set_input,
	  CLI_INPUT | CLI_USUAL | CLI_REPEATS | CLI_READS },
	{ "reader", 0, "auto|wiretap",
	  "how to read: pcap and pcapng natively (auto),\nor everything through wiretap",
	  set_reader, CLI_INPUT | CLI_READS },
	{ "stats", 0, "FILE", "write the counters to FILE, as one JSON object", set_stats,
	  CLI_REPORT },
	{ "stats-interval", 0, "DURATION", "print a line of counters every DURATION",
	  set_stats_interval, CLI_REPORT },
	{ "user", 'Z', "USER", "become USER when everything is open", set_user, CLI_GENERAL },
	{ "verbose", 'v', NULL,
	  "print a table of what was done; show progress also\nof pipes and interfaces",
	  set_verbose, CLI_REPORT | CLI_USUAL },
	{ "version", 'V', NULL,
	  "print the versions of this program and of the\nlibraries that it loads when it needs "
	  "them",
	  NULL, CLI_GENERAL },
	{ "write", 'w', "FILE", "write to FILE (default: -, standard output)", set_output,
	  CLI_OUTPUT | CLI_USUAL | CLI_WRITES },
	{ 0 },
};
