/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The length that a packet claims, at a glance: as wirelen_peel() says it of the packets that
 * captures hold most, bare ones and those in one tunnel.
 */
#ifndef VTAP_TUNNEL_CLAIM_H
#define VTAP_TUNNEL_CLAIM_H

#include "tunnel/glance.h"

struct claim {
	uint64_t end;	   /* as wirelen_peel() sets it */
	uint32_t link_len; /* of the outermost link header and its tags; 0: bare IP */
	bool tunnelled;	   /* glance holds what glance_at() would say, all but fills */
	struct glance glance;
};

/* Where the link header ends, and what IP says behind it. */
SPAN_INLINE bool claim_look(struct span packet, uint32_t linktype, size_t *at, struct plain_ip *ip)
{
	uint16_t type = PLAIN_IPV4;
	uint8_t first;

	*at = 0;
	if (linktype == LINK_ETHERNET) {
		if (!plain_ethertype(packet, at, &type))
			return false;
	} else if (linktype != LINK_RAW || !span_u8(packet, 0, &first)) {
		return false;
	} else if (first >> 4 == 6) {
		type = PLAIN_IPV6;
	}
	/* No more than a header may mean no length at all (tunnel/wirelen.h), or a malformed one.
	 */
	return plain_by_type(packet, type, *at, ip) && ip->end > ip->next;
}

/* The part of it that looks at what a tunnel carries; *end counts from there. */
SPAN_INLINE bool claim_inside(const struct glance_table *table, uint32_t linktype, struct span left,
			      uint64_t *end)
{
	struct plain_ip ip;
	size_t at;

	if (!claim_look(left, linktype, &at, &ip))
		return false;
	*end = ip.end;
	return glance_ends(table, left, &ip);
}

/* True: wirelen_peel() would know the length, and it is claim->end. False: ask it. */
bool claim_at(struct claim *claim, const struct glance_table *table, uint32_t linktype,
	      const uint8_t *data, uint32_t caplen, uint32_t len);

#endif
