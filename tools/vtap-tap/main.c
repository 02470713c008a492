/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"
#include "cli/tool.h"
#include "live.h"
#include "live/interface_list.h"
#include "live_stats.h"

static void tap_say_between_files(void *arg, const char *text)
{
	if (!((const struct options *)arg)->common.quiet)
		tool_say(tap_options_cli.tool, "%s", text);
}

static int tap_run_between_files(struct options *options)
{
	static struct setup setup;
	struct live_stats live_stats = { .options = options };
	struct stats stats = { .tool = tap_options_cli.tool };
	struct error err = { 0 };
	struct tap *tap = NULL;
	struct stage stage;
	const struct tool_job job = {
		.common = &options->common,
		.stage = &stage,
		.stats = &stats,
		.fallback = "pcapng",
		.needs = options->filter[0] ? SANDBOX_NAMES : 0,
		.label = { "tap", live_stats.label },
	};
	int status;

	if (tap_options_setup(options, &setup, &err)) {
		setup.config.say = tap_say_between_files;
		setup.config.say_arg = options;
		tap = tap_new(&setup.config, &err);
	}
	if (tap) {
		stage = tap_stage(tap);
		live_stats.tap = tap;
		live_stats_connect(&live_stats, &stats);
		status = tool_run(&job);
	} else {
		status = tool_fail(tap_options_cli.tool, &err);
	}
	tap_free(tap);
	tap_options_teardown(&setup);
	return status;
}

static int tap_list_interfaces(void)
{
	struct error err = { 0 };

	return interface_list_print(stdout, &err) ? EXIT_DONE
						  : tool_fail(tap_options_cli.tool, &err);
}

static int tap_run(struct options *options)
{
	if (options->list)
		return tap_list_interfaces();
	tap_options_tell_rate(options);
	if (options->check)
		return tap_check(options);
	return tap_options_between_files(options) ? tap_run_between_files(options)
						  : tap_live_run(options);
}

int main(int argc, char **argv)
{
	struct options options;
	struct error err = { 0 };
	int status;

	switch (tap_options_parse(&options, argc, argv, &err)) {
	case CLI_DONE:
		return EXIT_DONE;
	case CLI_ERROR:
		return tool_fail(tap_options_cli.tool, &err);
	case CLI_RUN:
		break;
	}
	status = tap_run(&options);
	tap_options_free(&options);
	return status;
}
