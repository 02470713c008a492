/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap_emit.h"

#include <stdlib.h>

#include "base/clock.h"
#include "header/fields.h"

/* An outer packet as a target would get it. */
struct emit_plan {
	uint32_t len;	  /* bytes of the outer IP packet */
	uint32_t packets; /* IP packets that it becomes */
	uint64_t bytes;	  /* bytes in all of these */
};

/* Sets what differs by packet; emit_prepare_template() sets the rest. */
static inline void emit_describe_piece(struct tap_emit *emit, struct tap_target_state *state)
{
	const struct tap_piece *piece = &emit->piece;
	struct tunnel_build *what = &state->what;

	what->payload = piece->bytes;
	what->linktype = piece->linktype;
	what->cut = piece->cut;
	what->direction = (int)emit->choice.direction;
	what->time_ns = emit->choice.packet.time_ns;
	emit->meta.len = piece->len;
	emit->meta.sequence = what->sequence;
}

static void emit_prepare_template(struct tap_emit *emit, struct tap_target_state *state,
				  const struct outer_header *outer_header)
{
	const struct tap_target *target = state->target;
	uint32_t sequence = state->what.sequence;

	state->what = (struct tunnel_build){ .linktype = LINK_ETHERNET,
					     .has_id = target->has_id,
					     .id = target->id,
					     .has_sequence = emit->config->sequence,
					     .sequence = sequence,
					     .meta = emit->config->meta ? &emit->meta : NULL };
	state->overhead = (uint32_t)outer_header_overhead(outer_header, &state->what);
	outer_header_prepare(&state->template, outer_header, &state->what);
}

/* A new address does not change whether headers are steady, so this is asked once. */
static bool emit_can_be_fast(const struct tap_emit *emit)
{
	const struct tap_config *config = emit->config;

	for (unsigned i = 0; i < config->target_count; i++)
		if (!emit->state[i].template.steady)
			return false;
	return config->copied && !emit->limited && !config->segment && !config->checksums &&
	       (config->target_count == 1 || config->balance);
}

static bool emit_has_new_rate(const struct tap_emit *emit)
{
	const struct token_bucket_config *now = &emit->rate, *wanted = &emit->config->rate;

	return now->bits_per_s != wanted->bits_per_s ||
	       now->packets_per_s != wanted->packets_per_s ||
	       now->burst_bits != wanted->burst_bits || now->burst_packets != wanted->burst_packets;
}

/* Buckets of a rate that stays keep what is in them: a reload is no burst. */
void tap_emit_set_limits(struct tap_emit *emit)
{
	const struct tap_config *config = emit->config;

	if (emit_has_new_rate(emit))
		for (unsigned i = 0; i < config->target_count; i++)
			token_bucket_init(&emit->state[i].bucket, &config->rate);
	emit->rate = config->rate;
	emit->limited = config->rate.bits_per_s != 0 || config->rate.packets_per_s != 0;
	emit->has_fast_path = emit_can_be_fast(emit);
	emit->snaplen = config->snaplen != 0 ? config->snaplen : UINT32_MAX;
}

bool tap_emit_init(struct tap_emit *emit, const struct tap_config *config)
{
	emit->config = config;
	emit->meta = config->tap;
	emit->id = config->first_id;
	for (unsigned i = 0; i < config->target_count; i++) {
		struct tap_target_state *state = &emit->state[i];

		state->target = &config->targets[i];
		emit_prepare_template(emit, state, &state->target->outer_header);
		tap_emit_set_mtu(emit, i, state->target->mtu);
	}
	emit->history.final = config->copied;
	tap_emit_set_limits(emit);
	emit->fragments.frame = malloc(TAP_FRAME_MAX);
	return emit->fragments.frame && tap_frames_init(&emit->frames, config->copied);
}

void tap_emit_free(struct tap_emit *emit)
{
	tap_frames_free(&emit->frames);
	free(emit->fragments.frame);
}

static inline bool emit_is_ipv4(const struct tap_target_state *state)
{
	return state->template.four;
}

void tap_emit_set_mtu(struct tap_emit *emit, unsigned target, uint32_t mtu)
{
	struct tap_target_state *state = &emit->state[target];
	uint32_t most = emit_is_ipv4(state) ? TAP_IPV4_MAX : TAP_IPV6_MAX;

	state->mtu = mtu;
	state->limit = mtu != 0 && mtu < most ? mtu : most;
}

void tap_emit_retarget(struct tap_emit *emit, unsigned target,
		       const struct outer_header *outer_header)
{
	struct tap_target_state *state = &emit->state[target];

	emit_prepare_template(emit, state, outer_header);
	tap_emit_set_mtu(emit, target, state->mtu);
}

void tap_emit_packet(struct tap_emit *emit)
{
	const struct packet *packet = &emit->choice.packet;

	emit->packet_truncated = false;
	emit->packet_fragmented = false;
	emit->meta.time_ns = packet->time_ns;
	emit->meta.has_time = packet->form != PACKET_SIMPLE;
	emit->meta.direction = (uint8_t)emit->choice.direction;
	if (emit->limited)
		emit->now_ns =
			emit->config->live_clock ? clock_ns(CLOCK_MONOTONIC) : packet->time_ns;
	tap_outcome_open(&emit->history, packet->number, emit->choice.targets);
}

/* Counts the fragments that header/ip_fragment.h will make. */
static void emit_plan_fragments(const struct tap_target_state *state, struct emit_plan *plan)
{
	uint32_t header = emit_is_ipv4(state) ? IPV4_MIN_LEN : IPV6_LEN,
		 extra = emit_is_ipv4(state) ? 0 : IPV6_FRAGMENT_LEN;
	uint32_t step = (state->limit - header - extra) / 8 * 8;

	plan->packets = (plan->len - header + step - 1) / step;
	plan->bytes = plan->len - header + (uint64_t)plan->packets * (header + extra);
}

/* Returns true if an outer packet of len bytes can go to the target in fragments. */
static bool emit_can_fragment(const struct tap_emit *emit, const struct tap_target_state *state,
			      uint32_t len)
{
	return emit->config->oversize == OVERSIZE_FRAGMENT && state->limit >= IP_FRAGMENT_MTU_MIN &&
	       len <= (uint32_t)(emit_is_ipv4(state) ? TAP_IPV4_MAX : TAP_IPV6_MAX);
}

/* Returns true if an outer packet fits into the MTU when what it carries is truncated. */
static bool emit_can_truncate(const struct tap_emit *emit, const struct tap_target_state *state)
{
	return emit->config->oversize == OVERSIZE_TRUNCATE &&
	       state->limit >= state->overhead - ETHERNET_LEN + emit->piece.least;
}

/* Makes an outer packet that is too large fit. Returns false if nothing of it can be sent. */
static bool emit_fit_piece(struct tap_emit *emit, struct tap_target_state *state,
			   struct emit_plan *plan)
{
	if (emit_can_fragment(emit, state, plan->len)) {
		emit_plan_fragments(state, plan);
		return true;
	}
	if (!emit_can_truncate(emit, state))
		return false;
	plan->len = state->limit;
	plan->bytes = plan->len;
	state->what.payload =
		span_first(state->what.payload, plan->len + ETHERNET_LEN - state->overhead);
	state->what.cut = true;
	return true;
}

static void emit_count_oversize(struct tap_emit *emit, const struct emit_plan *plan, uint32_t len)
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

static bool emit_refuse_piece(struct tap_emit *emit, unsigned target, enum tap_outcome cause)
{
	struct tap_target_counts *counts = &emit->state[target].counts;

	counts->oversize += cause == TAP_OVERSIZE;
	counts->rate_limited += cause == TAP_RATE_LIMITED;
	tap_outcome_lose(&emit->history, target, cause);
	return false;
}

/* Checks all that can keep the piece from the target, in the order of tap.h. */
static inline bool emit_admit_piece(struct tap_emit *emit, unsigned target, struct emit_plan *plan)
{
	struct tap_target_state *state = &emit->state[target];
	bool fits;
	uint32_t len;

	emit_describe_piece(emit, state);
	len = state->overhead - ETHERNET_LEN + (uint32_t)state->what.payload.len;
	plan->len = len;
	plan->bytes = len;
	plan->packets = 1;
	if (state->what.linktype != LINK_ETHERNET &&
	    state->template.encap->build(&state->what, (struct patch){ NULL, 0 }) == 0)
		return emit_refuse_piece(emit, target, TAP_UNSUPPORTED);
	fits = len <= state->limit || emit_fit_piece(emit, state, plan);
	if (emit->limited &&
	    !token_bucket_take(&state->bucket, emit->now_ns, plan->bytes, plan->packets))
		return emit_refuse_piece(emit, target, TAP_RATE_LIMITED);
	if (len > state->limit)
		emit_count_oversize(emit, plan, len);
	return fits || emit_refuse_piece(emit, target, TAP_OVERSIZE);
}

static inline void emit_give_frame(struct tap_emit *emit, unsigned target, struct span frame,
				   struct packet *out)
{
	tap_emit_put_frame(&emit->state[target], frame, out);
	tap_outcome_frame(&emit->history);
	tap_frames_made(&emit->frames, frame.len);
}

static bool emit_next_fragment(struct tap_emit *emit, struct packet *out)
{
	struct patch room = tap_frames_room(&emit->frames);
	size_t len = ip_fragment_next(&emit->fragments.next, room);

	emit->fragments.active = len != 0;
	if (emit->fragments.active)
		emit_give_frame(emit, emit->fragments.target, span_of(room.data, len), out);
	return emit->fragments.active;
}

/*
 * Returns room for a frame with the payload at its end: around the packet if there is room in front
 * of it, otherwise elsewhere, with a copy of the payload. Returns an empty patch if the payload is
 * too large.
 */
static inline struct patch emit_place_payload(struct tap_emit *emit,
					      const struct tap_target_state *state, bool parts)
{
	struct span payload = state->what.payload;
	struct patch room;

	if (emit->config->copied && !parts && payload.data == emit->choice.packet.data) {
		room = packet_around(&emit->choice.packet, state->overhead);
		if (room.data)
			return patch_first(room, state->overhead + payload.len);
	}
	room = tap_frames_room(&emit->frames);
	if (parts)
		room.data = emit->fragments.frame;
	if (!patch_copy(room, state->overhead, payload.data, payload.len))
		return patch_first(room, 0);
	return patch_first(room, state->overhead + payload.len);
}

/* Makes the whole frame, or the first of its fragments. */
static inline bool emit_build_frame(struct tap_emit *emit, unsigned target,
				    const struct emit_plan *plan, struct packet *out)
{
	struct tap_target_state *state = &emit->state[target];
	bool parts = plan->packets > 1 && !emit->config->fragment_by_sender;
	struct patch frame = emit_place_payload(emit, state, parts);
	uint32_t id = emit->id++;

	if (!outer_header_write(&state->template, &state->what,
				outer_header_source_port(emit->choice.hash), (uint16_t)id, frame))
		return emit_refuse_piece(emit, target, TAP_UNSUPPORTED);
	state->what.sequence++;
	if (!parts) {
		emit_give_frame(emit, target, patch_span(frame), out);
		return true;
	}
	/* This cannot fail, so no piece ends without an outcome: emit_can_fragment() has compared
	 * the MTU with IP_FRAGMENT_MTU_MIN, and the room for a frame holds the longest packet. */
	emit->fragments.target = target;
	return ip_fragment_begin(&emit->fragments.next, patch_span(frame), state->mtu, id) &&
	       emit_next_fragment(emit, out);
}

bool tap_emit_next(struct tap_emit *emit, struct packet *out)
{
	struct emit_plan plan;

	if (emit->fragments.active && emit_next_fragment(emit, out))
		return true;
	while (emit->left != 0) {
		unsigned target = (unsigned)__builtin_ctzll(emit->left);

		emit->left &= emit->left - 1;
		if (emit_admit_piece(emit, target, &plan) &&
		    emit_build_frame(emit, target, &plan, out))
			return true;
	}
	return false;
}
