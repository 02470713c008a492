/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include "capture/merge.h"
#include "capture/wiretap_reader.h"
#include "cli/tool.h"
#include "io/interrupt.h"

static void count(struct stats *stats, const struct split *split, const struct pipeline *pipeline)
{
	struct sink_pool_counters lost = sink_pool_counters(split->sink_pool);

	stats->in = pipeline->in;
	stats->bytes_in = pipeline->bytes_in;
	stats->out = split->counters.packets;
	stats->bytes_out = split->counters.bytes;
	stats->skipped = pipeline->source->skipped;
	stats->simple_enhanced = lost.simple_enhanced;
	stats->timestamps_clamped = lost.timestamps_clamped;
	stats->blocks_dropped = lost.blocks_dropped;
}

/* What came before a damaged input is good; after a failed write nothing is. */
static void run(struct split *split, struct pipeline *pipeline, struct error *err)
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

/* Files are named after packets: all that is sure of their names stands in front of the first key.
 */
static bool confine(const struct split_config *config, struct error *err)
{
	struct sandbox sandbox = { .needs = wiretap_reader_loaded() ? SANDBOX_WIRETAP : 0 };
	char folder[TEMPLATE_NAME_SIZE];

	template_folder(&config->name, folder);
	sandbox_write(&sandbox, folder);
	return tool_confine("vtap-split", &config->common, false, &sandbox, err);
}

static struct source *open_all(struct split *split, const struct split_config *config,
			       struct error *err)
{
	unsigned count = config->common.input_count;
	struct source_file *files;
	struct source *source;

	files = merge_probe(config->common.inputs, count, config->common.reader, err);
	if (!files)
		return NULL;
	if (!split_init(split, config, err) || !confine(config, err)) {
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
	static struct split split;
	const struct stage stage = { .self = &split, .put = split_put, .block = split_block };
	struct pipeline pipeline = { .stage = &stage, .limit = config->common.limit };
	struct stats stats = { .tool = "vtap-split",
			       .rows = split_rows,
			       .counters = &split.counters,
			       .sources = split_sources,
			       .sources_text = split_sources_text,
			       .sources_arg = &split };
	struct error err = { 0 };
	int status;

	interrupt_catch();
	pipeline.source = open_all(&split, config, &err);
	if (pipeline.source) {
		run(&split, &pipeline, &err);
		count(&stats, &split, &pipeline);
	}
	stats.fatal = err.text[0];
	status = tool_finish(&config->common, &stats, &err);
	split_free(&split);
	source_close(pipeline.source);
	return status;
}
