/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include "capture/merge.h"
#include "capture/wiretap_reader.h"
#include "cli/tool.h"
#include "io/interrupt.h"

static void run_count(struct stats *stats, const struct split *split,
		      const struct pipeline *pipeline)
{
	stats->in = pipeline->in;
	stats->bytes_in = pipeline->bytes_in;
	stats->skipped = pipeline->source->skipped;
	split_totals(split, stats);
}

/* If the input is damaged, the files of what came before are good; if a write failed, none is. */
static void run_pipeline(struct split *split, struct pipeline *pipeline, struct error *err)
{
	struct error finish = { 0 };
	enum pipeline_result result;

	source_before_wait(pipeline->source, (struct source_hook){ split_flush, split });
	result = pipeline_run(pipeline, err);
	if (result == PIPELINE_DONE)
		err->text[0] = '\0';
	if (split_finish(split, result != PIPELINE_STAGE_FAILED, &finish))
		return;
	if (err->text[0] && result == PIPELINE_SOURCE_FAILED)
		tool_fail("vtap-split", err);
	if (result != PIPELINE_STAGE_FAILED)
		*err = finish;
}

/* Packets name the files, so writing is allowed in the directory that all of them are below. */
static bool run_confine(const struct split_config *config, struct error *err)
{
	struct sandbox sandbox = { .needs = wiretap_reader_loaded() ? SANDBOX_WIRETAP : 0 };
	char folder[TEMPLATE_NAME_SIZE];

	template_folder(&config->name, folder);
	sandbox_write(&sandbox, folder);
	return tool_confine("vtap-split", &config->common, false, &sandbox, err);
}

static struct source *run_open(struct split *split, const struct split_config *config,
			       struct error *err)
{
	unsigned count = config->common.input_count;
	struct source_file *files;
	struct source *source;

	files = merge_probe(config->common.inputs, count, config->common.reader, err);
	if (!files)
		return NULL;
	if (!tool_allow_owner(&config->common, err) || !split_open(split, err) ||
	    !run_confine(config, err)) {
		merge_discard(files, count);
		return NULL;
	}
	source = merge_start(files, count, config->window_ns, err);
	if (source)
		split_begin(split, source->format);
	return source;
}

int split_run(const struct split_config *config)
{
	struct error err = { 0 };
	struct split *split = split_new(config, &err);
	const struct stage stage = { .self = split, .put = split_put, .block = split_block };
	struct pipeline pipeline = { .stage = &stage, .limit = config->common.limit };
	struct stats stats = { .tool = "vtap-split" };
	int status;

	if (!split)
		return tool_fail("vtap-split", &err);
	split_stats(split, &stats);
	interrupt_catch();
	pipeline.source = run_open(split, config, &err);
	if (pipeline.source) {
		run_pipeline(split, &pipeline, &err);
		run_count(&stats, split, &pipeline);
	}
	stats.fatal = err.text[0];
	status = tool_finish(&config->common, &stats, &err);
	if (status == EXIT_DONE && split_has_refused(split))
		status = EXIT_FAILED;
	split_free(split);
	source_close(pipeline.source);
	return status;
}
