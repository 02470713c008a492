/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include "capture/inputs.h"
#include "capture/wiretap_reader.h"
#include "cli/tool.h"
#include "io/interrupt.h"
#include "lacking.h"

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
			       struct inputs *inputs, struct error *err)
{
	struct source *source;

	if (!inputs_probe(inputs, err) || !split_open(split, err) || !run_confine(config, err))
		return NULL;
	source = inputs_start(inputs, config->window_ns, err);
	if (source)
		split_begin(split, source->format);
	return source;
}

static int run_inputs(struct split *split, const struct split_config *config, struct inputs *inputs,
		      struct error *err)
{
	const struct stage stage = { .self = split, .put = split_put, .block = split_block };
	struct pipeline pipeline = { .stage = &stage, .limit = config->common.limit };
	struct stats stats = { .tool = "vtap-split" };
	int status;

	split_stats(split, &stats);
	lacking_stats(split, &stats);
	pipeline.source = run_open(split, config, inputs, err);
	if (pipeline.source) {
		run_pipeline(split, &pipeline, err);
		run_count(&stats, split, &pipeline);
	}
	tool_count_inputs(&stats, inputs, config->common.input_count, &pipeline);
	stats.fatal = err->text[0];
	status = tool_finish(&config->common, &stats, err);
	source_close(pipeline.source);
	return status;
}

int split_run(const struct split_config *config)
{
	const struct cli_common *common = &config->common;
	struct error err = { 0 };
	struct split *split = split_new(config, &err);
	struct inputs *inputs;
	int status;

	if (!split)
		return tool_fail("vtap-split", &err);
	interrupt_catch();
	inputs = inputs_new(common->inputs, common->input_count, common->reader, tool_tell_input,
			    "vtap-split", &err);
	status = inputs ? run_inputs(split, config, inputs, &err) : tool_fail("vtap-split", &err);
	split_free(split);
	inputs_free(inputs);
	return status;
}
