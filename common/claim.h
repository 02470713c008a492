/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The length that a packet claims, at a glance: as wirelen_peel() says it of the packets that
 * captures hold most, bare ones and those in one tunnel.
 */
#ifndef VTAP_CLAIM_H
#define VTAP_CLAIM_H

#include "glance.h"

struct claim {
	uint64_t end;	   /* as wirelen_peel() sets it */
	uint32_t link_len; /* of the outermost link header and its tags; 0: bare IP */
	bool tunnelled;	   /* glance holds what glance_at() would say, all but fills */
	struct glance glance;
};

/* True: wirelen_peel() would know the length, and it is claim->end. False: ask it. */
bool claim_at(struct claim *claim, const struct glance_table *table, uint32_t linktype,
	      const uint8_t *data, uint32_t caplen, uint32_t len);

#endif
