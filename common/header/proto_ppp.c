/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PPP (RFC 1661): a protocol number of two bytes, or of one byte if that is odd (section 6.5). In
 * HDLC-like framing (RFC 1662) FF 03 stands in front, unless the ends agreed to leave it out.
 * Cisco's HDLC (RFC 1547, 4.3.1) shares link type 50: 0F or 8F, 00, EtherType.
 *
 * PPP over Ethernet (RFC 2516). Its discovery stage has this header, too, and carries no IP:
 *
 *   | version 4 bits, type 4 | code 1 | session 2 | length 2, of the payload |
 */
#include "header/headers_internal.h"

enum {
	CISCO_UNICAST = 0x0F00,
	CISCO_MULTICAST = 0x8F00,
	CISCO_LEN = 4,
};

enum { PPPOE_LENGTH_AT = 4, PPPOE_LEN = 6, PPPOE_VERSION_AND_TYPE = 0x11 };

static enum proto ppp_next(struct headers *headers, struct cursor *cursor, uint16_t protocol)
{
	switch (protocol) {
	case PPP_IPV4:
		return PROTO_IPV4;
	case PPP_IPV6:
		return PROTO_IPV6;
	case PPP_MPLS:
	case PPP_MPLS_MULTICAST:
		return PROTO_MPLS;
	}
	return headers_stop(headers, cursor, HEADERS_NOT_IP, cursor->at);
}

enum proto proto_ppp(struct headers *headers, struct cursor *cursor)
{
	uint16_t protocol;
	uint8_t first;

	if (!headers_has(headers, cursor, cursor->at, 1))
		return PROTO_END;
	span_u8(cursor->packet, cursor->at, &first);
	protocol = first;
	if ((first & 1) == 0 && !span_be16(cursor->packet, cursor->at, &protocol))
		return headers_stop(headers, cursor, HEADERS_TRUNCATED, cursor->at);
	if (!headers_count(headers, cursor))
		return PROTO_END;
	cursor->at += (first & 1) != 0 ? 1 : 2;
	return ppp_next(headers, cursor, protocol);
}

static enum proto proto_cisco_hdlc(struct headers *headers, struct cursor *cursor)
{
	if (!headers_has(headers, cursor, cursor->at, CISCO_LEN) || !headers_count(headers, cursor))
		return PROTO_END;
	span_be16(cursor->packet, cursor->at + 2, &cursor->type);
	cursor->at += CISCO_LEN;
	if (cursor->type < ETHERTYPE_MIN) /* a protocol number of Cisco's */
		return headers_stop(headers, cursor, HEADERS_NOT_IP, cursor->at);
	return PROTO_ETHERTYPE;
}

enum proto proto_ppp_hdlc(struct headers *headers, struct cursor *cursor)
{
	uint16_t start;

	if (!span_be16(cursor->packet, cursor->at, &start))
		return headers_stop(headers, cursor, HEADERS_TRUNCATED, cursor->at);
	if (start == CISCO_UNICAST || start == CISCO_MULTICAST)
		return proto_cisco_hdlc(headers, cursor);
	if (start == PPP_ADDRESS_CONTROL)
		cursor->at += sizeof(start);
	return proto_ppp(headers, cursor);
}

enum proto proto_pppoe(struct headers *headers, struct cursor *cursor)
{
	size_t at = cursor->at;
	uint8_t version_type = 0;
	uint16_t length = 0;

	if (!headers_has(headers, cursor, at, PPPOE_LEN) || !headers_count(headers, cursor))
		return PROTO_END;
	span_u8(cursor->packet, at, &version_type);
	if (version_type != PPPOE_VERSION_AND_TYPE)
		return headers_stop(headers, cursor, HEADERS_MALFORMED, at);
	span_be16(cursor->packet, at + PPPOE_LENGTH_AT, &length);
	cursor->at += PPPOE_LEN;
	if (headers->link_end == 0)
		headers->link_end = cursor->at + (uint64_t)length;
	if (cursor->type == ETHERTYPE_PPPOE)
		return PROTO_PPP;
	return headers_stop(headers, cursor, HEADERS_NOT_IP, cursor->at);
}
