/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the headers that most packets have, inline: Ethernet, at most two VLAN tags, and IPv4
 * without options or IPv6 without extension headers, not fragmented. Use it in code that looks at
 * every packet; where a function returns false, headers_parse() has to read the packet.
 */
#ifndef VTAP_HEADER_HEADERS_USUAL_H
#define VTAP_HEADER_HEADERS_USUAL_H

#include "base/span.h"
#include "header/fields.h"

/* Moves *at from the start of an Ethernet header behind it and at most two VLAN tags, and sets
 * *type to the EtherType of what follows. Returns false if not all of their bytes are present; then
 * neither *at nor *type holds. */
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

/* What a usual IP header says. It is valid only if the function that filled it returned true. */
struct headers_usual_ip {
	struct span header; /* IPV4_MIN_LEN or IPV6_LEN bytes of the packet */
	uint64_t end;	    /* offset in the packet of the end that IP's length claims. Nothing
			       checks it: with a length of 0 it is at or in front of `next` */
	size_t next;	    /* offset in the packet of what IP carries */
	uint8_t version;    /* 4 or 6 */
	uint8_t protocol;   /* IP's number of what it carries */
};

/* Reads the IPv4 header at offset `at`. Returns false if its version is not 4, if it has options or
 * belongs to a fragment, or if not all of it is present. */
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

/* Reads the fixed IPv6 header at offset `at`. Returns false if its version is not 6, or if not all
 * of it is present. Extension headers are not looked at: ip->protocol may be the number of one. */
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

/* Reads the IP header at offset `at`; type is the EtherType in front of it. Returns false if it is
 * not a usual IP header. */
SPAN_INLINE bool headers_usual_ip(struct span packet, uint16_t type, size_t at,
				  struct headers_usual_ip *ip)
{
	if (type == ETHERTYPE_IPV4)
		return headers_usual_ipv4(packet, at, ip);
	return type == ETHERTYPE_IPV6 && headers_usual_ipv6(packet, at, ip);
}

#endif
