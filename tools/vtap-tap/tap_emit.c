/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap_emit.h"

#include <stdlib.h>

#include "base/clock.h"
#include "header/fields.h"

/* Of an outer packet as a target would get it. */
struct plan {
	uint32_t len;	  /* of the outer IP packet */
	uint32_t packets; /* of IP that it becomes */
	uint64_t bytes;	  /* in all of these */
};

/* The fields that differ; the others are set by measure(). */
static inline void describe(struct tap_emit *emit, struct tap_flow *flow)
{
	const struct tap_piece *piece = &emit->piece;
	struct tunnel_build *what = &flow->what;

	what->payload = piece->bytes;
	what->linktype = piece->linktype;
	what->cut = piece->cut;
	what->direction = (int)emit->direction;
	what->time_ns = emit->packet.time_ns;
	emit->meta.len = piece->len;
	emit->meta.sequence = what->sequence;
}

static void measure(struct tap_emit *emit, struct tap_flow *flow,
		    const struct outer_header *outer_header)
{
	const struct tap_target *target = flow->target;
	uint32_t sequence = flow->what.sequence;

	flow->what = (struct tunnel_build){ .linktype = LINK_ETHERNET,
					    .has_id = target->has_id,
					    .id = target->id,
					    .has_sequence = emit->config->sequence,
					    .sequence = sequence,
					    .meta = emit->config->meta ? &emit->meta : NULL };
	flow->overhead = (uint32_t)outer_header_overhead(outer_header, &flow->what);
	outer_header_prepare(&flow->template, outer_header, &flow->what);
}

/* Whether headers are steady does not change with an address. */
static bool can_be_at_once(const struct tap_emit *emit)
{
	const struct tap_config *config = emit->config;

	for (unsigned i = 0; i < config->target_count; i++)
		if (!emit->flow[i].template.steady)
			return false;
	return config->copied && !emit->limited && !config->segment && !config->checksums &&
	       (config->target_count == 1 || config->balance);
}

bool tap_emit_init(struct tap_emit *emit, const struct tap_config *config)
{
	const struct token_bucket_config *rate = &config->rate;

	emit->config = config;
	emit->meta = config->tap;
	emit->id = config->first_id;
	emit->limited = rate->bits_per_s != 0 || rate->packets_per_s != 0;
	for (unsigned i = 0; i < config->target_count; i++) {
		struct tap_flow *flow = &emit->flow[i];

		flow->target = &config->targets[i];
		token_bucket_init(&flow->bucket, rate);
		measure(emit, flow, &flow->target->outer_header);
		tap_emit_set_mtu(emit, i, flow->target->mtu);
	}
	emit->outcomes.final = config->copied;
	emit->at_once = can_be_at_once(emit);
	emit->most = config->cut != 0 ? config->cut : UINT32_MAX;
	emit->whole = malloc(TAP_FRAME_MAX);
	return emit->whole && tap_frames_init(&emit->frames, config->copied);
}

void tap_emit_free(struct tap_emit *emit)
{
	tap_frames_free(&emit->frames);
	free(emit->whole);
}

static inline bool four(const struct tap_flow *flow)
{
	return flow->template.four;
}

void tap_emit_set_mtu(struct tap_emit *emit, unsigned target, uint32_t mtu)
{
	struct tap_flow *flow = &emit->flow[target];
	uint32_t most = four(flow) ? TAP_IPV4_MAX : TAP_IPV6_MAX;

	flow->mtu = mtu;
	flow->limit = mtu != 0 && mtu < most ? mtu : most;
}

void tap_emit_retarget(struct tap_emit *emit, unsigned target,
		       const struct outer_header *outer_header)
{
	struct tap_flow *flow = &emit->flow[target];

	measure(emit, flow, outer_header);
	tap_emit_set_mtu(emit, target, flow->mtu);
}

void tap_emit_packet(struct tap_emit *emit)
{
	const struct packet *packet = &emit->packet;

	emit->packet_truncated = false;
	emit->packet_fragmented = false;
	emit->meta.time_ns = packet->time_ns;
	emit->meta.has_time = packet->form != PACKET_SIMPLE;
	emit->meta.direction = (uint8_t)emit->direction;
	if (emit->limited)
		emit->now_ns =
			emit->config->live_clock ? clock_ns(CLOCK_MONOTONIC) : packet->time_ns;
	tap_outcome_open(&emit->outcomes, packet->number, emit->wanted);
}

/* As header/ip_fragment.h will cut it. */
static void plan_fragments(const struct tap_flow *flow, struct plan *plan)
{
	uint32_t header = four(flow) ? IPV4_MIN_LEN : IPV6_LEN,
		 extra = four(flow) ? 0 : IPV6_FRAGMENT_LEN;
	uint32_t step = (flow->limit - header - extra) / 8 * 8;

	plan->packets = (plan->len - header + step - 1) / step;
	plan->bytes = plan->len - header + (uint64_t)plan->packets * (header + extra);
}

/* True when len is what fragments can carry to this target. */
static bool can_fragment(const struct tap_emit *emit, const struct tap_flow *flow, uint32_t len)
{
	return emit->config->oversize == OVERSIZE_FRAGMENT && flow->limit >= IP_FRAGMENT_MTU_MIN &&
	       len <= (uint32_t)(four(flow) ? TAP_IPV4_MAX : TAP_IPV6_MAX);
}

/* True when len, of an outer packet, can be made to fit by shortening what it carries. */
static bool can_truncate(const struct tap_emit *emit, const struct tap_flow *flow)
{
	return emit->config->oversize == OVERSIZE_TRUNCATE &&
	       flow->limit >= flow->overhead - ETHERNET_LEN;
}

/* What is sent of a packet that is too large; false when nothing can be. */
static bool fit(struct tap_emit *emit, struct tap_flow *flow, struct plan *plan)
{
	if (can_fragment(emit, flow, plan->len)) {
		plan_fragments(flow, plan);
		return true;
	}
	if (!can_truncate(emit, flow))
		return false;
	plan->len = flow->limit;
	plan->bytes = plan->len;
	flow->what.payload =
		span_first(flow->what.payload, plan->len + ETHERNET_LEN - flow->overhead);
	flow->what.cut = true;
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
		emit->counters.mtu_truncated += !emit->packet_truncated;
		emit->packet_truncated = true;
	}
}

static bool refuse(struct tap_emit *emit, unsigned target, enum tap_outcome cause)
{
	struct tap_target_counts *counts = &emit->flow[target].counts;

	counts->oversize += cause == TAP_OVERSIZE;
	counts->rate_limited += cause == TAP_RATE_LIMITED;
	tap_outcome_lose(&emit->outcomes, target, cause);
	return false;
}

/* Everything that can keep the piece from the target, in the order of tap.h. */
static inline bool admit(struct tap_emit *emit, unsigned target, struct plan *plan)
{
	struct tap_flow *flow = &emit->flow[target];
	bool fits;
	uint32_t len;

	describe(emit, flow);
	len = flow->overhead - ETHERNET_LEN + (uint32_t)flow->what.payload.len;
	plan->len = len;
	plan->bytes = len;
	plan->packets = 1;
	if (flow->what.linktype != LINK_ETHERNET &&
	    flow->template.encap->build(&flow->what, (struct patch){ NULL, 0 }) == 0)
		return refuse(emit, target, TAP_UNSUPPORTED);
	fits = len <= flow->limit || fit(emit, flow, plan);
	if (emit->limited &&
	    !token_bucket_take(&flow->bucket, emit->now_ns, plan->bytes, plan->packets))
		return refuse(emit, target, TAP_RATE_LIMITED);
	if (len > flow->limit)
		note_oversize(emit, plan, len);
	return fits || refuse(emit, target, TAP_OVERSIZE);
}

static inline void give(struct tap_emit *emit, unsigned target, struct span frame,
			struct packet *out)
{
	tap_flow_out(&emit->flow[target], frame, out);
	tap_outcome_frame(&emit->outcomes);
	tap_frames_made(&emit->frames, frame.len);
}

static bool next_fragment(struct tap_emit *emit, struct packet *out)
{
	struct patch room = tap_frames_room(&emit->frames);
	size_t len = ip_fragment_next(&emit->ip_fragment, room);

	emit->fragmenting = len != 0;
	if (emit->fragmenting)
		give(emit, emit->fragmented, span_of(room.data, len), out);
	return emit->fragmenting;
}

/* A frame with the payload in its place: around the packet where that stands, or as a copy. Empty
 * when it is too large. */
static inline struct patch place(struct tap_emit *emit, const struct tap_flow *flow, bool parts)
{
	struct span payload = flow->what.payload;
	struct patch room;

	if (emit->config->copied && !parts && payload.data == emit->packet.data) {
		room = packet_around(&emit->packet, flow->overhead);
		if (room.data)
			return patch_first(room, flow->overhead + payload.len);
	}
	room = tap_frames_room(&emit->frames);
	if (parts)
		room.data = emit->whole;
	if (!patch_copy(room, flow->overhead, payload.data, payload.len))
		return patch_first(room, 0);
	return patch_first(room, flow->overhead + payload.len);
}

/* The whole frame, or the first of its fragments. */
static inline bool build(struct tap_emit *emit, unsigned target, const struct plan *plan,
			 struct packet *out)
{
	struct tap_flow *flow = &emit->flow[target];
	bool parts = plan->packets > 1 && !emit->config->fragment_by_sender;
	struct patch frame = place(emit, flow, parts);
	uint32_t id = emit->id++;

	if (!outer_header_write(&flow->template, &flow->what, outer_header_source_port(emit->hash),
				(uint16_t)id, frame))
		return refuse(emit, target, TAP_UNSUPPORTED);
	flow->what.sequence++;
	if (!parts) {
		give(emit, target, patch_span(frame), out);
		return true;
	}
	emit->fragmented = target;
	return ip_fragment_begin(&emit->ip_fragment, patch_span(frame), flow->mtu, id) &&
	       next_fragment(emit, out);
}

bool tap_emit_next(struct tap_emit *emit, struct packet *out)
{
	struct plan plan;

	if (emit->fragmenting && next_fragment(emit, out))
		return true;
	while (emit->left != 0) {
		unsigned target = (unsigned)__builtin_ctzll(emit->left);

		emit->left &= emit->left - 1;
		if (admit(emit, target, &plan) && build(emit, target, &plan, out))
			return true;
	}
	return false;
}
