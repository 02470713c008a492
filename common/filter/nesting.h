/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts the tunnels that a packet is in, one inside the other. Taps that see each other's tunnels
 * feed each other, and each round puts one more tunnel around a packet: by their number vtap-tap
 * recognises such a loop. Unlike tunnel/peel.h this also looks into the first fragment of a
 * tunnel's packet, and into what an ICMP error quotes, since taps mirror both as well, and later
 * fragments are in as many tunnels as the first one.
 */
#ifndef VTAP_FILTER_NESTING_H
#define VTAP_FILTER_NESTING_H

#include "encap/encap.h"
#include "filter/fragment_depths.h"

enum { NESTING_MOST = 16 }; /* tunnels that can be asked for; what is beyond counts as that */

struct nesting {
	unsigned depth; /* tunnels found, at most one more than was asked for */
	uint32_t end;	/* offset behind the header of the last one; 0 if there is none */
};

/* Returns false if a packet with these headers is in no tunnel of the table, quotes none, and is no
 * fragment: nesting_count() sees all fragments, for identifications come back. */
static inline bool nesting_possible(const struct headers *headers, const struct encap_table *table)
{
	if (headers->flags & HEADERS_ANY_FRAGMENT)
		return true;
	if (headers->l4 == IPPROTO_UDP)
		return encap_may_be_tunnel(table, headers->dst_port);
	return headers->ip_version != 0 && headers->l4 != IPPROTO_TCP;
}

/*
 * Counts the tunnels of a packet and fills *nesting. headers: the parsed headers of the packet;
 * table: the encapsulations that count. It stops when it has found more than `most`, which is
 * NESTING_MOST or less.
 *
 * depths: what first fragments showed, which is looked up and noted here; it is called for all
 * packets in their order. If the first fragment ends within headers that may be those of a further
 * tunnel, its depth is `most` + 1, since nobody can tell it: a loop could go on behind them.
 */
void nesting_count(struct nesting *nesting, const struct headers *headers,
		   const struct encap_table *table, struct fragment_depths *depths,
		   struct span packet, unsigned most);

#endif
