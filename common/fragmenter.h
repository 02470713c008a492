/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cuts a frame of envelope_build() into IP fragments (RFC 791 section 2.3, RFC 8200 section 4.5).
 * The inverse of reasm.h. Cheap to begin; nothing is allocated.
 */
#ifndef VTAP_FRAGMENTER_H
#define VTAP_FRAGMENTER_H

#include "span.h"

struct fragmenter {
	struct span headers; /* Ethernet and IP */
	struct span payload;
	uint8_t version;
	uint32_t id;
	size_t step; /* bytes of payload in each but the last; all of it: nothing is cut */
	size_t at;   /* bytes of payload given so far */
};

/* The least mtu that works. */
enum { FRAGMENTER_MTU_MIN = 56 };

/*
 * frame is borrowed until the end. mtu: bytes of an outer IP packet at most; id: the
 * identification, of IPv4 the lower 16 bits; only fragments get it. False when frame is not
 * Ethernet and IPv4 without options or IPv6, or mtu is below FRAGMENTER_MTU_MIN.
 */
bool fragmenter_begin(struct fragmenter *fragmenter, struct span frame, size_t mtu, uint32_t id);

/* Writes the next frame, first to last, and returns its length; 0 after the last. A frame that fits
 * comes out once as it is; fragments have DF clear. room: 14 + mtu bytes or more. */
size_t fragmenter_next(struct fragmenter *fragmenter, struct patch room);

#endif
