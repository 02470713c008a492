/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cuts a frame of outer_header_build() into IP fragments (RFC 791 section 2.3, RFC 8200
 * section 4.5). The inverse of header/reasm.h. Cheap to begin; nothing is allocated.
 */
#ifndef VTAP_HEADER_IP_FRAGMENT_H
#define VTAP_HEADER_IP_FRAGMENT_H

#include "base/span.h"

struct ip_fragment {
	struct span headers; /* Ethernet and IP */
	struct span payload;
	uint8_t version;
	uint32_t id;
	size_t step; /* bytes of payload in each but the last; all of it: nothing is cut */
	size_t at;   /* bytes of payload given so far */
};

/* The least mtu that works. */
enum { IP_FRAGMENT_MTU_MIN = 56 };

/*
 * frame is borrowed until the end. mtu: bytes of an outer IP packet at most; id: the
 * identification, of IPv4 the lower 16 bits; only fragments get it. False when frame is not
 * Ethernet and IPv4 without options or IPv6, or mtu is below IP_FRAGMENT_MTU_MIN.
 */
bool ip_fragment_begin(struct ip_fragment *ip_fragment, struct span frame, size_t mtu, uint32_t id);

/* Writes the next frame, first to last, and returns its length; 0 after the last. A frame that fits
 * comes out once as it is; fragments have DF clear. room: 14 + mtu bytes or more. */
size_t ip_fragment_next(struct ip_fragment *ip_fragment, struct patch room);

#endif
