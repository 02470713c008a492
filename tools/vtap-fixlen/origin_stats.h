/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters a source: by the tunnel that is still on (tunnel/origin.h), else by the interface's
 * name, which is where vtap-decap puts the source. At most ORIGIN_STATS_MAX sources are told apart.
 */
#ifndef VTAP_FIXLEN_ORIGIN_STATS_H
#define VTAP_FIXLEN_ORIGIN_STATS_H

#include "base/hash_table.h"
#include "cli/stats.h"
#include "packet/packet.h"
#include "tunnel/peel.h"

enum { ORIGIN_STATS_MAX = 16384, ORIGIN_STATS_NAME_MAX = 255 };

struct origin_stats_row {
	struct origin_stats_row *next; /* in the order in which they were met */
	uint64_t packets, raised, lowered, bytes_restored;
	size_t key_len;
	uint8_t key[]; /* of tunnel/origin.h, or ORIGIN_STATS_INTERFACE and a name */
};

struct origin_stats {
	struct hash_table table;
	struct origin_stats_row *first, **last;
	uint32_t interface; /* serial of the last interface without tunnels ... */
	struct origin_stats_row *by_interface; /* ... and its source; NULL: it has no name */
};

void origin_stats_init(struct origin_stats *origins);
void origin_stats_free(struct origin_stats *origins);

/* The source of a packet; NULL when it has none, or there are too many or no memory: counted in
 * *lost. */
struct origin_stats_row *origin_stats_find(struct origin_stats *origins, const struct peel *peel,
					   const struct packet *packet, uint64_t *lost);

/* The source of a packet in no tunnel, by the interface it was seen on; else as
 * origin_stats_find(). */
struct origin_stats_row *origin_stats_interface(struct origin_stats *origins,
						const struct interface *interface, uint64_t *lost);

/* For struct stats; arg is the origins. */
void origin_stats_json(struct json *json, void *arg);
void origin_stats_text(FILE *to, void *arg);

#endif
