/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks at the packets that come next in the block of the input, and fetches into the processor's
 * cache what they will need: the tunnel, the key, the file. With ten thousand files each of these
 * is elsewhere in memory, and waiting for one after the other takes long. Nothing is decided here:
 * a wrong guess costs time alone.
 */
#ifndef VTAP_SPLIT_SPLIT_AHEAD_H
#define VTAP_SPLIT_SPLIT_AHEAD_H

#include "capture/lookahead.h"
#include "key/key_cache.h"

enum { SPLIT_AHEAD_KEYS = 512 }; /* keys of a run; fewer stay in the processor's cache anyway */

/* All zero: nothing was looked at. */
struct ahead {
	struct lookahead packets;
	struct {
		uint32_t number;       /* of key_cache_ahead() */
		struct split_key *key; /* of key_cache_guess(), or NULL */
	} slot[LOOKAHEAD_SLOTS];
};

/* Goes on by one packet: `packet` is about to be put. */
void split_ahead_look(struct ahead *ahead, const struct key_cache *cache,
		      const struct packet *packet);

#endif
