/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet II (RFC 894), VLAN tags (IEEE 802.1Q) and the EtherTypes that lead to IP. A type below
 * 1536 is a length: IEEE 802.3 with LLC, which carries no IP worth following.
 *
 *   | destination 6 | source 6 | type 2 |
 *   | priority 3 bits, DEI 1, VID 12 | type 2 |
 */
#include "header/headers_internal.h"

static enum proto proto_vlan(struct headers *headers, struct cursor *cursor)
{
	uint16_t tci = 0;

	if (!headers_has(headers, cursor, cursor->at, VLAN_TAG_LEN) ||
	    !headers_count(headers, cursor))
		return PROTO_END;
	span_be16(cursor->packet, cursor->at + VLAN_TCI_AT, &tci);
	span_be16(cursor->packet, cursor->at + VLAN_TYPE_AT, &cursor->type);
	tci &= VLAN_VID_MASK;
	if (headers->vlans < HEADERS_VLANS)
		headers->vlan[headers->vlans] = tci;
	if (cursor->vids && headers->vlans < cursor->vids_most)
		cursor->vids[headers->vlans] = tci;
	headers->vlans++;
	headers->link_len += VLAN_TAG_LEN;
	cursor->at += VLAN_TAG_LEN;
	return PROTO_ETHERTYPE;
}

static enum proto proto_arp(struct headers *headers, struct cursor *cursor)
{
	if (!headers_count(headers, cursor))
		return PROTO_END;
	return headers_stop(headers, cursor, HEADERS_NOT_IP, cursor->at + ARP_LEN);
}

enum proto proto_ethertype(struct headers *headers, struct cursor *cursor)
{
	switch (cursor->type) {
	case ETHERTYPE_IPV4:
		return PROTO_IPV4;
	case ETHERTYPE_IPV6:
		return PROTO_IPV6;
	case ETHERTYPE_CVLAN:
	case ETHERTYPE_SVLAN:
	case ETHERTYPE_9100:
	case ETHERTYPE_9200:
		return proto_vlan(headers, cursor);
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MULTICAST:
		return PROTO_MPLS;
	case ETHERTYPE_PPPOE:
	case ETHERTYPE_PPPOE_DISCOVERY:
		return PROTO_PPPOE;
	case ETHERTYPE_ARP:
		return proto_arp(headers, cursor);
	}
	return headers_stop(headers, cursor, HEADERS_NOT_IP, cursor->at);
}

enum proto proto_ethernet(struct headers *headers, struct cursor *cursor)
{
	if (!headers_has(headers, cursor, cursor->at, ETHERNET_LEN) ||
	    !headers_count(headers, cursor))
		return PROTO_END;
	span_be16(cursor->packet, cursor->at + ETHERNET_TYPE_AT, &cursor->type);
	headers->link_len += ETHERNET_LEN;
	cursor->at += ETHERNET_LEN;
	return PROTO_ETHERTYPE;
}
