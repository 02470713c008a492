/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes of a TCP GSO packet (TSO, GRO) the packets that the wire shows: RFC 9293 numbers and flags,
 * IP ids, lengths and checksums. A UDP GSO packet (UDP_SEGMENT, GRO) is left alone: the size of its
 * parts stands in the kernel's buffer, not in the bytes that a capture gets, and no header or
 * handshake tells it (QUIC encrypts its own).
 */
#ifndef VTAP_OFFLOAD_TCP_GSO_H
#define VTAP_OFFLOAD_TCP_GSO_H

#include "header/headers.h"
#include "offload/checksum_partial.h"
#include "offload/tcp_mss.h"

enum { TCP_GSO_HEADERS_MAX = 256 + 128 }; /* link layer, IP with options or extensions, TCP */

struct tcp_gso {
	struct span payload;
	/* Those of a segment, but for the fields that differ: lengths, id, sequence number, flags
	 * and checksums are 0. */
	uint8_t headers[TCP_GSO_HEADERS_MAX];
	uint32_t headers_len, ip, transport; /* offsets */
	uint8_t version;
	uint32_t size;		/* payload bytes in each but the last */
	uint32_t at;		/* of the payload, given so far */
	uint32_t number;	/* of the next segment, from 0 */
	uint16_t id, flags;	/* of the GSO packet; flags with the header's length */
	uint32_t sequence;	/* of the GSO packet */
	uint64_t ip_sum;	/* of the headers as they stand here */
	uint64_t transport_sum; /* with the pseudo-header but for its length */
};

enum tcp_gso_need {
	TCP_GSO_WHOLE,	 /* fits, or is none that can be cut: leave it */
	TCP_GSO_CUT,	 /* tcp_gso_next() gives the parts */
	TCP_GSO_UNKNOWN, /* above the MTU, but how to cut it can't be known (UDP, fragments, a cut
			      capture): leave it, count it */
};

/*
 * len: on the wire; packet: the bytes present (all of them, else it is not cut), borrowed until the
 * last segment. mtu: bytes of an IP packet (0: unknown, nothing is cut). mss: may be NULL. Segments
 * are what the other side's SYN allowed, or less where more would not fit mtu; a packet that fits
 * mtu is cut, too, when that SYN did not allow it.
 */
enum tcp_gso_need tcp_gso_begin(struct tcp_gso *tcp_gso, const struct headers *headers,
				struct span packet, uint32_t len, uint32_t mtu,
				const struct tcp_mss *mss);

/* Writes the next segment, a whole packet with the same link layer, and returns its length; 0 after
 * the last, or when room is too short (never with headers + size bytes). */
size_t tcp_gso_next(struct tcp_gso *tcp_gso, struct patch room);

#endif
