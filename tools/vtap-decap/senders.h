/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who the stripped packets came from: a sender a name (origin.h) for the whole run, and for each
 * section the interfaces on which its packets are written.
 */
#ifndef VTAP_DECAP_SENDERS_H
#define VTAP_DECAP_SENDERS_H

#include <stdio.h>

#include "json.h"
#include "origin.h"
#include "sequence.h"
#include "told.h"

/* A tap that named itself, among those of a sender. */
struct tap_name {
	struct tap_name *next;
	char text[META_NAME_MAX + 1];
};

struct sender {
	struct sender *next;	 /* in the order of appearance */
	uint64_t packets, bytes; /* stripped; bytes as written */
	struct loss loss;
	struct tap_name *taps; /* the first SENDERS_TAPS of them */
	unsigned tap_count;
	char *name, *description;
	size_t key_len; /* 0: more-sources */
	uint8_t key[];
};

struct senders;

/* What packets can claim to be has to end somewhere: at about a kilobyte each. */
enum { SENDERS_MAX = 1 << 18, SENDERS_TAPS = 16 };

/*
 * Tells up to `limit` senders apart; further ones share the sender and the interfaces named
 * `more-sources`, and sequence numbers of so many streams are followed. NULL: no memory. All
 * interfaces live until senders_free().
 */
struct senders *senders_new(uint32_t limit);
void senders_free(struct senders *senders);

/* A new section begins: its packets need interfaces of its own. */
void senders_new_section(struct senders *senders);

/*
 * The interface for what peel left of packet, with that link type, and its sender (peel->count is
 * not 0). It has the section, the time resolution and, from the first packet of the section on,
 * the snaplen of the packet's interface; nanoseconds where a tap told the time. told: may be NULL.
 * NULL: no memory.
 */
const struct interface *senders_interface(struct senders *senders, const struct peel *peel,
					  const struct told *told, const struct packet *packet,
					  uint32_t linktype, struct sender **sender);

/*
 * The same from a glance at the packet; NULL: of a sender or on an interface that is not known yet.
 */
const struct interface *senders_known(struct senders *senders, const struct glance *glance,
				      const struct interface *parent, struct sender **sender);

/*
 * Takes note of the sequence numbers of the tunnels and, if there are any, of the taps, also in
 * *total. False: no memory.
 */
bool senders_sequence(struct senders *senders, struct sender *sender, const struct peel *peel,
		      const struct told *told, struct span packet, struct loss *total);

/* For struct stats: one object a sender; one line for each of the first hundred. */
void senders_json(struct json *json, void *senders);
void senders_text(FILE *to, void *senders);

#endif
