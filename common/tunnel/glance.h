/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One look at the packet that mirrors send most: Ethernet, up to two VLAN tags, IPv4 without
 * options or IPv6 without extension headers, whole, UDP, one tunnel, and nothing inside that could
 * be another one. It answers what peel_walk() answers, or leaves the packet to it.
 */
#ifndef VTAP_TUNNEL_GLANCE_H
#define VTAP_TUNNEL_GLANCE_H

#include "encap/encap.h"
#include "header/plain.h"

enum { GLANCE_PORTS = 256 };

/* What is selected, by UDP port modulo GLANCE_PORTS: no search per packet. */
struct glance_table {
	const struct encap_select *select;
	struct glance_port {
		const struct encap *encap;
		uint8_t index; /* encap_index() of it */
		uint8_t count; /* of ports and codecs here: several are for encap_parse() */
		uint16_t port;
	} port[GLANCE_PORTS];
};

/* select is borrowed and stays as it is. */
void glance_prepare(struct glance_table *table, const struct encap_select *select);

struct glance {
	struct tunnel tunnel;
	unsigned encap;	    /* encap_index() of it */
	uint8_t version;    /* of the outer IP: 4 or 6 */
	uint64_t source[2]; /* its source address as it stands; IPv4: a number of 4 bytes as it
			       stands, 0 */
	uint32_t offset, caplen, len; /* of what is left, as in struct peel */
	bool fills; /* what is left claims to be just so long: no run (offload/udp_gso.h) */
};

/*
 * True: peel_walk() would take exactly this tunnel off and end with PEEL_PLAIN. False: ask it;
 * *glance says nothing.
 */
bool glance_at(struct glance *glance, const struct glance_table *table, uint32_t linktype,
	       const uint8_t *data, uint32_t caplen, uint32_t len);

/* glance_at() of an Ethernet frame whose IP header is known, without a look at what is inside. */
bool glance_take(struct glance *glance, const struct glance_table *table, struct span packet,
		 struct plain_ip outer, uint32_t len);

SPAN_INLINE bool glance_may_be_tunnel(const struct glance_table *table, uint16_t port)
{
	const struct glance_port *known = &table->port[port % GLANCE_PORTS];

	return known->count > 1 || (known->count == 1 && known->port == port);
}

SPAN_INLINE bool glance_ends(const struct glance_table *table, struct span left,
			     const struct plain_ip *ip)
{
	uint16_t port;

	if (ip->protocol == PLAIN_UDP)
		return span_be16(left, ip->next + 2, &port) && !glance_may_be_tunnel(table, port);
	return ip->protocol == PLAIN_TCP || ip->protocol == PLAIN_ICMP ||
	       ip->protocol == PLAIN_ICMP6;
}

/*
 * The part of glance_at() that looks at what a tunnel carries: true when that is certainly no
 * tunnel, and no fragment that could hold one. *fills: it claims to be just so long.
 */
SPAN_INLINE bool glance_inside(const struct glance_table *table, uint32_t linktype,
			       struct span left, bool *fills)
{
	uint16_t type = PLAIN_IPV4;
	struct plain_ip ip;
	uint8_t first;
	size_t at = 0;

	*fills = false;
	if (linktype == LINK_ETHERNET) {
		if (!plain_ethertype(left, &at, &type))
			return false;
	} else if (linktype != LINK_RAW || !span_u8(left, 0, &first)) {
		return false;
	} else if (first >> 4 == 6) {
		type = PLAIN_IPV6;
	}
	if (type == PLAIN_ARP)
		return true;
	if (!plain_by_type(left, type, at, &ip))
		return false;
	*fills = ip.end == left.len;
	return glance_ends(table, left, &ip);
}

#endif
