/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a run: what is told of it, and its exit status. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/stats_print.h"
#include "cli/status_line.h"
#include "cli/tool.h"
#include "cli/tool_interval.h"

enum { LINE_SIZE = 1024 }; /* bytes of a part of a line at most */

/* Fills in what the tool has to say of having done nothing. A run that failed has its error, which
 * is the cause, and no other line. Returns true if --fail-if-none makes a failure of it. */
static bool tool_did_nothing(const struct cli_common *common, const struct stats *stats,
			     const struct error *err, char *line, size_t size)
{
	bool nothing;
	FILE *to;

	line[0] = line[size - 1] = '\0';
	if (!stats->nothing || err->text[0])
		return false;
	to = fmemopen(line, size, "w");
	if (!to)
		return false;
	nothing = stats->nothing(stats->nothing_arg, stats, to) && common->fail_if_none;
	if (nothing && ftell(to) == 0)
		fputs(stats->nothing_text, to);
	fclose(to);
	line[size - 1] = '\0';
	return nothing;
}

/* Says in one line that nothing was done, and what was lost. With -v the table has the losses. */
static void tool_say_end(const struct cli_common *common, const struct stats *stats,
			 const char *nothing)
{
	char losses[LINE_SIZE] = "";

	if (!common->verbose && !common->quiet)
		stats_print_losses(stats, losses, sizeof(losses));
	if (*nothing || *losses)
		tool_say(stats->tool, "%s%s%s", nothing, *nothing && *losses ? "; " : "", losses);
}

/* A run that failed early has made no folders yet. If it failed since it could not, its error says
 * so. */
static bool tool_has_folder(const struct cli_common *common, const char *file,
			    const struct error *run_err)
{
	return !run_err->text[0] || tool_make_folders(common, file, &(struct error){ 0 });
}

static bool tool_write_stats(const struct cli_common *common, const struct stats *stats)
{
	struct error err = { 0 };

	return !common->stats || stats_write(stats, common->stats, &err) ||
	       tool_report_error(stats->tool, &err) == EXIT_DONE;
}

/* Returns false if some file could not be written; the user knows. */
static bool tool_write_reports(struct tool_interval *interval, const struct error *run_err)
{
	const struct cli_common *common = interval->common;
	bool stats = tool_has_folder(common, common->stats, run_err) &&
		     tool_write_stats(common, interval->stats);
	bool metrics =
		tool_has_folder(common, common->metrics, run_err) && tool_interval_end(interval);

	return stats && metrics;
}

/* In one piece: another tool of the pipeline may draw its line between two writes. */
static void tool_print_table(const struct stats *stats)
{
	char *text = NULL;
	size_t len = 0;
	FILE *memory = open_memstream(&text, &len);

	if (!memory) {
		stats_print(stats, stderr);
		return;
	}
	fputs(status_line_clear(), memory);
	stats_print(stats, memory);
	if (fclose(memory) == 0)
		fwrite(text, 1, len, stderr);
	free(text);
}

int tool_finish(struct tool_interval *interval, const struct error *err)
{
	const struct cli_common *common = interval->common;
	const struct stats *stats = interval->stats;
	bool written = true, failed;
	char line[LINE_SIZE];
	int status;

	if (!err->usage)
		written = tool_write_reports(interval, err);
	if (common->verbose && !err->usage)
		tool_print_table(stats);
	else
		fputs(status_line_clear(), stderr);
	failed = tool_did_nothing(common, stats, err, line, sizeof(line));
	if (!sink_gone(err))
		tool_say_end(common, stats, failed || !common->quiet ? line : "");
	status = tool_report_error(stats->tool, err);
	if (stats->input_failed && status == EXIT_DONE)
		status = EXIT_FAILED;
	return status == EXIT_DONE && (failed || !written) ? EXIT_FAILED : status;
}
