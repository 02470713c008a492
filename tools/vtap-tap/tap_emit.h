/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second half of the stage: a packet that was chosen, in pieces (segments), each to each
 * target, each there in frames (fragments). One frame at a time.
 */
#ifndef VTAP_TAP_EMIT_H
#define VTAP_TAP_EMIT_H

#include "header/ip_fragment.h"
#include "tap.h"
#include "tap_frames.h"
#include "tap_outcome.h"

/* What the stage keeps about a target. */
struct tap_flow {
	const struct tap_target *target;
	struct outer_template template;
	struct tunnel_build what; /* what differs by packet is of the present one */
	uint32_t mtu;
	uint32_t limit;	   /* bytes of an outer packet without fragments: of mtu, or of what its
			      lengths can say */
	uint32_t overhead; /* of a frame, as outer_header_overhead() says for Ethernet */
	struct token_bucket bucket;
	struct tap_target_counts counts;
	const struct interface *interface; /* of the present section */
};

/* What goes to each target: the packet, or a segment of it. */
struct tap_piece {
	struct span bytes; /* as far as they are there and wanted */
	uint32_t linktype;
	uint32_t len; /* on the wire */
	bool cut;     /* bytes are fewer than len, by -s or by the capture */
};

struct tap_emit {
	const struct tap_config *config;
	struct tap_flow flow[TAP_TARGETS_MAX];
	struct tap_frames frames;
	struct tap_outcomes outcomes;
	struct tap_counters counters;
	struct packet packet; /* the one that is on its way */
	struct tap_piece piece;
	enum direction direction;
	uint64_t hash;	 /* of its flow */
	uint64_t wanted; /* targets, a bit each */
	uint64_t left;	 /* of them, for the present piece */
	bool at_once;	 /* the usual packet needs none of the steps that some option asks for */
	uint32_t most;	 /* bytes of a packet, by -s */
	bool limited;	 /* rates are looked at */
	int64_t now_ns;	 /* for them */
	uint32_t id;	 /* of the next outer packet; of all targets, as two may be one host */
	struct geneve_meta meta;
	uint8_t *whole; /* a frame that is given in fragments */
	bool fragmenting;
	unsigned fragmented; /* the target of that */
	struct ip_fragment ip_fragment;
	/* Counted once a packet. */
	bool packet_truncated, packet_fragmented;
};

bool tap_emit_init(struct tap_emit *emit, const struct tap_config *config);
void tap_emit_free(struct tap_emit *emit);

/* The target's address or path changed. */
void tap_emit_retarget(struct tap_emit *emit, unsigned target,
		       const struct outer_header *outer_header);
void tap_emit_set_mtu(struct tap_emit *emit, unsigned target, uint32_t mtu);

/* A packet begins: packet, direction, hash and wanted are set. */
void tap_emit_packet(struct tap_emit *emit);

/* A piece begins: piece is set. */
static inline void tap_emit_piece(struct tap_emit *emit)
{
	emit->left = emit->wanted;
	emit->fragmenting = false;
}

/* The next frame of the piece becomes *out, a copy of the packet so far; false when there are no
 * more. */
bool tap_emit_next(struct tap_emit *emit, struct packet *out);

/* False: tap_emit_next() has no more for this piece. */
static inline bool tap_emit_more(const struct tap_emit *emit)
{
	return emit->left != 0 || emit->fragmenting;
}

/* As packet_move() does, to an interface whose ticks are nanoseconds since 1970. */
static inline void tap_flow_move(struct packet *packet, const struct interface *interface)
{
	packet->interface = interface;
	packet->linktype = LINK_ETHERNET;
	packet->ticks = packet->time_ns < 0 ? 0 : (uint64_t)packet->time_ns;
	packet->block = span_of(NULL, 0);
}

/* A frame to the target; out was the packet. */
static inline void tap_flow_out(struct tap_flow *flow, struct span frame, struct packet *out)
{
	out->data = frame.data;
	out->caplen = (uint32_t)frame.len;
	out->len = (uint32_t)frame.len;
	tap_flow_move(out, flow->interface);
	flow->counts.sent++;
	flow->counts.bytes += frame.len - ETHERNET_LEN;
}

/*
 * All that the usual packet needs where emit->at_once is set: hash and wanted are set. False, and
 * nothing has happened: it is none, as it does not fit, is no Ethernet, or
 * stands where there is no room in front of it.
 */
static inline bool tap_emit_at_once(struct tap_emit *emit, const struct packet *in,
				    struct packet *out)
{
	struct tap_flow *flow = &emit->flow[__builtin_ctzll(emit->wanted)];
	struct patch frame = packet_around(in, flow->template.len);
	bool whole = in->caplen <= emit->most;

	if (!whole)
		frame = patch_first(frame, flow->template.len + (size_t)emit->most);
	if (in->linktype != LINK_ETHERNET || !frame.data ||
	    frame.len - ETHERNET_LEN > flow->limit ||
	    !outer_header_write_front(&flow->template, flow->template.len,
				      outer_header_source_port(emit->hash), (uint16_t)emit->id,
				      frame))
		return false;
	tap_flow_out(flow, patch_span(frame), out);
	emit->id++;
	emit->counters.snapped += !whole;
	emit->counters.outcome[TAP_SENT]++;
	return true;
}

#endif
