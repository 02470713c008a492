/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of the stage, for the files that make it up: tap.c, tap_pieces.c. */
#ifndef VTAP_TAP_TAP_INTERNAL_H
#define VTAP_TAP_TAP_INTERNAL_H

#include "filter/own_tunnel.h"
#include "filter/sample.h"
#include "offload/tcp_gso.h"
#include "tap.h"
#include "tap_emit.h"
#include "tap_interfaces.h"
#include "tap_loop.h"
#include "tap_sources.h"

struct tap {
	const struct tap_config *config;
	struct rules *rules;
	struct own_tunnel own;
	struct tap_loop loop;
	struct sample sample;
	struct headers headers; /* of the present packet, valid if `parsed` */
	bool parsed;
	bool parses;	     /* the headers of each packet are needed */
	bool chooses;	     /* some option may exclude a packet */
	bool hashes;	     /* the hash of each packet's flow is needed */
	uint64_t everyone;   /* all targets, a bit each */
	struct tcp_mss *mss; /* NULL if nothing is segmented */
	struct tcp_gso tcp_gso;
	bool segmenting; /* the present packet has further segments */
	struct tap_interfaces interfaces;
	struct tap_sources sources;
	struct tap_source *source; /* of the last packet; valid if interfaces.in is */
	uint8_t *scratch;     /* SCRATCH_LEN bytes, for a segment or for a packet that is changed */
	bool snapped;	      /* the present packet was counted as snapped */
	uint64_t fcs_removed; /* packets whose frame check sequence was taken off */
	struct tap_emit emit;
};

enum { SCRATCH_LEN = TAP_FRAME_MAX + TCP_GSO_HEADERS_MAX };

/*
 * Begins a packet that was chosen and whose headers are in tap->headers if anything is to be
 * segmented or completed: its first piece goes to the emitter. A piece is the packet, or one of its
 * TCP segments.
 */
void tap_begin_packet(struct tap *tap, const struct packet *in);

/* Makes *out the next frame of the packet. Returns false if it has no other. *out points into *tap
 * until the next call. */
bool tap_next_frame(struct tap *tap, struct packet *out);

#endif
