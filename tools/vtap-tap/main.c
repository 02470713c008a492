/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"
#include "tool.h"

static int between_files(const struct options *options)
{
	static struct setup setup;
	struct stats stats = { .tool = tap_options_cli.tool };
	struct error err = { 0 };
	struct tap *tap = NULL;
	struct stage stage;
	const struct tool_job job = {
		.common = &options->common, .stage = &stage, .stats = &stats, .fallback = "pcapng"
	};
	int status;

	if (tap_options_setup(options, &setup, &err))
		tap = tap_new(&setup.config, &err);
	if (tap) {
		stage = tap_stage(tap);
		tap_stats(tap, &stats);
		status = tool_run(&job);
	} else {
		status = tool_fail(tap_options_cli.tool, &err);
	}
	tap_free(tap);
	tap_options_teardown(&setup);
	return status;
}

static int run(const struct options *options)
{
	if (tap_options_between_files(options))
		return between_files(options);
	tool_say(tap_options_cli.tool, "only from -r FILE to -w FILE so far");
	return EXIT_FAILED;
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
	status = run(&options);
	tap_options_free(&options);
	return status;
}
