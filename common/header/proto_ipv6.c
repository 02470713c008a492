/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv6 (RFC 8200) with its extension headers, which count as one header. A payload length of 0
 * belongs to a jumbogram (RFC 2675) if a hop-by-hop option has the length; else segmentation
 * offload left it there, and the header claims no length.
 *
 *   | version 4 bits, class 8, flow label 20 | payload length 2 | next header 1 | hop limit 1 |
 *   | source 16 | destination 16 |
 */
#include "header/headers_internal.h"

enum { JUMBO_MIN = 65536, EXTENSIONS_MAX = 64, EXTENSION_MIN_LEN = 8 };

bool headers_is_extension(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_AH:
	case IPPROTO_DSTOPTS:
	case IPPROTO_MH:
	case IPPROTO_HIP:
	case IPPROTO_SHIM6:
		return true;
	}
	return false;
}

size_t headers_extension_len(uint8_t protocol, uint8_t units)
{
	/* RFC 8200 section 4.5 has a reserved byte there; RFC 4302 section 2.2 counts AH in words
	 * of 4 bytes. */
	if (protocol == IPPROTO_FRAGMENT)
		return IPV6_FRAGMENT_LEN;
	return protocol == IPPROTO_AH ? (units + 2U) * 4 : (units + 1U) * IPV6_EXTENSION_UNIT;
}

/* Returns the jumbo payload length among hop-by-hop options; 0 without one. */
static uint32_t jumbo_len(struct span options)
{
	size_t at = 2;
	uint32_t value;
	uint8_t type, len;

	while (span_u8(options, at, &type)) {
		if (type == IPV6_OPTION_PAD1) {
			at++;
			continue;
		}
		if (!span_u8(options, at + 1, &len))
			break;
		if (type == IPV6_OPTION_JUMBO && len == 4 && span_be32(options, at + 2, &value))
			return value;
		at += 2U + len;
	}
	return 0;
}

/* Returns false, and has stopped the parser, for a jumbo length that RFC 2675 section 3 forbids. */
static bool claim_jumbo(struct headers *headers, struct cursor *cursor, struct span options)
{
	uint32_t jumbo = jumbo_len(options);

	if (jumbo == 0) {
		headers->flags |= HEADERS_NO_LENGTH;
		return true;
	}
	if (jumbo < JUMBO_MIN) {
		headers_stop(headers, cursor, HEADERS_MALFORMED, headers->network);
		return false;
	}
	headers->flags |= HEADERS_JUMBO;
	headers->network_end = (uint64_t)headers->network + IPV6_LEN + jumbo;
	return true;
}

/* An atomic fragment (RFC 6946) is a whole packet: its fragment header is one more extension
 * header. Of several fragment headers the first one that is not atomic counts. */
static void ipv6_fragment(struct headers *headers, struct span packet, size_t at)
{
	uint16_t fragment = 0;

	span_be16(packet, at + IPV6_FRAGMENT_OFFSET_AT, &fragment);
	if ((fragment & (IPV6_OFFSET_MASK | IPV6_MORE_FRAGMENTS)) == 0 ||
	    (headers->flags & HEADERS_ANY_FRAGMENT) != 0)
		return;
	span_be32(packet, at + IPV6_FRAGMENT_ID_AT, &headers->fragment_id);
	headers->fragment_offset = fragment & (unsigned)IPV6_OFFSET_MASK;
	headers->more_fragments = (fragment & IPV6_MORE_FRAGMENTS) != 0;
	headers->unfragmentable_len = (uint32_t)at - headers->network;
	headers->flags |= HEADERS_ANY_FRAGMENT;
	if (headers->fragment_offset != 0)
		headers->flags |= HEADERS_LATER_FRAGMENT;
}

/* Reads one extension header. Returns false if it stopped the parser. */
static bool ipv6_extension(struct headers *headers, struct cursor *cursor)
{
	size_t at = cursor->at, len;
	struct span options = { NULL, 0 };
	uint8_t next = 0, units = 0;

	if (!headers_has_within(headers, cursor, at, EXTENSION_MIN_LEN))
		return false;
	span_u8(cursor->packet, at, &next);
	span_u8(cursor->packet, at + 1, &units);
	len = headers_extension_len(headers->protocol, units);
	if (!headers_has_within(headers, cursor, at, len))
		return false;
	span_sub(cursor->packet, at, len, &options);
	if (headers->protocol == IPPROTO_FRAGMENT)
		ipv6_fragment(headers, cursor->packet, at);
	if (headers->protocol == IPPROTO_HOPOPTS && headers->network_len == IPV6_LEN &&
	    headers->network_end == 0 && !claim_jumbo(headers, cursor, options))
		return false;
	if (headers->protocol == IPPROTO_AH)
		headers->flags |= HEADERS_AH;
	headers->protocol = next;
	headers->network_len += (uint32_t)len;
	cursor->at += len;
	return true;
}

static enum proto ipv6_extensions(struct headers *headers, struct cursor *cursor)
{
	for (int i = 0; i < EXTENSIONS_MAX && headers_is_extension(headers->protocol); i++) {
		if (!ipv6_extension(headers, cursor))
			return PROTO_END;
		if (headers->flags & HEADERS_LATER_FRAGMENT)
			return headers_stop(headers, cursor, HEADERS_FRAGMENT, cursor->at);
	}
	if (headers_is_extension(headers->protocol))
		return headers_stop(headers, cursor, HEADERS_TOO_DEEP, cursor->at);
	return PROTO_TRANSPORT;
}

static void ipv6_fixed(struct headers *headers, struct span packet, size_t at)
{
	uint16_t payload = 0;

	headers->ip_version = 6;
	headers->network = (uint32_t)at;
	headers->network_len = IPV6_LEN;
	span_be16(packet, at + IPV6_PAYLOAD_AT, &payload);
	span_u8(packet, at + IPV6_NEXT_AT, &headers->protocol);
	if (payload != 0 || headers->protocol == IPPROTO_NONE)
		headers->network_end = (uint64_t)at + IPV6_LEN + payload;
	else if (headers->protocol != IPPROTO_HOPOPTS)
		headers->flags |= HEADERS_NO_LENGTH;
}

enum proto proto_ipv6(struct headers *headers, struct cursor *cursor)
{
	size_t at = cursor->at;
	uint8_t first;

	if (!span_u8(cursor->packet, at, &first))
		return headers_stop(headers, cursor, HEADERS_TRUNCATED, at);
	if (first >> 4 != 6)
		return headers_stop(headers, cursor, HEADERS_MALFORMED, at);
	if (!headers_has(headers, cursor, at, IPV6_LEN) || !headers_count(headers, cursor))
		return PROTO_END;
	ipv6_fixed(headers, cursor->packet, at);
	cursor->at += IPV6_LEN;
	return ipv6_extensions(headers, cursor);
}
