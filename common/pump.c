/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pump.h"

#include "interrupt.h"
#include "lane.h"

static bool write_packet(struct pump *pump, const struct packet *packet, struct error *err)
{
	pump->out++;
	pump->bytes_out += packet->caplen;
	return !pump->sink || sink_put(pump->sink, packet, err);
}

static enum pump_result drain(struct pump *pump, bool end, struct error *err)
{
	const struct stage *stage = pump->stage;
	struct packet due;

	if (!stage->due)
		return PUMP_DONE;
	while (stage->due(stage->self, end, &due))
		if (!write_packet(pump, &due, err))
			return PUMP_SINK_FAILED;
	return PUMP_DONE;
}

static enum pump_result on_packet(struct pump *pump, struct packet *in, struct error *err)
{
	const struct stage *stage = pump->stage;
	struct packet *out = in, copy;

	pump->in++;
	pump->bytes_in += in->caplen;
	if (!stage->in_place) {
		copy = *in;
		out = &copy;
	}
	switch (stage->put(stage->self, in, out, err)) {
	case PASS:
		if (!write_packet(pump, out, err))
			return PUMP_SINK_FAILED;
		break;
	case FAILED:
		return PUMP_STAGE_FAILED;
	case DROP:
	case HOLD:
		break;
	}
	if (!stage->due || (stage->holds && !*stage->holds))
		return PUMP_DONE;
	return drain(pump, false, err);
}

/* What is held belongs to the section that ends. */
static enum pump_result on_block(struct pump *pump, const struct block *block, struct error *err)
{
	enum pump_result result = PUMP_DONE;

	if (block->kind == BLOCK_SECTION)
		result = drain(pump, true, err);
	if (result != PUMP_DONE)
		return result;
	if (pump->stage->block)
		pump->stage->block(pump->stage->self, block);
	if (block->kind == BLOCK_INTERFACE && pump->stage->interfaces)
		return PUMP_DONE;
	if (pump->sink && !sink_block(pump->sink, block, err))
		return PUMP_SINK_FAILED;
	return PUMP_DONE;
}

struct idle {
	struct pump *pump;
	struct error *err;
	bool failed;
};

static bool flush(struct idle *idle)
{
	struct sink *sink = idle->pump->sink;

	idle->failed = sink && !sink_flush(sink, idle->err);
	return !idle->failed;
}

/* With the sink flushed, the counters tell of everything so far. */
static bool handle_events(struct idle *idle)
{
	unsigned events = idle->pump->events ? interrupt_events() : 0;

	if (events == 0)
		return true;
	if (!flush(idle))
		return false;
	idle->pump->events(idle->pump->events_arg, events);
	return true;
}

static bool before_wait(void *arg)
{
	struct idle *idle = arg;

	return flush(idle) && handle_events(idle);
}

/* Signals and the limit. */
static bool goes_on(const struct pump *pump, struct idle *idle)
{
	return (!interrupt_seen() || pump->source->drains) &&
	       !(pump->limit && pump->in == pump->limit) && handle_events(idle);
}

/* Until the source ends or something fails; SOURCE_ERROR is kept in *last. */
static enum pump_result loop(struct pump *pump, struct idle *idle, enum source_result *last,
			     struct error *err)
{
	enum pump_result result = PUMP_DONE;
	struct packet packet;
	struct block block;
	struct lane lane;

	lane_open(&lane, pump);
	*last = SOURCE_END;
	while (result == PUMP_DONE && goes_on(pump, idle)) {
		*last = source_next(pump->source, &packet, &block, err);
		if (*last == SOURCE_PACKET)
			result = on_packet(pump, &packet, err);
		else if (*last == SOURCE_BLOCK)
			result = on_block(pump, &block, err);
		else
			break;
		if (result == PUMP_DONE && lane.source && !lane_run(&lane, pump, err))
			result = PUMP_SINK_FAILED;
	}
	return result;
}

enum pump_result pump_run(struct pump *pump, struct error *err)
{
	struct error flush_err, drain_err;
	struct idle idle = { .pump = pump, .err = &flush_err };
	enum source_result last;
	enum pump_result result;

	/* A stage that keeps its outputs to itself has a hook of its own. */
	if (pump->sink || pump->events)
		source_before_wait(pump->source, (struct source_hook){ before_wait, &idle });
	result = loop(pump, &idle, &last, err);
	source_before_wait(pump->source, (struct source_hook){ 0 });
	if (idle.failed)
		*err = flush_err;
	if (idle.failed || result == PUMP_SINK_FAILED)
		return PUMP_SINK_FAILED;
	if (drain(pump, true, &drain_err) != PUMP_DONE) {
		*err = drain_err;
		return PUMP_SINK_FAILED;
	}
	if (result == PUMP_DONE && last == SOURCE_ERROR)
		return PUMP_SOURCE_FAILED;
	return result;
}
