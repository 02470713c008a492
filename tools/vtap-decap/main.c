/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "capture/sink_file.h"
#include "cli/cli_choice.h"
#include "cli/tool.h"
#include "live.h"
#include "live/interface_list.h"
#include "options.h"

static int decap_list_encaps(struct error *err)
{
	if (options_list_encaps(stdout))
		return EXIT_DONE;
	error_errno(err, "standard output");
	return tool_fail(options_cli.tool, err);
}

static int decap_list_interfaces(struct error *err)
{
	return interface_list_print(stdout, err) ? EXIT_DONE : tool_fail(options_cli.tool, err);
}

/* Returns the format of the output, or NULL if the options do not say one that there is. */
static const char *decap_format(const struct cli_common *common)
{
	const struct sink_config any = { .name = common->output ? common->output : "-",
					 .format = common->format,
					 .fallback = "pcapng" };

	return sink_file_format(&any, &(struct error){ 0 });
}

static bool decap_writes_pcapng(const struct cli_common *common)
{
	const char *format = decap_format(common);

	return format && strcmp(format, "pcapng") == 0;
}

/* The names of sources are what the output is for, and a pcap has no place for them. */
static void decap_tell_names(const struct cli_common *common)
{
	const char *format = decap_format(common);

	if (common->verbose && format && sink_file_is_native(format) &&
	    strcmp(format, "pcapng") != 0)
		tool_say(options_cli.tool, "a pcap does not name sources: -F pcapng does");
}

static int decap_run(struct options *options, struct error *err)
{
	struct stats stats = { .tool = options_cli.tool };
	struct decap *decap;
	struct stage stage;
	struct tool_job job = { .common = &options->common,
				.stage = &stage,
				.stats = &stats,
				.fallback = "pcapng",
				.interfaces = INTERFACES_WITH_PACKETS,
				.without_fcs = true,
				.needs = cli_choice_needs(&options->common) };
	int status;

	/* A sink of another format would count the blocks as dropped. */
	options->decap.statistics = decap_writes_pcapng(&options->common);
	decap = decap_new(&options->decap, err);
	if (!decap)
		return tool_fail(options_cli.tool, err);
	stage = decap_stage(decap);
	decap_stats(decap, &stats);
	status = options_live(options) ? decap_live_run(options, decap, &stats) : tool_run(&job);
	decap_free(decap);
	if (status == EXIT_DONE)
		decap_tell_names(&options->common);
	return status;
}

static int decap_run_chosen(struct options *options, struct error *err)
{
	struct decap_config *config = &options->decap;
	int status;

	if (!cli_choice_open(&options->common, options_cli.tool, &config->choice, err))
		return tool_fail(options_cli.tool, err);
	status = decap_run(options, err);
	choice_free(config->choice);
	return status;
}

static int decap_do(struct options *options, struct error *err)
{
	if (options->list_encaps)
		return decap_list_encaps(err);
	if (options->list_interfaces)
		return decap_list_interfaces(err);
	return decap_run_chosen(options, err);
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	struct options options;
	int status = EXIT_FAILED;

	options_default(&options);
	switch (cli_parse(&options_cli, argc, argv, &options, &err)) {
	case CLI_DONE:
		status = EXIT_DONE;
		break;
	case CLI_ERROR:
		status = tool_fail(options_cli.tool, &err);
		break;
	case CLI_RUN:
		status = decap_do(&options, &err);
		cli_free(&options.common);
		break;
	}
	free(options.interface);
	return status;
}
