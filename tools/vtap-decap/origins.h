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
	char text[META_NAME_MAX + 1];
};

struct origin {
	struct origin *next;	 /* in the order of appearance */
	uint64_t packets, bytes; /* stripped; bytes as written */
	struct loss loss;
	struct tap_name *taps; /* the first ORIGINS_TAPS of them */
	unsigned tap_count;
	char *name, *description;
	size_t key_len; /* 0: more-sources */
	uint8_t key[];
};

struct origins;

/* What packets can claim to be has to end somewhere: at about a kilobyte each. */
enum { ORIGINS_MAX = 1 << 18, ORIGINS_TAPS = 16 };

/*
 * Tells up to `limit` origins apart; further ones share the origin and the interfaces named
 * `more-sources`, and sequence numbers of so many streams are followed. NULL: no memory. All
 * interfaces live until origins_free().
 */
struct origins *origins_new(uint32_t limit);
void origins_free(struct origins *origins);

/* A new section begins: its packets need interfaces of its own. */
void origins_new_section(struct origins *origins);

/*
 * The interface for what peel left of packet, with that link type, and its origin (peel->count is
 * not 0). It has the section, the time resolution and, from the first packet of the section on,
 * the snaplen of the packet's interface; nanoseconds where a tap tap_meta the time. tap_meta: may
 * be NULL. NULL: no memory.
 */
const struct interface *origins_interface(struct origins *origins, const struct peel *peel,
					  const struct tap_meta *tap_meta,
					  const struct packet *packet, uint32_t linktype,
					  struct origin **origin);

/*
 * The same from a glance at the packet; NULL: of a origin or on an interface that is not known yet.
 */
const struct interface *origins_known(struct origins *origins, const struct glance *glance,
				      const struct interface *parent, struct origin **origin);

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
