/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet II (RFC 894), IEEE 802.3 with LLC and SNAP (RFC 1042), and the tags that switches put in
 * front of IP.
 *
 *   | destination 6 | source 6 | type 2 |
 *   | priority 3 bits, DEI 1, VID 12 | type 2 |                    VLAN tag (IEEE 802.1Q)
 *   | version 1 | length 1, in units of 8 bytes | options | type 2 |        Cisco MetaData
 *   | flags 1 | short length 1 | packet number 4 | maybe SCI 8 | type 2 |   MACsec (IEEE 802.1AE)
 */
#include "header/headers_internal.h"

/* A tag of a fixed length, and what stands behind it. */
struct tag {
	uint16_t type;	  /* its EtherType */
	uint8_t len;	  /* bytes behind its EtherType, without the next EtherType */
	bool whole_frame; /* an Ethernet frame follows; else an EtherType */
};

static const struct tag tags[] = {
	{ ETHERTYPE_VNTAG, 4, false }, { ETHERTYPE_ETAG, 6, false },
	{ ETHERTYPE_HSR, 4, false },   { ETHERTYPE_FABRICPATH, 2, true },
	{ ETHERTYPE_ITAG, 4, true },
};

static bool is_vlan(uint16_t type)
{
	switch (type) {
	case ETHERTYPE_CVLAN:
	case ETHERTYPE_SVLAN:
	case ETHERTYPE_9100:
	case ETHERTYPE_9200:
	case ETHERTYPE_9300:
		return true;
	}
	return false;
}

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

/* 0x8200 is a VLAN tag of some switches, and something else elsewhere: only what stands behind a
 * tag can tell. */
static enum proto proto_8200(struct headers *headers, struct cursor *cursor)
{
	uint16_t behind = 0;

	if (!headers_has(headers, cursor, cursor->at, VLAN_TAG_LEN))
		return PROTO_END;
	span_be16(cursor->packet, cursor->at + VLAN_TYPE_AT, &behind);
	if (is_vlan(behind) || behind == ETHERTYPE_IPV4 || behind == ETHERTYPE_IPV6 ||
	    behind == ETHERTYPE_ARP)
		return proto_vlan(headers, cursor);
	return headers_stop(headers, cursor, HEADERS_NOT_IP, cursor->at);
}

static enum proto proto_tag(struct headers *headers, struct cursor *cursor, size_t len,
			    bool whole_frame)
{
	size_t all = len + (whole_frame ? 0 : sizeof(cursor->type));

	if (!headers_has(headers, cursor, cursor->at, all) || !headers_count(headers, cursor))
		return PROTO_END;
	if (!whole_frame)
		span_be16(cursor->packet, cursor->at + len, &cursor->type);
	headers->link_len += (uint32_t)all;
	cursor->at += all;
	return whole_frame ? PROTO_ETHERNET : PROTO_ETHERTYPE;
}

/* The length counts all from behind the tag's own EtherType to behind the next one. */
static enum proto proto_cisco_metadata(struct headers *headers, struct cursor *cursor)
{
	uint8_t units = 0;

	if (!headers_has(headers, cursor, cursor->at, CISCO_METADATA_UNIT))
		return PROTO_END;
	span_u8(cursor->packet, cursor->at + CISCO_METADATA_LENGTH_AT, &units);
	if (units == 0)
		return headers_stop(headers, cursor, HEADERS_MALFORMED, cursor->at);
	return proto_tag(headers, cursor,
			 (size_t)units * CISCO_METADATA_UNIT - sizeof(cursor->type), false);
}

/* Where nothing is encrypted, the frame goes on as it was, and a check value stands at its end. */
static enum proto proto_macsec(struct headers *headers, struct cursor *cursor)
{
	uint8_t flags = 0;
	enum proto next;

	if (!headers_has(headers, cursor, cursor->at, MACSEC_SHORT_LEN))
		return PROTO_END;
	span_u8(cursor->packet, cursor->at, &flags);
	if (flags & (MACSEC_VERSION | MACSEC_CHANGED))
		return headers_stop(headers, cursor, HEADERS_NOT_IP, cursor->at);
	next = proto_tag(headers, cursor,
			 MACSEC_SHORT_LEN + (flags & MACSEC_HAS_SCI ? (size_t)MACSEC_SCI_LEN : 0),
			 false);
	if (next != PROTO_END)
		headers->trailer_len += MACSEC_ICV_LEN;
	return next;
}

/* Reads LLC with SNAP, behind a length of IEEE 802.3. */
static enum proto proto_snap(struct headers *headers, struct cursor *cursor)
{
	uint32_t oui = 0;
	enum proto next;

	if (!headers_has(headers, cursor, cursor->at, SNAP_LEN))
		return PROTO_END;
	span_be24(cursor->packet, cursor->at + SNAP_OUI_AT, &oui);
	if (oui != SNAP_OUI_ETHERTYPE && oui != SNAP_OUI_8021H)
		return headers_stop(headers, cursor, HEADERS_NOT_IP, cursor->at);
	next = proto_tag(headers, cursor, SNAP_TYPE_AT, false);
	/* A number that is no EtherType is not a second length. */
	if (next != PROTO_END && cursor->type < ETHERTYPE_MIN)
		return headers_stop(headers, cursor, HEADERS_NOT_IP, cursor->at);
	return next;
}

/* A length in place of the EtherType claims what LLC and its payload take. */
static enum proto proto_8023(struct headers *headers, struct cursor *cursor)
{
	uint32_t llc = 0;
	size_t at = cursor->at;

	if (cursor->type > ETHERNET_LENGTH_MAX)
		return headers_stop(headers, cursor, HEADERS_NOT_IP, at);
	if (headers->link_end == 0 && cursor->type > 0)
		headers->link_end = at + (uint64_t)cursor->type;
	if (!span_be24(cursor->packet, at, &llc))
		return headers_stop(headers, cursor, HEADERS_TRUNCATED, at);
	if (llc == SNAP_LLC)
		return proto_snap(headers, cursor);
	return headers_stop(headers, cursor, HEADERS_NOT_IP, at);
}

static enum proto proto_arp(struct headers *headers, struct cursor *cursor)
{
	if (!headers_count(headers, cursor))
		return PROTO_END;
	return headers_stop(headers, cursor, HEADERS_NOT_IP, cursor->at + ARP_LEN);
}

static enum proto other_ethertype(struct headers *headers, struct cursor *cursor)
{
	if (is_vlan(cursor->type))
		return proto_vlan(headers, cursor);
	if (cursor->type < ETHERTYPE_MIN)
		return proto_8023(headers, cursor);
	for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++)
		if (tags[i].type == cursor->type)
			return proto_tag(headers, cursor, tags[i].len, tags[i].whole_frame);
	return headers_stop(headers, cursor, HEADERS_NOT_IP, cursor->at);
}

enum proto proto_ethertype(struct headers *headers, struct cursor *cursor)
{
	switch (cursor->type) {
	case ETHERTYPE_IPV4:
		return PROTO_IPV4;
	case ETHERTYPE_IPV6:
		return PROTO_IPV6;
	case ETHERTYPE_8200:
		return proto_8200(headers, cursor);
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MULTICAST:
		return PROTO_MPLS;
	case ETHERTYPE_PPPOE:
	case ETHERTYPE_PPPOE_DISCOVERY:
		return PROTO_PPPOE;
	case ETHERTYPE_MACSEC:
		return proto_macsec(headers, cursor);
	case ETHERTYPE_CISCO_METADATA:
		return proto_cisco_metadata(headers, cursor);
	case ETHERTYPE_ARP:
		return proto_arp(headers, cursor);
	}
	return other_ethertype(headers, cursor);
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
