/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux netfilter log (LINKTYPE_NFLOG of tcpdump.org): a head, then attributes, each padded to a
 * multiple of 4 bytes. The payload attribute holds a packet from its IP header on. Lengths and
 * types are in the byte order of the host that captured.
 *
 *   | family 1 | version 1 | resource 2 |   | length 2, with this head | type 2 | value |
 */
#include "header/headers_internal.h"

enum { NFLOG_HEAD_LEN = 4, ATTRIBUTE_HEAD_LEN = 4, ATTRIBUTE_PAYLOAD = 9 };

struct attribute {
	uint16_t len, type;
};

/* Types are small: the byte order that gives a small number is the one meant. */
static bool nflog_attribute(struct span packet, size_t at, struct attribute *attribute)
{
	if (!span_le16(packet, at, &attribute->len) || !span_le16(packet, at + 2, &attribute->type))
		return false;
	if (attribute->type <= UINT8_MAX)
		return true;
	return span_be16(packet, at, &attribute->len) &&
	       span_be16(packet, at + 2, &attribute->type);
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
			return PROTO_IP;
		}
		at += (attribute.len + 3U) / 4 * 4;
	}
	return headers_stop(headers, cursor, HEADERS_CUT, at);
}
