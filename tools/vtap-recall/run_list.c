/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run_list.h"

#include "archive.h"
#include "cli/tool.h"
#include "cli/tool_interval.h"
#include "recall_counts.h"
#include "host/privileges.h"
#include "io/interrupt.h"
#include "list_print.h"
#include "nearest.h"

static bool run_list_confine(const struct archive *archive, struct error *err)
{
	struct sandbox sandbox = { .needs = archive_needs(archive) };

	archive_permit(archive, &sandbox);
	return tool_confine("vtap-recall", &archive->config->common, NULL, false, &sandbox, err);
}

static bool run_list_print(struct archive *archive, struct error *err)
{
	if (archive->listing.count == 0)
		return nearest_tell(archive, err);
	if (archive->config->json)
		list_print_json(&archive->listing, stdout);
	else
		list_print_table(&archive->listing, stdout);
	return fflush(stdout) == 0 || error_errno(err, "standard output");
}

int run_list(struct recall_config *config)
{
	struct recall_counts counts = { 0 };
	struct stats stats = { .tool = "vtap-recall",
			       .rows = recall_counts_rows,
			       .counters = &counts,
			       .own = &recall_counts_own,
			       .own_arg = &counts };
	struct tool_interval interval = { 0 };
	struct archive archive = { .folder = -1 };
	struct error err = { 0 };
	int status;

	interrupt_catch();
	tool_interval_open(&interval, &config->common, &stats, &(struct metrics_label){ 0 });
	if (privileges_allow_owner(config->common.user, &err) &&
	    archive_open(&archive, config, NULL, &err) && run_list_confine(&archive, &err) &&
	    archive_list(&archive, &err)) {
		counts.listed = archive.listing.count;
		run_list_print(&archive, &err);
	}
	stats.input_failed = archive.failed;
	stats.fatal = err.text[0];
	status = tool_finish(&interval, &err);
	archive_close(&archive);
	return status;
}
