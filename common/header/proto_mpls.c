/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An MPLS label stack (RFC 3032), which counts as one header. It does not say what it carries. The
 * first nibble behind the bottom of the stack tells (RFC 4928): 4 and 6 are IP versions, 0 begins
 * a pseudowire's control word (RFC 4385), behind which Ethernet is the usual payload (RFC 4448).
 *
 *   | label 20 bits | class 3 | bottom 1 | TTL 8 |
 */
#include "header/headers_internal.h"

enum proto proto_mpls(struct headers *headers, struct cursor *cursor)
{
	size_t at = cursor->at;
	uint32_t label = 0;
	uint8_t first;

	for (; (label & MPLS_BOTTOM_OF_STACK) == 0; at += MPLS_LABEL_LEN)
		if (!span_be32(cursor->packet, at, &label))
			return headers_stop(headers, cursor, HEADERS_TRUNCATED, at);
	if (!headers_count(headers, cursor))
		return PROTO_END;
	cursor->at = at;
	if (!span_u8(cursor->packet, at, &first))
		return headers_stop(headers, cursor, HEADERS_TRUNCATED, at);
	switch (first >> 4) {
	case 4:
		return PROTO_IPV4;
	case 6:
		return PROTO_IPV6;
	case 0:
		cursor->at += MPLS_CONTROL_WORD_LEN;
		return PROTO_ETHERNET;
	}
	return headers_stop(headers, cursor, HEADERS_NOT_IP, at);
}
