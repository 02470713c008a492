/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BSD loopback: an address family of 4 bytes, in the byte order of the host that captured
 * (LINKTYPE_NULL) or big-endian (LINKTYPE_LOOP). AF_INET is 2 on every system; AF_INET6 differs.
 */
#include "header/headers_internal.h"

enum { FAMILY_LEN = 4 };

static enum proto family_next(struct headers *headers, struct cursor *cursor, uint32_t family)
{
	if (!headers_count(headers, cursor))
		return PROTO_END;
	cursor->at += FAMILY_LEN;
	switch (family) {
	case 2:
		return PROTO_IPV4;
	case 10: /* Linux */
	case 23: /* Windows */
	case 24: /* NetBSD, OpenBSD */
	case 26: /* Solaris */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		return PROTO_IPV6;
	}
	return headers_stop(headers, cursor, HEADERS_NOT_IP, cursor->at);
}

enum proto proto_loop(struct headers *headers, struct cursor *cursor)
{
	uint32_t family = 0;

	if (!headers_has(headers, cursor, cursor->at, FAMILY_LEN))
		return PROTO_END;
	span_be32(cursor->packet, cursor->at, &family);
	return family_next(headers, cursor, family);
}

enum proto proto_null(struct headers *headers, struct cursor *cursor)
{
	uint32_t family = 0;

	if (!headers_has(headers, cursor, cursor->at, FAMILY_LEN))
		return PROTO_END;
	/* All families are small numbers, which tells the byte order of the capturing host. */
	span_be32(cursor->packet, cursor->at, &family);
	if (family > UINT16_MAX)
		span_le32(cursor->packet, cursor->at, &family);
	return family_next(headers, cursor, family);
}
