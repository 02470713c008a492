/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pipeline/pipeline.h"

#include "io/interrupt.h"
#include "pipeline/fast_path.h"

/* Returns false if err is no reason to go on without the packet. */
static bool leave_out(struct pipeline *pipeline, struct error *err)
{
	const struct stage *stage = pipeline->stage;

	if (!sink_refused(err) || !stage->refused)
		return false;
	stage->refused(stage->self);
	pipeline->refused(pipeline->refused_arg, err);
	*err = (struct error){ 0 };
	return true;
}

static void pipeline_not_written(const struct stage *stage, const struct interface *fast)
{
	if (stage->unwritten)
		stage->unwritten(stage->self, fast);
}

static bool pipeline_sink_failed(struct pipeline *pipeline, struct error *err)
{
	if (leave_out(pipeline, err))
		return true;
	pipeline_not_written(pipeline->stage, NULL);
	return false;
}

static inline bool write_packet(struct pipeline *pipeline, const struct packet *packet,
				struct error *err)
{
	uint32_t caplen = packet->caplen;

	if (pipeline->sink && !sink_put(pipeline->sink, packet, err))
		return pipeline_sink_failed(pipeline, err);
	pipeline->out++;
	pipeline->bytes_out += caplen;
	return true;
}

/* The sink has failed: packets that the stage holds get their outcome all the same. */
static void pipeline_give_up(const struct pipeline *pipeline)
{
	const struct stage *stage = pipeline->stage;
	struct packet due;

	while (stage->due && stage->due(stage->self, true, &due))
		pipeline_not_written(stage, NULL);
}

static bool pipeline_stage_failed(const struct stage *stage, struct error *err)
{
	if (!stage->failure || !stage->failure->text[0])
		return false;
	*err = *stage->failure;
	*stage->failure = (struct error){ 0 };
	return true;
}

/* The blocks of the stage itself. */
static bool pipeline_drain_blocks(struct pipeline *pipeline, bool end, struct error *err)
{
	const struct stage *stage = pipeline->stage;
	struct stage_times times = { 0 };
	struct block block;

	if (!stage->due_block)
		return true;
	if (pipeline->section_timed)
		times = (struct stage_times){ true, pipeline->section_first_ns, pipeline->last_ns };
	while (stage->due_block(stage->self, end, &times, &block))
		if (pipeline->sink && !sink_block(pipeline->sink, &block, err))
			return false;
	return true;
}

static enum pipeline_result pipeline_drain(struct pipeline *pipeline, bool end, struct error *err)
{
	const struct stage *stage = pipeline->stage;
	struct packet due;

	if (!stage->due)
		return PIPELINE_DONE;
	while (stage->due(stage->self, end, &due)) {
		if (write_packet(pipeline, &due, err))
			continue;
		pipeline_give_up(pipeline);
		return PIPELINE_SINK_FAILED;
	}
	if (!pipeline_drain_blocks(pipeline, end, err))
		return PIPELINE_SINK_FAILED;
	return pipeline_stage_failed(stage, err) ? PIPELINE_STAGE_FAILED : PIPELINE_DONE;
}

/* A simple packet has no time. */
static inline void pipeline_note_time(struct pipeline *pipeline, const struct packet *in)
{
	if (in->form == PACKET_SIMPLE)
		return;
	pipeline->last_ns = in->time_ns;
	if (pipeline->section_timed)
		return;
	pipeline->section_first_ns = in->time_ns;
	pipeline->section_timed = true;
	if (!pipeline->timed)
		pipeline->first_ns = in->time_ns;
	pipeline->timed = true;
}

static enum pipeline_result pipeline_on_packet(struct pipeline *pipeline, struct packet *in,
					       struct error *err)
{
	const struct stage *stage = pipeline->stage;
	struct packet *out = in, copy;

	pipeline->in++;
	pipeline->bytes_in += in->caplen;
	pipeline_note_time(pipeline, in);
	if (!stage->in_place) {
		copy = *in;
		out = &copy;
	}
	switch (stage->put(stage->self, in, out, err)) {
	case PASS:
		if (!write_packet(pipeline, out, err))
			return PIPELINE_SINK_FAILED;
		break;
	case FAILED:
		return PIPELINE_STAGE_FAILED;
	case DROP:
	case HOLD:
		break;
	}
	if (!stage->due || (stage->holds && !*stage->holds))
		return PIPELINE_DONE;
	return pipeline_drain(pipeline, false, err);
}

/* Packets that the stage holds belong to the section that ends: they come out before it does. */
static enum pipeline_result pipeline_on_block(struct pipeline *pipeline, const struct block *block,
					      struct error *err)
{
	enum pipeline_result result = PIPELINE_DONE;

	if (block->kind == BLOCK_SECTION)
		result = pipeline_drain(pipeline, true, err);
	if (result != PIPELINE_DONE)
		return result;
	if (block->kind == BLOCK_SECTION)
		pipeline->section_timed = false;
	if (pipeline->stage->block)
		pipeline->stage->block(pipeline->stage->self, block);
	if (block->kind == BLOCK_INTERFACE && pipeline->stage->interfaces)
		return PIPELINE_DONE;
	if (pipeline->sink && !sink_block(pipeline->sink, block, err))
		return PIPELINE_SINK_FAILED;
	return PIPELINE_DONE;
}

struct idle {
	struct pipeline *pipeline;
	struct error *err;
	bool failed;
};

static bool pipeline_flush(struct idle *idle)
{
	struct sink *sink = idle->pipeline->sink;

	idle->failed = sink && !sink_flush(sink, idle->err);
	return !idle->failed;
}

/* The sink is flushed first, so that the counters include every packet so far. Not for a line on
 * the terminal: small writes twice a second cost more than it is worth. */
static bool handle_events(struct idle *idle)
{
	unsigned events = idle->pipeline->events ? interrupt_events() : 0;

	if (events == 0)
		return true;
	if (events != INTERRUPT_DRAW && !pipeline_flush(idle))
		return false;
	idle->pipeline->events(idle->pipeline->events_arg, events);
	return true;
}

static bool pipeline_before_wait(void *arg)
{
	struct idle *idle = arg;

	return pipeline_flush(idle) && handle_events(idle);
}

static bool pipeline_handle_signals(struct pipeline *pipeline, struct idle *idle)
{
	pipeline->interrupted = interrupt_seen() && !pipeline->source->drains;
	return !pipeline->interrupted && handle_events(idle);
}

static bool pipeline_goes_on(struct pipeline *pipeline, struct idle *idle)
{
	if (pipeline->limit && pipeline->in == pipeline->limit)
		return false;
	return !interrupt_pending() || pipeline_handle_signals(pipeline, idle);
}

static enum pipeline_result run_fast_path(struct pipeline *pipeline, struct fast_path *fast_path,
					  struct error *err)
{
	uint64_t limit = pipeline->limit ? pipeline->limit - pipeline->in : UINT64_MAX;
	struct fast_path_sums sums;
	bool good = fast_path_run(fast_path, limit, &sums, err);

	if (!good)
		pipeline_not_written(pipeline->stage, sums.failed_on);
	pipeline->in += sums.packets;
	pipeline->out += sums.packets - sums.left_out - !good;
	pipeline->bytes_in += sums.bytes_in;
	pipeline->bytes_out += sums.bytes_out;
	if (sums.packets > 0)
		pipeline->last_ns = sums.last_ns;
	return good ? PIPELINE_DONE : PIPELINE_SINK_FAILED;
}

/* Runs until the source ends, the run is to end, or something fails. Sets *last to what the source
 * returned last. */
static enum pipeline_result pipeline_loop(struct pipeline *pipeline, struct idle *idle,
					  enum source_result *last, struct error *err)
{
	enum pipeline_result result = PIPELINE_DONE;
	struct packet packet;
	struct block block;
	struct fast_path fast_path;

	fast_path_open(&fast_path, pipeline->source, pipeline->stage, pipeline->sink);
	*last = SOURCE_END;
	while (result == PIPELINE_DONE && pipeline_goes_on(pipeline, idle)) {
		*last = source_next(pipeline->source, &packet, &block, err);
		if (*last == SOURCE_PACKET)
			result = pipeline_on_packet(pipeline, &packet, err);
		else if (*last == SOURCE_BLOCK)
			result = pipeline_on_block(pipeline, &block, err);
		else
			break;
		if (result == PIPELINE_DONE && fast_path_is_due(&fast_path))
			result = run_fast_path(pipeline, &fast_path, err);
	}
	if (result == PIPELINE_SINK_FAILED || idle->failed)
		pipeline_give_up(pipeline);
	return result;
}

/* The sink failed at the end of a run in which the source or the stage may have failed before. */
static enum pipeline_result pipeline_end_failed(struct pipeline *pipeline, bool failed_before,
						const struct error *late, struct error *err)
{
	if (failed_before)
		pipeline->first = *err;
	*err = *late;
	return PIPELINE_SINK_FAILED;
}

enum pipeline_result pipeline_run(struct pipeline *pipeline, struct error *err)
{
	struct error flush_err, drain_err;
	struct idle idle = { .pipeline = pipeline, .err = &flush_err };
	enum source_result last;
	enum pipeline_result result;
	bool failed;

	/* A stage with outputs of its own has set a hook before, which also handles events. */
	if (!pipeline->source->hook.before_wait && (pipeline->sink || pipeline->events))
		source_before_wait(pipeline->source,
				   (struct source_hook){ pipeline_before_wait, &idle });
	result = pipeline_loop(pipeline, &idle, &last, err);
	source_before_wait(pipeline->source, (struct source_hook){ 0 });
	failed = result == PIPELINE_STAGE_FAILED || last == SOURCE_ERROR;
	if (idle.failed)
		return pipeline_end_failed(pipeline, failed, &flush_err, err);
	if (result == PIPELINE_SINK_FAILED)
		return result;
	if (pipeline_drain(pipeline, true, &drain_err) != PIPELINE_DONE)
		return pipeline_end_failed(pipeline, failed, &drain_err, err);
	return last == SOURCE_ERROR ? PIPELINE_SOURCE_FAILED : result;
}
