/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who the stripped packets came from: a origin a name (tunnel/origin.h) for the whole run, and for
 * each section the interfaces on which its packets are written.
 */
#ifndef VTAP_DECAP_ORIGINS_H
#define VTAP_DECAP_ORIGINS_H

#include <stdio.h>

#include "base/json.h"
#include "sequence.h"
#include "tap_meta.h"
#include "tunnel/origin.h"

/* A tap that named itself, among those of a origin. */
struct tap_name {
	struct tap_name *next;
	char text[GENEVE_META_NAME_MAX + 1];
};

/* The stream in which a packet of an origin was counted last. */
struct recent_stream {
	struct stream *stream; /* NULL: there is none yet */
	uint32_t layer;	       /* which tunnel of the packets */
	uint32_t instance;     /* of the tap */
	uint8_t destination[16];
	char name[GENEVE_META_NAME_MAX + 1]; /* of the tap */
};

struct origin {
	struct origin *next;	 /* in the order of appearance */
	uint64_t packets, bytes; /* stripped; bytes as written */
	struct loss loss;
	struct recent_stream by_tunnel, by_tap;
	struct tap_name *taps; /* the first ORIGINS_TAPS of them */
	unsigned tap_count;
	char *name, *description;
	size_t key_len; /* 0: more-sources */
	uint8_t key[];
};

/* An interface of the output: packets of one origin, link type and time resolution in one section
 * of the input. */
struct output_interface {
	struct output_interface *next;
	struct interface interface;
	/* An Ethernet interface of the input whose packets were learned; NULL before that. */
	const struct interface *parent;
	struct origin *origin;
	size_t key_len;
	uint8_t key[];
};

/* True if frames of that interface of the input can go to `output`: it is an Ethernet interface of
 * the same section, with the same times. */
static inline bool output_interface_takes(const struct output_interface *output,
					  const struct interface *input)
{
	return output->parent == input ||
	       (output->interface.section == input->section &&
		output->interface.ticks_per_s == input->ticks_per_s &&
		output->interface.offset_s == input->offset_s && input->linktype == LINK_ETHERNET);
}

struct origins;

/* An attacker chooses origins, so their number is limited. Each record takes about 1 KiB. */
enum { ORIGINS_MAX = 1 << 18, ORIGINS_TAPS = 16 };

/*
 * Tells up to `limit` origins apart; all further ones share the origin and the interfaces named
 * `more-sources`. So many streams of sequence numbers are followed, too. Returns NULL without
 * memory. All interfaces live until origins_free().
 */
struct origins *origins_new(uint32_t limit);
void origins_free(struct origins *origins);

/* A new section begins: its packets need interfaces of their own. */
void origins_new_section(struct origins *origins);

/*
 * Returns the interface of the output for what peel left of packet (peel->count is not 0), of that
 * link type. It has the section, the time resolution and, from the first packet of the section on,
 * the snaplen of the packet's interface; nanoseconds where a tap sent the time. tap_meta may be
 * NULL. Returns NULL without memory.
 */
struct output_interface *origins_interface(struct origins *origins, const struct peel *peel,
					   const struct tap_meta *tap_meta,
					   const struct packet *packet, uint32_t linktype);

/*
 * Takes note of the sequence numbers of the tunnels and, if there are any, of the taps, also in
 * *total. False: no memory.
 */
bool origins_sequence(struct origins *origins, struct origin *origin, const struct peel *peel,
		      const struct tap_meta *tap_meta, struct span packet, struct loss *total);

/* For struct stats: one object a origin; one line for each of the first hundred. */
void origins_json(struct json *json, void *origins);
void origins_text(FILE *to, void *origins);

#endif
