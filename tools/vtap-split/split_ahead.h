/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks at the packets that come next in the block of the input, and fetches into the processor's
 * cache what they will need: the tunnel, the key, the file. With ten thousand files each of these
 * is elsewhere in memory, and waiting for one after the other takes long. Nothing is decided here:
 * a wrong guess costs time alone.
 */
#ifndef VTAP_SPLIT_SPLIT_AHEAD_H
#define VTAP_SPLIT_SPLIT_AHEAD_H

#include "base/loan.h"
#include "key_cache.h"

enum {
	SPLIT_AHEAD_KEYS = 512,	 /* keys of a run; fewer stay in the processor's cache anyway */
	SPLIT_AHEAD_PACKETS = 8, /* packets that are looked at in front of the one that is put */
	SPLIT_AHEAD_SLOTS = 16,	 /* a power of two above SPLIT_AHEAD_PACKETS */
};

/* All zero: nothing was looked at. */
struct ahead {
	const struct loan *loan; /* the block that packets are read from */
	const uint8_t *memory;	 /* where that block stood */
	const uint8_t *at;	 /* the next record to look at */
	uint32_t now, next;	 /* numbers of the packet that is put, and of that record */
	struct {
		const uint8_t *record; /* where the packet's record begins */
		uint32_t number;       /* of key_cache_ahead() */
		struct split_key *key; /* of key_cache_guess() */
	} slot[SPLIT_AHEAD_SLOTS];     /* by number of the packet */
};

/* Goes on by one packet: `packet` is about to be put. Does nothing unless its record stands in a
 * block of the input (struct packet: block, loan), as a record of a pcap or an enhanced packet
 * block. */
void split_ahead_look(struct ahead *ahead, const struct key_cache *cache,
		      const struct packet *packet);

#endif
