/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Computes the length on the wire that the headers of a packet claim, which vtap-fixlen compares
 * with `len`: that of the link-layer headers plus IP's length (RFC 791, 8200, 2675), or the length
 * of PPPoE or IEEE 802.3 if no IP is inside; behind IP also MACsec's check value. In tunnels the
 * largest claim counts, but none inside a fragment.
 */
#ifndef VTAP_TUNNEL_WIRELEN_H
#define VTAP_TUNNEL_WIRELEN_H

#include "tunnel/peel.h"

enum wirelen_result {
	WIRELEN_KNOWN,
	WIRELEN_ZERO,	      /* IP's length is 0: a GSO packet (TSO, BIG TCP) */
	WIRELEN_TRUNCATED,    /* the packet is cut in or in front of the header with the length */
	WIRELEN_NOT_IP,	      /* the packet has no IP header and no other length */
	WIRELEN_UNKNOWN_LINK, /* headers_parse() does not know the link type */
	WIRELEN_MALFORMED,    /* a header contradicts itself, claims more than 256 MiB, or there are
				 too many headers (HEADERS_TOO_DEEP) */
};

/*
 * Sets *claim to the offset at which a packet ends, as its headers claim, with MACsec's check
 * value; 0 if they claim nothing. headers: from headers_parse(), which does not look into tunnels.
 * Returns WIRELEN_KNOWN if the headers claim an end, else the reason why they do not.
 */
enum wirelen_result wirelen_headers(const struct headers *headers, uint64_t *claim);

/*
 * Sets *claim to the length on the wire that a peeled packet claims: the largest claim of all its
 * headers. Returns WIRELEN_KNOWN if the innermost headers claim a length. If the innermost frame
 * carries no IP, the outer claim is enough, unless the mirror truncated the frame (ERSPAN's T bit).
 * Otherwise it returns the reason; *claim is then the least that was sent, or 0.
 */
enum wirelen_result wirelen_peel(const struct peel *peel, uint64_t *claim);

#endif
