/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to header/headers.c and header/proto_*.c: the state of one run of the parser. Each
 * proto_*() reads the header at cursor->at, writes what it found into *headers, moves the cursor
 * behind that header and returns the protocol that follows. headers.c has the loop that calls them.
 */
#ifndef VTAP_HEADER_HEADERS_INTERNAL_H
#define VTAP_HEADER_HEADERS_INTERNAL_H

#include "header/fields.h"
#include "header/headers.h"

enum proto {
	PROTO_END, /* the parser stops here: headers->end is set */
	PROTO_ETHERNET,
	PROTO_ETHERTYPE, /* the protocol that cursor->type names */
	PROTO_MPLS,
	PROTO_PPPOE,
	PROTO_PPP,
	PROTO_PPP_HDLC,
	PROTO_SLL,
	PROTO_SLL2,
	PROTO_NULL,
	PROTO_LOOP,
	PROTO_NFLOG,
	PROTO_IP, /* IPv4 or IPv6, as the first byte says */
	PROTO_IPV4,
	PROTO_IPV6,
	PROTO_TRANSPORT, /* the protocol that headers->protocol names */
};

struct cursor {
	struct span packet;
	size_t at;	    /* offset of the next header */
	uint16_t type;	    /* the EtherType in front of `at` */
	uint16_t *vids;	    /* where headers_vlans() wants all VIDs, or NULL */
	unsigned vids_most; /* VIDs that it has room for */
};

/* Stops the parser at offset `at`, where the last header ends or should end. Returns PROTO_END. */
static inline enum proto headers_stop(struct headers *headers, struct cursor *cursor,
				      enum headers_end end, size_t at)
{
	headers->end = (uint8_t)end;
	cursor->at = at;
	return PROTO_END;
}

/* Counts a header. Returns false, and has stopped the parser, if there are too many. */
static inline bool headers_count(struct headers *headers, struct cursor *cursor)
{
	if (headers->depth < HEADERS_DEPTH_MAX) {
		headers->depth++;
		return true;
	}
	headers_stop(headers, cursor, HEADERS_TOO_DEEP, cursor->at);
	return false;
}

/* Returns false, and has stopped the parser, if fewer than len bytes are present at offset `at`. */
static inline bool headers_has(struct headers *headers, struct cursor *cursor, size_t at,
			       size_t len)
{
	if (span_has(cursor->packet, at, len))
		return true;
	headers_stop(headers, cursor, HEADERS_TRUNCATED, at);
	return false;
}

/* Returns false, and has stopped the parser, if fewer than len bytes are present at offset `at`, or
 * if the packet has no room for them by IP's length: then it is malformed. */
static inline bool headers_has_within(struct headers *headers, struct cursor *cursor, size_t at,
				      size_t len)
{
	if (headers->network_end == 0 || at + len <= headers->network_end)
		return headers_has(headers, cursor, at, len);
	headers_stop(headers, cursor, HEADERS_MALFORMED, at);
	return false;
}

enum proto proto_ethernet(struct headers *headers, struct cursor *cursor);
enum proto proto_ethertype(struct headers *headers, struct cursor *cursor);
enum proto proto_mpls(struct headers *headers, struct cursor *cursor);
enum proto proto_pppoe(struct headers *headers, struct cursor *cursor);
enum proto proto_ppp(struct headers *headers, struct cursor *cursor);
enum proto proto_ppp_hdlc(struct headers *headers, struct cursor *cursor);
enum proto proto_sll(struct headers *headers, struct cursor *cursor);
enum proto proto_sll2(struct headers *headers, struct cursor *cursor);
enum proto proto_null(struct headers *headers, struct cursor *cursor);
enum proto proto_loop(struct headers *headers, struct cursor *cursor);
enum proto proto_nflog(struct headers *headers, struct cursor *cursor);
enum proto proto_ip(struct headers *headers, struct cursor *cursor);
enum proto proto_ipv4(struct headers *headers, struct cursor *cursor);
enum proto proto_ipv6(struct headers *headers, struct cursor *cursor);
enum proto proto_transport(struct headers *headers, struct cursor *cursor);

#endif
