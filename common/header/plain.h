/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The headers that most packets have: Ethernet with up to two VLAN tags, IPv4 without options or
 * IPv6 without extension headers. For short ways in front of layers_walk(), which knows the rest.
 */
#ifndef VTAP_HEADER_PLAIN_H
#define VTAP_HEADER_PLAIN_H

#include "base/span.h"

enum {
	PLAIN_ETHERNET_LEN = 14,
	PLAIN_TAG_LEN = 4,
	PLAIN_TAGS_MAX = 2,
	PLAIN_IPV4_LEN = 20,
	PLAIN_IPV6_LEN = 40,
	PLAIN_UDP_LEN = 8
};
enum { PLAIN_IPV4 = 0x0800, PLAIN_ARP = 0x0806, PLAIN_VLAN = 0x8100, PLAIN_IPV6 = 0x86DD };
enum { PLAIN_QINQ = 0x88A8 };
enum { PLAIN_ICMP = 1, PLAIN_TCP = 6, PLAIN_UDP = 17, PLAIN_ICMP6 = 58 };
enum { PLAIN_NO_OPTIONS = 0x45, PLAIN_ANY_FRAGMENT = 0x3FFF };

/* What stands behind Ethernet and its tags; false when they are cut or too many. */
SPAN_INLINE bool plain_ethertype(struct span packet, size_t *at, uint16_t *type)
{
	if (!span_be16(packet, *at + PLAIN_ETHERNET_LEN - 2, type))
		return false;
	*at += PLAIN_ETHERNET_LEN;
	for (int i = 0; i < PLAIN_TAGS_MAX && (*type == PLAIN_VLAN || *type == PLAIN_QINQ); i++) {
		if (!span_be16(packet, *at + PLAIN_TAG_LEN - 2, type))
			return false;
		*at += PLAIN_TAG_LEN;
	}
	return true;
}

/* An IP header, and what matters here of the 8 bytes behind it. */
struct plain_ip {
	uint64_t end; /* claimed; from the packet's start */
	size_t next;  /* where the 8 bytes begin */
	uint8_t version, protocol;
};

SPAN_INLINE bool plain_ipv4(struct span packet, size_t at, struct plain_ip *ip)
{
	uint16_t total = 0, fragment = 0;
	struct span header;
	uint8_t first = 0, protocol = 0;

	if (!span_sub(packet, at, PLAIN_IPV4_LEN, &header))
		return false;
	span_u8(header, 0, &first);
	span_be16(header, 2, &total);
	span_be16(header, 6, &fragment);
	span_u8(header, 9, &protocol);
	ip->protocol = protocol;
	ip->version = 4;
	ip->next = at + PLAIN_IPV4_LEN;
	ip->end = at + total;
	return first == PLAIN_NO_OPTIONS && (fragment & PLAIN_ANY_FRAGMENT) == 0;
}

SPAN_INLINE bool plain_ipv6(struct span packet, size_t at, struct plain_ip *ip)
{
	struct span header;
	uint16_t payload = 0;
	uint8_t first = 0, protocol = 0;

	if (!span_sub(packet, at, PLAIN_IPV6_LEN, &header))
		return false;
	span_u8(header, 0, &first);
	span_be16(header, 4, &payload);
	span_u8(header, 6, &protocol);
	ip->protocol = protocol;
	ip->version = 6;
	ip->next = at + PLAIN_IPV6_LEN;
	ip->end = ip->next + payload;
	return first >> 4 == 6;
}

/* type: as plain_ethertype() gives it. False: no such header, or a fragment. */
SPAN_INLINE bool plain_by_type(struct span packet, uint16_t type, size_t at, struct plain_ip *ip)
{
	if (type == PLAIN_IPV4)
		return plain_ipv4(packet, at, ip);
	return type == PLAIN_IPV6 && plain_ipv6(packet, at, ip);
}

#endif
