/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The headers that most packets have, read inline: Ethernet with VLAN tags, IPv4 without options or
 * IPv6 without extension headers, not fragmented. For code that looks at every packet; what these
 * functions leave is for headers_parse().
 */
#ifndef VTAP_HEADER_HEADERS_USUAL_H
#define VTAP_HEADER_HEADERS_USUAL_H

#include "base/span.h"
#include "header/fields.h"

/* Moves *at from an Ethernet header behind it and behind at most two VLAN tags; *type is the
 * EtherType that stands there. Returns false if they are cut. */
SPAN_INLINE bool headers_usual_ethertype(struct span packet, size_t *at, uint16_t *type)
{
	if (!span_be16(packet, *at + ETHERNET_TYPE_AT, type))
		return false;
	*at += ETHERNET_LEN;
	for (int i = 0; i < 2 && (*type == ETHERTYPE_CVLAN || *type == ETHERTYPE_SVLAN); i++) {
		if (!span_be16(packet, *at + VLAN_TYPE_AT, type))
			return false;
		*at += VLAN_TAG_LEN;
	}
	return true;
}

struct headers_usual_ip {
	struct span header; /* IPV4_MIN_LEN or IPV6_LEN bytes */
	uint64_t end;	    /* claimed, as an offset in the packet */
	size_t next;	    /* offset of what IP carries */
	uint8_t version, protocol;
};

/* Reads the IPv4 header at `at`. Returns false if it is not a usual one. */
SPAN_INLINE bool headers_usual_ipv4(struct span packet, size_t at, struct headers_usual_ip *ip)
{
	uint16_t total = 0, fragment = 0;
	uint8_t first = 0, protocol = 0;

	if (!span_sub(packet, at, IPV4_MIN_LEN, &ip->header))
		return false;
	span_u8(ip->header, 0, &first);
	span_be16(ip->header, IPV4_TOTAL_AT, &total);
	span_be16(ip->header, IPV4_FRAGMENT_AT, &fragment);
	span_u8(ip->header, IPV4_PROTOCOL_AT, &protocol);
	ip->end = at + total;
	ip->next = at + IPV4_MIN_LEN;
	ip->version = 4;
	ip->protocol = protocol;
	return first == IPV4_NO_OPTIONS && (fragment & IPV4_ANY_FRAGMENT) == 0;
}

/* Reads the IPv6 header at `at`. Returns false if it is not a usual one, but for extension headers:
 * those are in `protocol`. */
SPAN_INLINE bool headers_usual_ipv6(struct span packet, size_t at, struct headers_usual_ip *ip)
{
	uint16_t payload = 0;
	uint8_t first = 0, protocol = 0;

	if (!span_sub(packet, at, IPV6_LEN, &ip->header))
		return false;
	span_u8(ip->header, 0, &first);
	span_be16(ip->header, IPV6_PAYLOAD_AT, &payload);
	span_u8(ip->header, IPV6_NEXT_AT, &protocol);
	ip->next = at + IPV6_LEN;
	ip->end = ip->next + payload;
	ip->version = 6;
	ip->protocol = protocol;
	return first >> 4 == 6;
}

/* Reads the IP header at `at` that the EtherType says. Returns false if it is not a usual one. */
SPAN_INLINE bool headers_usual_ip(struct span packet, uint16_t type, size_t at,
				  struct headers_usual_ip *ip)
{
	if (type == ETHERTYPE_IPV4)
		return headers_usual_ipv4(packet, at, ip);
	return type == ETHERTYPE_IPV6 && headers_usual_ipv6(packet, at, ip);
}

#endif
