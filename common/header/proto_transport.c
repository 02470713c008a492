/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UDP (RFC 768), UDP-Lite (RFC 3828), TCP (RFC 9293), SCTP (RFC 9260), DCCP (RFC 4340), ICMP (RFC
 * 792), ICMPv6 (RFC 4443): ports, where there are any, and the header's length. A header that is
 * cut behind its ports still gives them.
 */
#include "header/headers_internal.h"

/* The transports that are parsed. */
struct transport {
	uint8_t protocol;
	uint8_t least; /* bytes of the header that have to be there for it to count as found */
	uint8_t len;   /* bytes of the shortest whole header */
};

static const struct transport transports[] = {
	{ IPPROTO_UDP, PORTS_LEN, UDP_LEN },	   { IPPROTO_TCP, PORTS_LEN, TCP_MIN_LEN },
	{ IPPROTO_SCTP, PORTS_LEN, SCTP_LEN },	   { IPPROTO_UDPLITE, PORTS_LEN, UDP_LEN },
	{ IPPROTO_DCCP, PORTS_LEN, DCCP_MIN_LEN }, { IPPROTO_ICMP, ICMP_LEN, ICMP_LEN },
	{ IPPROTO_ICMPV6, ICMP_LEN, ICMP_LEN },
};

static const struct transport *transport_find(uint8_t protocol)
{
	for (size_t i = 0; i < sizeof(transports) / sizeof(*transports); i++)
		if (transports[i].protocol == protocol)
			return &transports[i];
	return NULL;
}

bool headers_protocol_has_ports(uint8_t protocol)
{
	return protocol != IPPROTO_ICMP && protocol != IPPROTO_ICMPV6 && transport_find(protocol);
}

bool headers_have_ports(const struct headers *headers)
{
	return headers->l4 != 0 && headers->l4 != IPPROTO_ICMP && headers->l4 != IPPROTO_ICMPV6;
}

/* A length below 8 is no claim: 0 stands in jumbograms (RFC 2675, 4), the rest is damage. */
static void udp_claim(struct headers *headers, struct span packet)
{
	uint16_t length;

	if (span_be16(packet, headers->transport + (size_t)UDP_LENGTH_AT, &length) &&
	    length >= UDP_LEN)
		headers->transport_end = headers->transport + (uint64_t)length;
}

/* Sets transport_len by the data offset, in words of 4 bytes; returns false if that is less than a
 * header. */
static bool by_offset(struct headers *headers, uint32_t words)
{
	if (words * 4 < headers->transport_len)
		return false;
	headers->transport_len = words * 4;
	return true;
}

/* Returns false if the header contradicts itself. */
static bool transport_len(struct headers *headers, struct span packet)
{
	uint8_t offset;

	if (headers->l4 == IPPROTO_TCP &&
	    span_u8(packet, headers->transport + (size_t)TCP_FLAGS_AT, &offset))
		return by_offset(headers, offset >> 4);
	if (headers->l4 == IPPROTO_DCCP &&
	    span_u8(packet, headers->transport + (size_t)DCCP_OFFSET_AT, &offset))
		return by_offset(headers, offset);
	return true;
}

static void transport_found(struct headers *headers, struct cursor *cursor,
			    const struct transport *transport)
{
	headers->l4 = transport->protocol;
	headers->transport = (uint32_t)cursor->at;
	headers->transport_len = transport->len;
	if (!headers_have_ports(headers))
		return;
	span_be16(cursor->packet, cursor->at + SRC_PORT_AT, &headers->src_port);
	span_be16(cursor->packet, cursor->at + DST_PORT_AT, &headers->dst_port);
}

enum proto proto_transport(struct headers *headers, struct cursor *cursor)
{
	const struct transport *transport = transport_find(headers->protocol);
	bool fragment = headers->flags & HEADERS_ANY_FRAGMENT;
	size_t at = cursor->at;

	if (!transport)
		return headers_stop(headers, cursor,
				    fragment ? HEADERS_FRAGMENT : HEADERS_IP_PAYLOAD, at);
	if (!headers_has_within(headers, cursor, at, transport->least) ||
	    !headers_count(headers, cursor))
		return PROTO_END;
	transport_found(headers, cursor, transport);
	if (headers->l4 == IPPROTO_UDP)
		udp_claim(headers, cursor->packet);
	if (!transport_len(headers, cursor->packet))
		return headers_stop(headers, cursor, HEADERS_MALFORMED, at);
	if (headers_has_within(headers, cursor, at, headers->transport_len))
		headers->end = HEADERS_TRANSPORT;
	cursor->at = at + headers->transport_len;
	return PROTO_END;
}
