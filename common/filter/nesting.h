/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts the tunnels that a packet is in, one inside the other. Taps that see each other's tunnels
 * feed each other, and each round puts one more tunnel around a packet: by their number vtap-tap
 * recognises such a loop. Unlike tunnel/peel.h this also looks into the first fragment of a
 * tunnel's packet, and into what an ICMP error quotes, since taps mirror both as well.
 */
#ifndef VTAP_FILTER_NESTING_H
#define VTAP_FILTER_NESTING_H

#include "encap/encap.h"

struct nesting {
	unsigned depth; /* tunnels found, at most one more than was asked for */
	uint32_t end;	/* offset behind the header of the last one; 0 if there is none */
};

/* Returns false if a packet with these headers is in no tunnel of the table, and quotes none. */
static inline bool nesting_possible(const struct headers *headers, const struct encap_table *table)
{
	if (headers->l4 == IPPROTO_UDP)
		return encap_may_be_tunnel(table, headers->dst_port);
	return headers->ip_version != 0 && headers->l4 != IPPROTO_TCP;
}

/*
 * Counts the tunnels of a packet and fills *nesting. headers: the parsed headers of the packet;
 * table: the encapsulations that count. It stops when it has found more than `most`.
 */
void nesting_count(struct nesting *nesting, const struct headers *headers,
		   const struct encap_table *table, struct span packet, unsigned most);

#endif
