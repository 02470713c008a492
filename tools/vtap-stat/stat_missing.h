/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that never came: what statistics blocks of pcapng say of each interface
 * (draft-ietf-opsawg-pcapng, section 4.6), and numbers of tunnels that are still on.
 */
#ifndef VTAP_STAT_STAT_MISSING_H
#define VTAP_STAT_STAT_MISSING_H

#include "base/hash_table.h"
#include "packet/packet.h"

/* Packets of an interface. */
struct stat_missing_drops {
	uint64_t tunnel, kernel;
};

struct stat_missing {
	struct hash_table by_serial; /* what the last block of each interface said; allocated */
};

void stat_missing_init(struct stat_missing *missing);
void stat_missing_free(struct stat_missing *missing);

/*
 * Reads a block and sets *drops to what it counts beyond the block in front of it. Returns false if
 * that is nothing, or if it is no statistics block of an interface that is described.
 */
bool stat_missing_read(struct stat_missing *missing, const struct block *block,
		       struct stat_missing_drops *drops);

#endif
