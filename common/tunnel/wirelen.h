/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What length on the wire do the headers claim? L2 + IPv4 total length or IPv6
 * payload length + 40 (RFC 791, 8200, 2675), the length of PPPoE or IEEE 802.3 where no IP is
 * inside, MACsec's check value behind it, and for tunnels that are still on the larger of the outer
 * claim and outer headers + inner claim, never across a fragment.
 */
#ifndef VTAP_TUNNEL_WIRELEN_H
#define VTAP_TUNNEL_WIRELEN_H

#include "tunnel/peel.h"

enum wirelen_result {
	WIRELEN_KNOWN,
	WIRELEN_ZERO, /* IPv4 total length 0, IPv6 payload length 0: TSO or BIG TCP */
	WIRELEN_CUT,  /* cut inside the headers that say it */
	WIRELEN_NOT_IP,
	WIRELEN_UNKNOWN_LINK,
	WIRELEN_MALFORMED,
};

/* What one run of headers claims: *claim is bytes from the packet's start to the claimed end, 0 if
 * that is not known. */
enum wirelen_result wirelen_headers(const struct headers *headers, uint64_t *claim);

/*
 * The claim of a whole packet, through its tunnels: the largest of all headers. When the innermost
 * length is not known, *claim is what the outer headers claim (0: nothing): at least so much was
 * sent. An inner frame that is no IP has no claim of its own: the outer one stands, unless
 * the tunnel says that the mirror cut the frame (ERSPAN's T bit).
 */
enum wirelen_result wirelen_peel(const struct peel *peel, uint64_t *claim);

#endif
