/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes of a TCP superframe (TSO, GRO) the packets that the wire shows: RFC 9293 numbers and flags,
 * IP ids, lengths and checksums. UDP (GSO, GRO): likewise, where the size of the parts can be
 * known. Also completes checksums that were left to the card.
 */
#ifndef VTAP_SEGMENTER_H
#define VTAP_SEGMENTER_H

#include "layers.h"

struct mss; /* what SYNs said: bounded memory, old flows are forgotten */
/* NULL: no memory. */
struct mss *mss_new(void);
/* Takes note of a SYN's option (RFC 9293 3.2, kind 2); anything else is looked at briefly and left.
 */
void mss_see(struct mss *mss, const struct layers *layers, struct span packet);
/* Bytes of payload in a full segment of this packet's direction: what the other side's SYN allowed
 * less the timestamp option (12) when this packet carries one; 0: its SYN was not seen. */
uint32_t mss_of(const struct mss *mss, const struct layers *layers, struct span packet);
void mss_free(struct mss *mss);

enum { SEGMENTER_HEADERS_MAX = 256 + 128 }; /* link layer, IP with options or extensions, TCP */

struct segmenter {
	struct span packet;
	uint8_t headers[SEGMENTER_HEADERS_MAX];
	uint32_t headers_len, ip, transport; /* offsets */
	uint8_t version, protocol;
	uint32_t size; /* payload bytes in each but the last */
	uint32_t at;   /* of the payload, given so far */
	uint32_t payload_len;
	uint32_t number; /* of the next segment, from 0 */
};

enum segmenter_need {
	SEGMENTER_WHOLE,   /* fits, or is none that can be cut: leave it */
	SEGMENTER_CUT,	   /* segmenter_next() gives the parts */
	SEGMENTER_UNKNOWN, /* above the MTU, but how to cut it can't be known (UDP, fragments, a cut
			      capture): leave it, count it */
};

/*
 * len: on the wire; packet: the bytes present (all of them, else it is not cut). mtu: bytes of an
 * IP packet (0: unknown, nothing is cut). mss: may be NULL.
 */
enum segmenter_need segmenter_begin(struct segmenter *segmenter, const struct layers *layers,
				    struct span packet, uint32_t len, uint32_t mtu,
				    const struct mss *mss);

/* Writes the next segment, a whole packet with the same link layer, and returns its length; 0 after
 * the last, or when room is too short (never with headers + size bytes). */
size_t segmenter_next(struct segmenter *segmenter, struct patch room);

/*
 * True when the packet's TCP or UDP checksum is only the folded sum of the pseudo-header (left to
 * the card): then *offset is where the field stands and *value what belongs there. The packet must
 * be whole.
 */
bool checksum_is_partial(const struct layers *layers, struct span packet, uint32_t *offset,
			 uint16_t *value);

#endif
