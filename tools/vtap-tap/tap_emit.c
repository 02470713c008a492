/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap_emit.h"

#include <stdlib.h>

#include "clock.h"

enum { IPV4_LEN = 20, IPV6_LEN = 40, FRAGMENT_LEN = 8 };

/* Of an outer packet as a target would get it. */
struct plan {
	struct tunnel_build what;
	uint32_t len;	  /* of the outer IP packet */
	uint32_t packets; /* of IP that it becomes */
	uint64_t bytes;	  /* in all of these */
};

static struct tunnel_build describe(struct tap_emit *emit, const struct tap_flow *flow)
{
	const struct tap_target *target = flow->target;
	const struct tap_piece *piece = &emit->piece;

	emit->meta.len = piece->len;
	emit->meta.sequence = flow->sequence;
	return (struct tunnel_build){
		.payload = piece->bytes,
		.linktype = piece->linktype,
		.has_id = target->has_id,
		.id = target->id,
		.has_sequence = emit->config->sequence,
		.sequence = flow->sequence,
		.cut = piece->cut,
		.direction = (int)emit->direction,
		.time_ns = emit->packet.time_ns,
		.meta = emit->config->meta ? &emit->meta : NULL,
	};
}

static void measure(struct tap_emit *emit, struct tap_flow *flow)
{
	struct tunnel_build what;

	emit->piece = (struct tap_piece){ .linktype = LINK_ETHERNET };
	what = describe(emit, flow);
	flow->overhead = (uint32_t)envelope_overhead(&flow->envelope, &what);
}

bool tap_emit_init(struct tap_emit *emit, const struct tap_config *config)
{
	const struct bucket_config *rate = &config->rate;

	emit->config = config;
	emit->meta = config->tap;
	emit->limited = rate->bits_per_s != 0 || rate->packets_per_s != 0;
	for (unsigned i = 0; i < config->target_count; i++) {
		struct tap_flow *flow = &emit->flow[i];

		flow->target = &config->targets[i];
		flow->mtu = config->targets[i].mtu;
		flow->envelope = config->targets[i].envelope;
		bucket_init(&flow->bucket, rate);
		measure(emit, flow);
	}
	emit->whole = malloc(TAP_FRAME_MAX);
	return emit->whole && tap_frames_init(&emit->frames);
}

void tap_emit_free(struct tap_emit *emit)
{
	tap_frames_free(&emit->frames);
	free(emit->whole);
}

void tap_emit_retarget(struct tap_emit *emit, unsigned target, const struct envelope *envelope)
{
	emit->flow[target].envelope = *envelope;
	measure(emit, &emit->flow[target]);
}

void tap_emit_packet(struct tap_emit *emit)
{
	emit->packet_truncated = false;
	emit->packet_fragmented = false;
	emit->meta.time_ns = emit->packet.time_ns;
	emit->meta.has_time = emit->packet.form != PACKET_SIMPLE;
	emit->meta.direction = (uint8_t)emit->direction;
	if (emit->limited)
		emit->now_ns =
			emit->config->live_clock ? clock_ns(CLOCK_MONOTONIC) : emit->packet.time_ns;
	tap_ledger_open(&emit->ledger, emit->packet.number, emit->wanted);
}

void tap_emit_piece(struct tap_emit *emit)
{
	emit->next = 0;
	emit->fragmenting = false;
}

static bool four(const struct tap_flow *flow)
{
	return flow->envelope.version == 4;
}

/* What fits without fragments; without an MTU, what the outer lengths can say. */
static uint32_t limit(const struct tap_flow *flow)
{
	uint32_t most = four(flow) ? TAP_IPV4_MAX : TAP_IPV6_MAX;

	return flow->mtu != 0 && flow->mtu < most ? flow->mtu : most;
}

/* As fragmenter.h will cut it. */
static void plan_fragments(const struct tap_flow *flow, struct plan *plan)
{
	uint32_t header = four(flow) ? IPV4_LEN : IPV6_LEN, extra = four(flow) ? 0 : FRAGMENT_LEN;
	uint32_t step = (limit(flow) - header - extra) / 8 * 8;

	plan->packets = (plan->len - header + step - 1) / step;
	plan->bytes = plan->len - header + (uint64_t)plan->packets * (header + extra);
}

/* True when len is what fragments can carry to this target. */
static bool can_fragment(const struct tap_emit *emit, const struct tap_flow *flow, uint32_t len)
{
	return emit->config->oversize == OVERSIZE_FRAGMENT && limit(flow) >= FRAGMENTER_MTU_MIN &&
	       len <= (uint32_t)(four(flow) ? TAP_IPV4_MAX : TAP_IPV6_MAX);
}

/* True when len, of an outer packet, can be made to fit by shortening what it carries. */
static bool can_truncate(const struct tap_emit *emit, const struct tap_flow *flow)
{
	return emit->config->oversize == OVERSIZE_TRUNCATE &&
	       limit(flow) >= flow->overhead - ENVELOPE_ETHERNET_LEN;
}

/* What is sent of a packet that is too large; false when nothing can be. */
static bool fit(struct tap_emit *emit, const struct tap_flow *flow, struct plan *plan)
{
	if (can_fragment(emit, flow, plan->len)) {
		plan_fragments(flow, plan);
		return true;
	}
	if (!can_truncate(emit, flow))
		return false;
	plan->len = limit(flow);
	plan->bytes = plan->len;
	plan->what.payload =
		span_first(plan->what.payload, plan->len + ENVELOPE_ETHERNET_LEN - flow->overhead);
	plan->what.cut = true;
	return true;
}

static void note_oversize(struct tap_emit *emit, const struct plan *plan, uint32_t len)
{
	if (len > emit->counters.largest_oversize)
		emit->counters.largest_oversize = len;
	if (plan->packets > 1) {
		emit->counters.fragmented += !emit->packet_fragmented;
		emit->packet_fragmented = true;
	} else if (plan->len < len) {
		emit->counters.truncated += !emit->packet_truncated;
		emit->packet_truncated = true;
	}
}

static bool refuse(struct tap_emit *emit, unsigned target, enum tap_outcome cause)
{
	struct tap_target_counts *counts = &emit->flow[target].counts;

	counts->oversize += cause == TAP_OVERSIZE;
	counts->rate_limited += cause == TAP_RATE_LIMITED;
	tap_ledger_lose(&emit->ledger, target, cause);
	return false;
}

/* Everything that can keep the piece from the target, in the order of tap.h. */
static bool admit(struct tap_emit *emit, unsigned target, struct plan *plan)
{
	struct tap_flow *flow = &emit->flow[target];
	bool fits;
	uint32_t len;

	plan->what = describe(emit, flow);
	if (plan->what.linktype != LINK_ETHERNET &&
	    envelope_overhead(&flow->envelope, &plan->what) == 0)
		return refuse(emit, target, TAP_UNSUPPORTED);
	len = flow->overhead - ENVELOPE_ETHERNET_LEN + (uint32_t)plan->what.payload.len;
	plan->len = len;
	plan->bytes = len;
	plan->packets = 1;
	fits = len <= limit(flow) || fit(emit, flow, plan);
	if (emit->limited && !bucket_take(&flow->bucket, emit->now_ns, plan->bytes, plan->packets))
		return refuse(emit, target, TAP_RATE_LIMITED);
	if (len > limit(flow))
		note_oversize(emit, plan, len);
	return fits || refuse(emit, target, TAP_OVERSIZE);
}

static struct packet give(struct tap_emit *emit, unsigned target, const uint8_t *frame, size_t len)
{
	struct tap_flow *flow = &emit->flow[target];
	struct packet out = emit->packet;

	out.data = frame;
	out.caplen = (uint32_t)len;
	out.len = (uint32_t)len;
	packet_move(&out, flow->interface);
	flow->counts.sent++;
	flow->counts.bytes += len - ENVELOPE_ETHERNET_LEN;
	tap_ledger_frame(&emit->ledger);
	tap_frames_made(&emit->frames, len);
	return out;
}

static bool next_fragment(struct tap_emit *emit, struct packet *out)
{
	struct patch room = tap_frames_room(&emit->frames);
	size_t len = fragmenter_next(&emit->fragmenter, room);

	emit->fragmenting = len != 0;
	if (emit->fragmenting)
		*out = give(emit, emit->fragmented, room.data, len);
	return emit->fragmenting;
}

/* The whole frame, or the first of its fragments. */
static bool build(struct tap_emit *emit, unsigned target, const struct plan *plan,
		  struct packet *out)
{
	struct tap_flow *flow = &emit->flow[target];
	bool parts = plan->packets > 1 && !emit->config->fragment_by_sender;
	struct patch room = tap_frames_room(&emit->frames);
	uint32_t id = emit->id++;
	size_t len;

	if (parts)
		room.data = emit->whole;
	len = envelope_build(&flow->envelope, &plan->what, envelope_source_port(emit->hash),
			     (uint16_t)id, room);
	if (len == 0)
		return refuse(emit, target, TAP_UNSUPPORTED);
	flow->sequence++;
	if (!parts) {
		*out = give(emit, target, room.data, len);
		return true;
	}
	emit->fragmented = target;
	return fragmenter_begin(&emit->fragmenter, span_of(room.data, len), flow->mtu, id) &&
	       next_fragment(emit, out);
}

bool tap_emit_next(struct tap_emit *emit, struct packet *out)
{
	struct plan plan;

	if (emit->fragmenting && next_fragment(emit, out))
		return true;
	while (emit->next < emit->config->target_count) {
		unsigned target = emit->next++;

		if (emit->wanted >> target & 1 && admit(emit, target, &plan) &&
		    build(emit, target, &plan, out))
			return true;
	}
	return false;
}
