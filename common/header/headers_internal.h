/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to header/headers.c and header/proto_*.c: the state of one run of the parser. Each
 * proto_*() reads the header at cursor->at, writes down what it found, moves the cursor behind it
 * and returns what stands there. None calls another: headers.c has the loop.
 */
#ifndef VTAP_HEADER_HEADERS_INTERNAL_H
#define VTAP_HEADER_HEADERS_INTERNAL_H

#include "header/fields.h"
#include "header/headers.h"

enum proto {
	PROTO_END, /* nothing: headers->end is set */
	PROTO_ETHERNET,
	PROTO_ETHERTYPE, /* what cursor->type says */
	PROTO_MPLS,
	PROTO_PPPOE,
	PROTO_PPP,
	PROTO_PPP_HDLC,
	PROTO_SLL,
	PROTO_SLL2,
	PROTO_NULL,
	PROTO_LOOP,
	PROTO_NFLOG,
	PROTO_IP, /* of the version in its first byte */
	PROTO_IPV4,
	PROTO_IPV6,
	PROTO_TRANSPORT, /* what headers->protocol says */
};

struct cursor {
	struct span packet;
	size_t at;
	uint16_t type;	/* the EtherType in front of `at` */
	uint16_t *vids; /* room for all VLAN tags; NULL: headers->vlan has to do */
	unsigned vids_most;
};

/* Ends the run at offset `at`, which is where the last header ended or should have. */
static inline enum proto headers_stop(struct headers *headers, struct cursor *cursor,
				      enum headers_end end, size_t at)
{
	headers->end = (uint8_t)end;
	cursor->at = at;
	return PROTO_END;
}

/* Counts one more header. Returns false, and the run has ended, when there are too many. */
static inline bool headers_count(struct headers *headers, struct cursor *cursor)
{
	if (headers->depth < HEADERS_DEPTH_MAX) {
		headers->depth++;
		return true;
	}
	headers_stop(headers, cursor, HEADERS_TOO_DEEP, cursor->at);
	return false;
}

/* Returns false, and the run has ended, when fewer than len bytes stand at offset `at`. */
static inline bool headers_has(struct headers *headers, struct cursor *cursor, size_t at,
			       size_t len)
{
	if (span_has(cursor->packet, at, len))
		return true;
	headers_stop(headers, cursor, HEADERS_CUT, at);
	return false;
}

/* As headers_has(); what IP's claimed end (0: none) leaves no room for is malformed, not cut. */
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
