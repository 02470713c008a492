/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/tool.h"
#include "options.h"

static int fixlen_run(struct fixlen_options *options)
{
	static struct fixlen fixlen;
	struct cli_common *common = &options->common;
	const struct stage stage = { .self = &fixlen,
				     .put = fixlen_put,
				     .in_place = true,
				     .fast = fixlen_fast,
				     .refused = fixlen_refused,
				     .unwritten = fixlen_unwritten };
	struct stats stats = { .tool = fixlen_cli.tool,
			       .rows = fixlen_rows,
			       .counters = &fixlen.counters,
			       .sources = &origin_stats_sources,
			       .sources_arg = &fixlen.origins,
			       .nothing = fixlen_nothing,
			       .nothing_arg = &fixlen,
			       .nothing_text = "no length was corrected" };
	const struct tool_job job = { .common = common, .stage = &stage, .stats = &stats };
	int status;

	/* A dry run writes nothing, so its result is the table. */
	common->verbose |= common->dry_run && !common->quiet;
	fixlen_init(&fixlen, &options->fixlen);
	status = tool_run(&job);
	fixlen_free(&fixlen);
	return status;
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
