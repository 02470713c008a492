/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv4 (RFC 791). A sender with segmentation offload leaves 0 in the total length of a GSO packet
 * that is too large for the field: such a header claims no length.
 *
 *   | version 4 bits, IHL 4 | TOS 1 | total length 2 | identification 2 | flags 3 bits, offset 13 |
 *   | TTL 1 | protocol 1 | checksum 2 | source 4 | destination 4 | options |
 */
#include "header/headers_internal.h"

static void ipv4_fragment(struct headers *headers, struct span packet, size_t at)
{
	uint16_t fragment = 0, id = 0;

	span_be16(packet, at + IPV4_FRAGMENT_AT, &fragment);
	if ((fragment & IPV4_ANY_FRAGMENT) == 0)
		return;
	span_be16(packet, at + IPV4_ID_AT, &id);
	headers->fragment_id = id;
	headers->fragment_offset = (fragment & IPV4_OFFSET_MASK) * 8U;
	headers->more_fragments = (fragment & IPV4_MORE_FRAGMENTS) != 0;
	headers->flags |= HEADERS_ANY_FRAGMENT;
	if (headers->fragment_offset != 0)
		headers->flags |= HEADERS_LATER_FRAGMENT;
}

/* Returns false, and has stopped the parser, if the header is cut or contradicts itself. */
static bool ipv4_claim(struct headers *headers, struct cursor *cursor)
{
	size_t at = cursor->at;
	uint16_t total = 0;

	span_be16(cursor->packet, at + IPV4_TOTAL_AT, &total);
	if (total != 0 && total < headers->network_len) {
		headers_stop(headers, cursor, HEADERS_MALFORMED, at);
		return false;
	}
	if (!headers_has(headers, cursor, at, headers->network_len))
		return false;
	if (total == 0)
		headers->flags |= HEADERS_NO_LENGTH;
	else
		headers->network_end = at + (uint64_t)total;
	return true;
}

/* Reads an authentication header (RFC 4302), which stands in front of what it authenticates and
 * counts to the IP header, as over IPv6. Returns false if it stopped the parser. */
static bool ipv4_authentication(struct headers *headers, struct cursor *cursor)
{
	size_t at = cursor->at, len;
	uint8_t next = 0, words = 0;

	if (!headers_has_within(headers, cursor, at, IP_AH_LENGTH_AT + sizeof(words)))
		return false;
	span_u8(cursor->packet, at, &next);
	span_u8(cursor->packet, at + IP_AH_LENGTH_AT, &words);
	len = headers_extension_len(IPPROTO_AH, words);
	if (!headers_has_within(headers, cursor, at, len) || !headers_count(headers, cursor))
		return false;
	headers->flags |= HEADERS_AH;
	headers->protocol = next;
	headers->network_len += (uint32_t)len;
	cursor->at += len;
	return true;
}

/* In a fragment an authentication header is part of what is fragmented. */
__attribute__((noinline)) static enum proto ipv4_authenticated(struct headers *headers,
							       struct cursor *cursor)
{
	while (headers->protocol == IPPROTO_AH && !(headers->flags & HEADERS_ANY_FRAGMENT))
		if (!ipv4_authentication(headers, cursor))
			return PROTO_END;
	return PROTO_TRANSPORT;
}

enum proto proto_ipv4(struct headers *headers, struct cursor *cursor)
{
	size_t at = cursor->at;
	uint8_t first;

	if (!span_u8(cursor->packet, at, &first))
		return headers_stop(headers, cursor, HEADERS_TRUNCATED, at);
	if (first >> 4 != 4 || (first & 0xF) * 4 < IPV4_MIN_LEN)
		return headers_stop(headers, cursor, HEADERS_MALFORMED, at);
	if (!headers_has(headers, cursor, at, IPV4_MIN_LEN) || !headers_count(headers, cursor))
		return PROTO_END;
	headers->ip_version = 4;
	headers->network = (uint32_t)at;
	headers->network_len = (first & 0xFU) * 4;
	span_u8(cursor->packet, at + IPV4_PROTOCOL_AT, &headers->protocol);
	ipv4_fragment(headers, cursor->packet, at);
	if (!ipv4_claim(headers, cursor))
		return PROTO_END;
	cursor->at += headers->network_len;
	if (headers->flags & HEADERS_LATER_FRAGMENT)
		return headers_stop(headers, cursor, HEADERS_FRAGMENT, cursor->at);
	if (headers->protocol == IPPROTO_AH)
		return ipv4_authenticated(headers, cursor);
	return PROTO_TRANSPORT;
}

enum proto proto_ip(struct headers *headers, struct cursor *cursor)
{
	uint8_t first;

	if (!span_u8(cursor->packet, cursor->at, &first))
		return headers_stop(headers, cursor, HEADERS_TRUNCATED, cursor->at);
	return first >> 4 == 6 ? PROTO_IPV6 : PROTO_IPV4;
}
