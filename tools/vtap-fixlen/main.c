/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/tool.h"
#include "options.h"

static int fixlen_run(struct fixlen_options *options)
{
	static struct fixlen fixlen;
	struct cli_common *common = &options->common;
	const struct stage stage = { .self = &fixlen,
				     .put = fixlen_put,
				     .refused = fixlen_refused,
				     .in_place = true,
				     .fast = fixlen_fast };
	struct stats stats = { .tool = fixlen_cli.tool,
			       .rows = fixlen_rows,
			       .counters = &fixlen.counters,
			       .sources = origin_stats_json,
			       .sources_text = origin_stats_text,
			       .sources_arg = &fixlen.origins };
	const struct tool_job job = { .common = common, .stage = &stage, .stats = &stats };
	bool none;
	int status;

	/* A dry run writes nothing, so its result is the table. */
	common->verbose |= common->dry_run && !common->quiet;
	fixlen_init(&fixlen, &options->fixlen);
	status = tool_run(&job);
	none = fixlen_corrected(&fixlen) == 0;
	fixlen_free(&fixlen);
	if (status != EXIT_DONE || !options->fail_if_none || !none)
		return status;
	tool_say(fixlen_cli.tool, "no length was corrected");
	return EXIT_FAILED;
}

int main(int argc, char **argv)
{
	struct fixlen_options options = { 0 };
	struct error err = { 0 };
	int status = EXIT_DONE;

	switch (cli_parse(&fixlen_cli, argc, argv, &options, &err)) {
	case CLI_RUN:
		status = fixlen_run(&options);
		break;
	case CLI_ERROR:
		status = tool_fail(fixlen_cli.tool, &err);
		break;
	case CLI_DONE:
		break;
	}
	cli_free(&options.common);
	return status;
}
