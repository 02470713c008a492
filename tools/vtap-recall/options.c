/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include "base/number.h"
#include "cli/cli_choice.h"
#include "cli/cli_files.h"
#include "cli/tool.h"
#include "io/terminal.h"

#include <unistd.h>

static const char tool[] = "vtap-recall";

enum { JOBS = 4, JOBS_MAX = 256, CACHE = 1000000000 };

static bool set_archive(void *config, const char *value, struct error *err)
{
	return archive_place_parse(value, &((struct recall_config *)config)->place, err);
}

static bool set_expression(void *config, const char *value, struct error *err)
{
	(void)err;
	((struct recall_config *)config)->expression = value;
	return true;
}

static bool set_source(void *config, const char *value, struct error *err)
{
	if (!*value)
		return error_set(err, "expected the name of a source, in which * and ? stand for "
				      "any characters");
	return source_names_add(&((struct recall_config *)config)->names, value, err);
}

static bool set_list(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct recall_config *)config)->list = true;
	return true;
}

static bool set_json(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct recall_config *)config)->json = true;
	return true;
}

static bool set_transfers(void *config, const char *value, struct error *err)
{
	return number_parse(value, 1, JOBS_MAX, &((struct recall_config *)config)->jobs, err);
}

static bool set_cache(void *config, const char *value, struct error *err)
{
	struct recall_config *recall = config;

	return number_size(value, 1, &recall->cache, err) &&
	       (recall->cache > 0 || error_set(err, "expected a size above 0"));
}

static const struct cli_option words[] = {
	{ "archive", 0, "ARCHIVE", "where captures are: REMOTE:PATH of rclone, or a folder",
	  set_archive, CLI_INPUT },
	{ 0 },
};

static const struct cli_option expression = { "expression",   0,
					      "EXPRESSION",   "as -f",
					      set_expression, CLI_SELECTION };

static const struct cli_option options[] = {
	{ "filter", 'f', "EXPRESSION",
	  "bring back only what matches (as in tcpdump); the\noperand EXPRESSION is the same",
	  cli_choice_set_filter, CLI_SELECTION | CLI_USUAL },
	{ "since", 0, "TIME",
	  "bring back packets from TIME on (UTC):\n2026-11-17T16:05, 2026-11-17, @SECONDS, -2h",
	  cli_choice_set_since, CLI_SELECTION | CLI_USUAL },
	{ "until", 0, "TIME", "bring back packets before TIME", cli_choice_set_until,
	  CLI_SELECTION | CLI_USUAL },
	{ "source", 0, "PATTERN", "bring back this source only; * and ? stand for any\ncharacters",
	  set_source, CLI_SELECTION | CLI_USUAL | CLI_REPEATS },
	{ "list", 0, NULL, "print what would be fetched, by source, and fetch\nnothing", set_list,
	  CLI_OUTPUT | CLI_USUAL },
	{ "json", 0, NULL, "with --list, print a JSON line for each object", set_json,
	  CLI_OUTPUT | CLI_USUAL },
	{ "jobs", 0, "N", "objects that rclone fetches at a time (default: 4)", set_transfers,
	  CLI_LIMITS },
	{ "cache", 0, "SIZE",
	  "keep at most SIZE below TMPDIR or /var/tmp of what is\n"
	  "fetched and unpacked (default: 1GB)",
	  set_cache, CLI_LIMITS | CLI_USUAL },
	{ "sync", 0, NULL, "have the file on the disk before it gets its name", cli_set_sync,
	  CLI_OUTPUT },
	{ 0 },
};

/* In an archive there is no first packet from which +90s could count. */
static bool options_take_time(const struct moment *moment, bool given, const char *option,
			      int64_t *ns, struct error *err)
{
	if (given && moment->behind_first)
		return error_usage(err,
				   "%s: an archive has no first packet to count from: expected "
				   "2026-11-17T16:05, @SECONDS or -2h",
				   option);
	if (given)
		*ns = moment->ns;
	return true;
}

static bool options_take_times(struct recall_config *config, struct error *err)
{
	struct cli_choice *choice = &config->common.choice;

	config->since_ns = INT64_MIN;
	config->until_ns = INT64_MAX;
	if (!choice->has_since && !choice->has_until && !config->list)
		return error_usage(err, "neither --since nor --until is given: say --since @0 to "
					"bring back everything, or --list to see what there is");
	if (!options_take_time(&choice->since, choice->has_since, "--since", &config->since_ns,
			       err) ||
	    !options_take_time(&choice->until, choice->has_until, "--until", &config->until_ns,
			       err) ||
	    !cli_choice_check(choice, err))
		return false;
	choice->has_since = choice->has_until = false;
	return true;
}

static bool options_check_output(const struct recall_config *config, struct error *err)
{
	const struct cli_common *common = &config->common;
	struct terminal_size size;

	if (!common->print_config && !config->list && !common->output &&
	    terminal_ask_size(STDOUT_FILENO, &size))
		return error_usage(err, "standard output is a terminal: captures are binary, "
					"use -w FILE or a pipe");
	return cli_check_ends(common, !config->list, err);
}

static bool options_are_sound(void *config, struct error *err)
{
	struct recall_config *recall = config;
	struct cli_common *common = &recall->common;

	if (recall->expression && common->choice.filter)
		return error_usage(err, "-f and an EXPRESSION are given: expected one of both");
	if (recall->json && !recall->list)
		return error_usage(err, "--json is for --list");
	if (recall->expression)
		common->choice.filter = recall->expression;
	if (recall->jobs == 0)
		recall->jobs = JOBS;
	if (recall->cache == 0)
		recall->cache = CACHE;
	return options_take_times(recall, err) && options_check_output(recall, err);
}

static const struct cli cli = {
	.tool = tool,
	.summary = "Brings back packets from an archive that vtap-archive has filled.",
	.operands = "ARCHIVE [EXPRESSION]",
	.examples = {
		{ "What a source has sent since a day began, read by tshark",
		  "vtap-recall oci:site1 --source '*@10.0.1.5' --since 2026-11-17 | tshark -r -" },
		{ "What the archive has of a day",
		  "vtap-recall oci:captures --since 2026-11-17 --until 2026-11-18 --list" },
		{ "All of an archive that is a folder",
		  "vtap-recall /srv/captures --since @0 -w all.pcapng" },
	},
	.words = words,
	.expression = &expression,
	.without = CLI_READS,
	.options = options,
	.check = options_are_sound,
};

enum cli_result options_parse(int argc, char **argv, struct recall_config *config,
			      struct error *err)
{
	enum cli_result result = cli_parse(&cli, argc, argv, config, err);

	if (result != CLI_RUN)
		source_names_free(&config->names);
	return result;
}

void options_free(struct recall_config *config)
{
	source_names_free(&config->names);
	cli_free(&config->common);
}
