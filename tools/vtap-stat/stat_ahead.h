/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks at the packets that come next, and fetches into the processor's cache what is known of
 * their flows: of a hundred thousand flows each is elsewhere in memory, and waiting for it takes
 * longer than all else. Nothing is decided here: a wrong guess costs time alone.
 */
#ifndef VTAP_STAT_STAT_AHEAD_H
#define VTAP_STAT_STAT_AHEAD_H

#include "capture/lookahead.h"
#include "tunnel/peel.h"

enum {
	STAT_AHEAD_ENTRIES = 2048, /* keys and flows; fewer stay in the processor's cache anyway */
	STAT_AHEAD_TUNNELS = 256,  /* a power of two: tunnels whose packets are foretold */
};

struct entry;
struct stat_stage;

/* What the packets of a tunnel have in common, or those without one. */
struct stat_ahead_tunnel {
	uint32_t number;  /* of header_cache_hash() */
	uint32_t key;	  /* entry */
	uint32_t offset;  /* of the innermost packet */
	bool is_ethernet; /* that is an Ethernet frame, not an IP packet */
};

/* All zero: nothing was looked at. */
struct stat_ahead {
	struct lookahead packets;
	struct stat_ahead_tunnel tunnel[STAT_AHEAD_TUNNELS], last;
	struct {
		uint32_t number;	   /* of the tunnel; 0: not known */
		const uint32_t *chain;	   /* of entries_fetch_chain(), or NULL */
		const struct entry *entry; /* of entries_fetch_first(), or NULL */
	} slot[LOOKAHEAD_SLOTS];
};

/* Goes on by one packet, which is about to be counted. Call it for flows that are followed. */
void stat_ahead_look(struct stat_stage *stat, const struct packet *packet);

/* Returns the entry that is probably the flow of the packet that stat_ahead_look() has got last; or
 * NULL. */
static inline const struct entry *stat_ahead_guess(const struct stat_ahead *ahead)
{
	unsigned slot = lookahead_slot(&ahead->packets, 0);

	return slot < LOOKAHEAD_SLOTS ? ahead->slot[slot].entry : NULL;
}

/* Remembers where the packet of stat_ahead_look() has its flow. key: entry of its first key. */
void stat_ahead_learn(struct stat_ahead *ahead, const struct peel *peel, uint32_t key);

#endif
