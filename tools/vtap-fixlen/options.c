/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include "cli/cli_files.h"
#include "cli/cli_operands.h"

static bool set_dry_run(void *config, const char *value, struct error *err)
{
	struct cli_common *common = config;

	(void)value, (void)err;
	common->dry_run = true;
	return true;
}

static bool set_lower(void *config, const char *value, struct error *err)
{
	struct fixlen_options *options = config;

	(void)value, (void)err;
	options->fixlen.lower = true;
	return true;
}

static bool set_rewrite_outer(void *config, const char *value, struct error *err)
{
	struct fixlen_options *options = config;

	(void)value, (void)err;
	options->fixlen.rewrite_outer = true;
	return true;
}

static const struct cli_option rows[] = {
	CLI_OPERANDS_OPTIONS,
	{ "dry-run", 'n', NULL, "write no capture; print the table, as -v does", set_dry_run,
	  CLI_OUTPUT | CLI_USUAL },
	{ "fail-if-none", 0, NULL, "exit with 1 if no length was corrected", cli_set_fail_if_none,
	  CLI_REPORT | CLI_USUAL },
	{ "lower", 0, NULL,
	  "also lower a length that exceeds the claim by more\nthan padding and an FCS explain",
	  set_lower, CLI_OUTPUT | CLI_USUAL },
	{ "rewrite-outer", 0, NULL, "also correct the lengths in outer headers", set_rewrite_outer,
	  CLI_OUTPUT | CLI_USUAL },
	{ "sync", 0, NULL, "have each file on the disk before it gets its name", cli_set_sync,
	  CLI_OUTPUT | CLI_USUAL },
	{ 0 },
};

static bool fixlen_check(void *config, struct error *err)
{
	const struct cli_common *common = config;

	return cli_check_ends(common, !common->dry_run, err);
}

const struct cli fixlen_cli = {
	.tool = "vtap-fixlen",
	.summary = "Restores the lengths of packets that a mirror cut without leaving a trace.",
	.operands = "[FILE ...]",
	.examples = {
		{ "The lengths that packets had before the mirror cut them",
		  "vtap-fixlen -r cut.pcap -w fixed.pcap" },
		{ "What would be corrected, as a table", "vtap-fixlen -n cut.pcap" },
		{ "Behind vtap-decap, in one pipeline",
		  "vtap-decap -r mirrored.pcap | vtap-fixlen -w fixed.pcapng" },
	},
	.options = rows,
	.check = fixlen_check,
};
