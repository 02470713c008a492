/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cuts a frame that is larger than the MTU into IP fragments (RFC 791 section 2.3, RFC 8200 section
 * 4.5), as vtap-tap needs for its outer packets. It allocates nothing. header/reasm.h is the
 * inverse.
 */
#ifndef VTAP_HEADER_IP_FRAGMENT_H
#define VTAP_HEADER_IP_FRAGMENT_H

#include "base/span.h"

/* How far a frame is cut. The spans are borrowed from the frame. */
struct ip_fragment {
	struct span headers; /* Ethernet and IP header of the frame */
	struct span payload; /* what IP carries */
	uint8_t version;     /* 4 or 6 */
	uint32_t id;	     /* identification */
	size_t step; /* bytes of payload in each fragment but the last; all if the frame fits */
	size_t at;   /* bytes of payload that were written so far */
};

/* The smallest MTU: an IPv6 header, a fragment header and 8 bytes. */
enum { IP_FRAGMENT_MTU_MIN = 56 };

/*
 * Begins with a frame, whose bytes must stay until the last fragment was written. mtu: most bytes
 * of an IP packet; id: identification that the fragments get, for IPv4 its lower 16 bits. The
 * frame must be Ethernet without VLAN tags and without padding: all bytes behind the IP header are
 * its payload. The EtherType and IP's length are not looked at. IPv6 must have neither a hop-by-hop
 * nor a routing header, since the fragment header is put behind the fixed header. Returns false if
 * neither IPv4 without options nor IPv6 stands behind Ethernet, or if mtu is below
 * IP_FRAGMENT_MTU_MIN.
 */
bool ip_fragment_begin(struct ip_fragment *ip_fragment, struct span frame, size_t mtu, uint32_t id);

/*
 * Writes the next fragment to room, from the first to the last, as a whole frame. IPv4 fragments
 * have DF clear. A frame that fits in the MTU is written once and unchanged. room: ETHERNET_LEN +
 * mtu bytes or more. Returns the frame's length. Returns 0 after the last fragment, if room is too
 * short, and at once for a frame whose IP header carries no bytes: the caller must not offer one,
 * since it is not written at all.
 */
size_t ip_fragment_next(struct ip_fragment *ip_fragment, struct patch room);

#endif
