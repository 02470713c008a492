/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux netfilter log (LINKTYPE_NFLOG of tcpdump.org): a head, then attributes, each padded to a
 * multiple of 4 bytes. The payload attribute holds a packet from its IP header on. Lengths and
 * types are in the byte order of the host that captured.
 *
 *   | family 1 | version 1 | resource 2 |   | length 2, with this head | type 2 | value |
 */
#include "header/headers_internal.h"

enum {
	NFLOG_HEAD_LEN = 4,
	ATTRIBUTE_HEAD_LEN = 4,
	ATTRIBUTE_PAYLOAD = 9,
	ATTRIBUTE_TYPE = 0x3FFF, /* the rest are flags: nested, in network byte order */
};

struct attribute {
	uint16_t len, type;
};

/* Types are small: the byte order that gives a small number is the one meant. */
static bool nflog_attribute(struct span packet, size_t at, struct attribute *attribute)
{
	if (!span_le16(packet, at, &attribute->len) || !span_le16(packet, at + 2, &attribute->type))
		return false;
	attribute->type &= ATTRIBUTE_TYPE;
	if (attribute->type <= UINT8_MAX)
		return true;
	span_be16(packet, at, &attribute->len);
	span_be16(packet, at + 2, &attribute->type);
	attribute->type &= ATTRIBUTE_TYPE;
	return true;
}

/* What netfilter logs need not be IP: ARP, and what passes a bridge. */
static enum proto nflog_payload(struct headers *headers, struct cursor *cursor)
{
	uint8_t first;

	if (!span_u8(cursor->packet, cursor->at, &first) || first >> 4 == 4 || first >> 4 == 6)
		return PROTO_IP;
	return headers_stop(headers, cursor, HEADERS_NOT_IP, cursor->at);
}

/* Every attribute takes at least its own head, so the loop ends. */
enum proto proto_nflog(struct headers *headers, struct cursor *cursor)
{
	size_t at = cursor->at + NFLOG_HEAD_LEN;
	struct attribute attribute;

	if (!headers_has(headers, cursor, cursor->at, NFLOG_HEAD_LEN) ||
	    !headers_count(headers, cursor))
		return PROTO_END;
	while (nflog_attribute(cursor->packet, at, &attribute)) {
		if (attribute.len < ATTRIBUTE_HEAD_LEN)
			return headers_stop(headers, cursor, HEADERS_MALFORMED, at);
		if (attribute.type == ATTRIBUTE_PAYLOAD) {
			cursor->at = at + ATTRIBUTE_HEAD_LEN;
			cursor->packet = span_first(cursor->packet, at + attribute.len);
			return nflog_payload(headers, cursor);
		}
		at += (attribute.len + 3U) / 4 * 4;
	}
	return headers_stop(headers, cursor, HEADERS_TRUNCATED, at);
}
