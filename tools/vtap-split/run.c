/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include "interrupt.h"
#include "source/merge.h"
#include "source/wiretap.h"
#include "tool.h"

static void count(struct stats *stats, const struct split *split, const struct pump *pump)
{
	struct outset_counters lost = outset_counters(split->outset);

	stats->in = pump->in;
	stats->bytes_in = pump->bytes_in;
	stats->out = split->counters.packets;
	stats->bytes_out = split->counters.bytes;
	stats->skipped = pump->source->skipped;
	stats->simple_enhanced = lost.simple_enhanced;
	stats->time_cut = lost.time_cut;
	stats->blocks_lost = lost.blocks_lost;
}

/* What came before a damaged input is good; after a failed write nothing is. */
static void run(struct split *split, struct pump *pump, struct error *err)
{
	struct error finish = { 0 };
	enum pump_result result;

	source_before_wait(pump->source, (struct source_hook){ split_flush, split });
	result = pump_run(pump, err);
	if (result == PUMP_DONE)
		err->text[0] = '\0';
	if (split_finish(split, result != PUMP_STAGE_FAILED, &finish))
		return;
	if (err->text[0] && result == PUMP_SOURCE_FAILED)
		tool_fail("vtap-split", err);
	if (result != PUMP_STAGE_FAILED)
		*err = finish;
}

/* Files are named after packets: all that is sure of their names stands in front of the first key.
 */
static bool confine(const struct split_config *config, struct error *err)
{
	struct sandbox sandbox = { .needs = source_wiretap_loaded() ? SANDBOX_WIRETAP : 0 };
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

	files = source_merge_reach(config->common.inputs, count, config->common.reader, err);
	if (!files)
		return NULL;
	if (!split_init(split, config, err) || !confine(config, err)) {
		source_merge_leave(files, count);
		return NULL;
	}
	source = source_merge_begin(files, count, config->window_ns, err);
	if (source)
		split_begin(split, source->format);
	return source;
}

int run_split(const struct split_config *config)
{
	static struct split split;
	const struct stage stage = { .self = &split, .put = split_put, .block = split_block };
	struct pump pump = { .stage = &stage, .limit = config->common.limit };
	struct stats stats = { .tool = "vtap-split",
			       .rows = split_rows,
			       .counters = &split.counters,
			       .sources = split_sources,
			       .sources_text = split_sources_text,
			       .sources_arg = &split };
	struct error err = { 0 };
	int status;

	interrupt_catch();
	pump.source = open_all(&split, config, &err);
	if (pump.source) {
		run(&split, &pump, &err);
		count(&stats, &split, &pump);
	}
	stats.fatal = err.text[0];
	status = tool_finish(&config->common, &stats, &err);
	split_free(&split);
	source_close(pump.source);
	return status;
}
