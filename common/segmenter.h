/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes of a TCP superframe (TSO, GRO) the packets that the wire shows: RFC 9293 numbers and flags,
 * IP ids, lengths and checksums. A UDP superframe (UDP_SEGMENT, GRO) is left alone: the size of its
 * parts stands in the kernel's buffer, not in the bytes that a capture gets, and no header or
 * handshake tells it (QUIC encrypts its own).
 */
#ifndef VTAP_SEGMENTER_H
#define VTAP_SEGMENTER_H

#include "checksum_partial.h"
#include "layers.h"
#include "mss.h"

enum { SEGMENTER_HEADERS_MAX = 256 + 128 }; /* link layer, IP with options or extensions, TCP */

struct segmenter {
	struct span payload;
	/* Those of a segment, but for the fields that differ: lengths, id, sequence number, flags
	 * and checksums are 0. */
	uint8_t headers[SEGMENTER_HEADERS_MAX];
	uint32_t headers_len, ip, transport; /* offsets */
	uint8_t version;
	uint32_t size;		/* payload bytes in each but the last */
	uint32_t at;		/* of the payload, given so far */
	uint32_t number;	/* of the next segment, from 0 */
	uint16_t id, flags;	/* of the superframe; flags with the header's length */
	uint32_t sequence;	/* of the superframe */
	uint64_t ip_sum;	/* of the headers as they stand here */
	uint64_t transport_sum; /* with the pseudo-header but for its length */
};

enum segmenter_need {
	SEGMENTER_WHOLE,   /* fits, or is none that can be cut: leave it */
	SEGMENTER_CUT,	   /* segmenter_next() gives the parts */
	SEGMENTER_UNKNOWN, /* above the MTU, but how to cut it can't be known (UDP, fragments, a cut
			      capture): leave it, count it */
};

/*
 * len: on the wire; packet: the bytes present (all of them, else it is not cut), borrowed until the
 * last segment. mtu: bytes of an IP packet (0: unknown, nothing is cut). mss: may be NULL. Segments
 * are what the other side's SYN allowed, or less where more would not fit mtu; a packet that fits
 * mtu is cut, too, when that SYN did not allow it.
 */
enum segmenter_need segmenter_begin(struct segmenter *segmenter, const struct layers *layers,
				    struct span packet, uint32_t len, uint32_t mtu,
				    const struct mss *mss);

/* Writes the next segment, a whole packet with the same link layer, and returns its length; 0 after
 * the last, or when room is too short (never with headers + size bytes). */
size_t segmenter_next(struct segmenter *segmenter, struct patch room);

#endif
