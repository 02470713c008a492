/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include "capture/source_file.h"
#include "cli/cli_choice.h"
#include "cli/tool.h"
#include "recall.h"

/* A run: the parts that tool_run() calls. */
struct run {
	struct recall_config *config;
	struct choice *choice;
	struct recall recall;
};

static enum verdict run_put(void *self, const struct packet *in, struct packet *out,
			    struct error *err)
{
	(void)in, (void)out, (void)err;
	((struct run *)self)->recall.counts.written++;
	return PASS;
}

static void run_on_unwritten(void *self, const struct interface *fast)
{
	(void)fast;
	((struct run *)self)->recall.counts.written--;
}

static struct source *run_open_recall(void *arg, struct error *err)
{
	struct run *run = arg;

	return recall_open(&run->recall, run->config, run->choice, err);
}

static bool run_start(void *arg, struct error *err)
{
	return recall_start(&((struct run *)arg)->recall, err);
}

static void run_permit(void *arg, struct sandbox *sandbox)
{
	struct recall *recall = &((struct run *)arg)->recall;

	sandbox->needs |= archive_needs(&recall->archive);
	archive_permit(&recall->archive, sandbox);
	sandbox_write(sandbox, recall->cache.path);
}

/* Packets that were left out did not reach the pipeline. */
static void run_collect(void *arg, struct stats *stats)
{
	const struct recall *recall = &((struct run *)arg)->recall;

	stats->in = stats_outcomes(stats);
	stats->bytes_in += recall->counts.bytes_left_out;
	stats->input_failed = recall->archive.failed;
}

static int run_job(struct run *run)
{
	const struct recall_config *config = run->config;
	const struct stage stage = {
		.self = run, .put = run_put, .in_place = true, .unwritten = run_on_unwritten
	};
	struct stats stats = { .tool = "vtap-recall",
			       .rows = recall_counts_rows,
			       .counters = &run->recall.counts,
			       .own = &recall_counts_own,
			       .own_arg = &run->recall.counts };
	const struct tool_job job = { .common = &config->common,
				      .stage = &stage,
				      .stats = &stats,
				      .fallback = "pcapng",
				      .interfaces = INTERFACES_WITH_PACKETS,
				      .open_source = run_open_recall,
				      .start = run_start,
				      .needs = cli_choice_needs(&config->common),
				      .permit = run_permit,
				      .collect = run_collect,
				      .arg = run };

	return tool_run(&job);
}

int run_recall(struct recall_config *config)
{
	struct run run = { .config = config };
	struct error err = { 0 };
	int status;

	if (!cli_choice_open(&config->common, "vtap-recall", &run.choice, &err))
		return tool_fail("vtap-recall", &err);
	status = run_job(&run);
	choice_free(run.choice);
	return status;
}
