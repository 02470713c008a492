/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second half of the stage (tap.h): makes the outer frames of a packet that tap.c has chosen.
 * A packet is one piece, or several if it is segmented; each piece goes to each of the packet's
 * targets, as one frame or as several IP fragments. Each call makes one frame.
 */
#ifndef VTAP_TAP_EMIT_H
#define VTAP_TAP_EMIT_H

#include "header/ip_fragment.h"
#include "packet/packet.h"
#include "tap_config.h"
#include "tap_frames.h"
#include "tap_outcome.h"

/* The state of a target. */
struct tap_target_state {
	const struct tap_target *target;
	struct outer_template template;
	struct tunnel_build what; /* what the present frame's tunnel header is made of */
	uint32_t mtu;		  /* bytes of an outer IP packet, at most; 0: no limit */
	uint32_t limit;		  /* the MTU, or the largest length that IP can say */
	uint32_t overhead;	  /* bytes in front of an Ethernet packet in a frame */
	struct token_bucket bucket;
	struct tap_target_counts counts;
	const struct interface *interface; /* on which its frames are, in the present section */
	bool same_ticks;		   /* the packet's ticks are those of that interface */
};

/* What each target gets: the packet, or a segment of it. */
struct tap_piece {
	struct span bytes; /* the bytes that are present, after the snaplen */
	uint32_t linktype;
	uint32_t len;	/* bytes on the wire */
	uint32_t least; /* bytes that cannot be cut off: headers of tunnels that it is in */
	bool cut;	/* fewer bytes are present than on the wire */
};

/* The packet that was chosen. */
struct tap_choice {
	struct packet packet;
	enum direction direction;
	uint64_t hash;	  /* of the packet's flow; chooses the source port */
	uint64_t targets; /* a bit each */
};

/* The fragments of one frame; tap_emit_next() makes one of them at a time. */
struct tap_fragments {
	bool active;		 /* further fragments may follow */
	unsigned target;	 /* index of the target that gets them */
	uint8_t *frame;		 /* room for the whole frame, TAP_FRAME_MAX bytes */
	struct ip_fragment next; /* makes the next fragment */
};

struct tap_emit {
	const struct tap_config *config;
	struct tap_target_state state[TAP_TARGETS_MAX];
	struct tap_frames frames;
	struct tap_outcome_history history;
	struct tap_counters counters;
	/* The caller sets `choice` and piece.least before a packet begins, and the rest of `piece`
	 * before a piece does. */
	struct tap_choice choice;
	struct tap_piece piece;
	/* tap_emit_set_limits() sets these by the options. */
	bool has_fast_path; /* the usual packet needs nothing but a header: tap_emit_fast() */
	bool limited;	    /* a rate of bits or packets limits each target */
	uint32_t snaplen;   /* bytes of a packet, at most */
	struct token_bucket_config rate; /* that the buckets have */
	/* The present packet and piece. */
	uint64_t left; /* targets that have not got the piece yet, a bit each */
	struct tap_fragments fragments;
	struct geneve_meta meta;
	int64_t now_ns; /* time for the rates; only set if there are any */
	bool packet_truncated, packet_fragmented; /* the packet was counted so */
	/* Identification of the next outer IP packet: one for all targets, which may be one host.
	 */
	uint32_t id;
};

/*
 * Begins without a packet; *emit is all zeros. config is borrowed and must outlive *emit. Returns
 * false without memory; tap_emit_free() may be called in any case.
 */
bool tap_emit_init(struct tap_emit *emit, const struct tap_config *config);
void tap_emit_free(struct tap_emit *emit);

/* Takes snaplen and rate from the config, which its owner has changed. Buckets are full if the rate
 * is another one, and else stay as they are. */
void tap_emit_set_limits(struct tap_emit *emit);

/* Replaces the outer header of a target, whose encapsulation stays. */
void tap_emit_retarget(struct tap_emit *emit, unsigned target,
		       const struct outer_header *outer_header);

/* Sets the MTU of a target: bytes of an outer IP packet, 0 for no limit. */
void tap_emit_set_mtu(struct tap_emit *emit, unsigned target, uint32_t mtu);

/* Begins a packet; emit->choice is set. */
void tap_emit_packet(struct tap_emit *emit);

/* Begins a piece of the packet; emit->piece is set. */
static inline void tap_emit_piece(struct tap_emit *emit)
{
	emit->left = emit->choice.targets;
	emit->fragments.active = false;
}

/*
 * Makes the next frame of the piece and puts it into *out, which is a copy of the packet. Returns
 * false if there are no more; what a target does not get is counted.
 */
bool tap_emit_next(struct tap_emit *emit, struct packet *out);

/* Returns false if tap_emit_next() will have no further frame for this piece. */
static inline bool tap_emit_more(const struct tap_emit *emit)
{
	return emit->left != 0 || emit->fragments.active;
}

/* Ticks a second of the interfaces of the output. */
#define TAP_MICRO UINT64_C(1000000)
#define TAP_NANO  UINT64_C(1000000000)

/* Does what packet_move() does, to the interface of a target. */
static inline void tap_emit_move(struct packet *packet, const struct tap_target_state *state)
{
	packet->interface = state->interface;
	packet->linktype = LINK_ETHERNET;
	packet->block = span_of(NULL, 0);
	if (!state->same_ticks)
		packet_move(packet, state->interface);
}

/* Makes *out, a copy of the packet, a frame to a target, and counts it. */
static inline void tap_emit_put_frame(struct tap_target_state *state, struct span frame,
				      struct packet *out)
{
	out->data = frame.data;
	out->caplen = (uint32_t)frame.len;
	out->len = (uint32_t)frame.len;
	tap_emit_move(out, state);
	state->counts.sent++;
	state->counts.bytes += frame.len - ETHERNET_LEN;
}

/*
 * The fast path, for packets of Ethernet if emit->has_fast_path is set; choice.hash and
 * choice.targets (one) are set. Writes the outer headers in front of the packet where it stands,
 * and counts it as sent. Returns false if the packet has no Ethernet header, does not fit into the
 * MTU, or has no room in front of it; nothing has been counted then.
 */
static inline bool tap_emit_fast(struct tap_emit *emit, const struct packet *in, struct packet *out)
{
	struct tap_target_state *state = &emit->state[__builtin_ctzll(emit->choice.targets)];
	struct patch frame = packet_around(in, state->template.len);
	bool whole = in->caplen <= emit->snaplen;

	if (!whole && emit->snaplen < emit->piece.least)
		return false;
	if (!whole)
		frame = patch_first(frame, state->template.len + (size_t)emit->snaplen);
	if (in->linktype != LINK_ETHERNET || !frame.data ||
	    frame.len - ETHERNET_LEN > state->limit ||
	    !outer_header_write_front(&state->template, state->template.len,
				      outer_header_source_port(emit->choice.hash),
				      (uint16_t)emit->id, frame))
		return false;
	tap_emit_put_frame(state, patch_span(frame), out);
	emit->id++;
	emit->counters.snapped += !whole;
	emit->counters.outcome[TAP_SENT]++;
	emit->history.last = TAP_SENT;
	return true;
}

#endif
