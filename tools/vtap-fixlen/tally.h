/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters a source: by the tunnel that is still on (origin.h), else by the interface's name, which
 * is where vtap-decap puts the source. At most TALLY_MAX sources are told apart.
 */
#ifndef VTAP_FIXLEN_TALLY_H
#define VTAP_FIXLEN_TALLY_H

#include "glance.h"
#include "packet.h"
#include "peel.h"
#include "stats.h"
#include "table.h"

enum { TALLY_MAX = 16384, TALLY_NAME_MAX = 255 };

struct tally_source {
	struct tally_source *next; /* in the order in which they were met */
	uint64_t packets, raised, lowered, bytes_restored;
	size_t key_len;
	uint8_t key[]; /* of origin.h, or TALLY_INTERFACE and a name */
};

struct tally {
	struct table table;
	struct tally_source *first, **last;
	uint32_t interface;		   /* serial of the last interface without tunnels ... */
	struct tally_source *by_interface; /* ... and its source; NULL: it has no name */
};

void tally_init(struct tally *tally);
void tally_free(struct tally *tally);

/* The source of a packet; NULL when it has none, or there are too many or no memory: counted in
 * *lost. */
struct tally_source *tally_find(struct tally *tally, const struct peel *peel,
				const struct packet *packet, uint64_t *lost);

/* The same for a packet in one tunnel, and for one in none. */
struct tally_source *tally_glance(struct tally *tally, const struct glance *glance, uint64_t *lost);
struct tally_source *tally_interface(struct tally *tally, const struct interface *interface,
				     uint64_t *lost);

/* For struct stats; arg is the tally. */
void tally_json(struct json *json, void *arg);
void tally_text(FILE *to, void *arg);

#endif
