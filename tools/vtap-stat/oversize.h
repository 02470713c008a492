/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judges IP packets above 1500 bytes: did the capturing host join segments of the wire (GRO, LRO),
 * or not yet cut them (TSO), or did the wire carry jumbo frames? What may be on the wire is said by
 * the MSS of SYNs (RFC 9293, section 3.7.1).
 */
#ifndef VTAP_STAT_OVERSIZE_H
#define VTAP_STAT_OVERSIZE_H

#include "tcp_segment.h"

/* What is known of a TCP flow. Begins as all zeros. */
struct oversize_flow {
	uint16_t mss[2]; /* bytes, that the SYN of each direction announced; 0: not seen */
	bool full;	 /* there was a full packet of at most 1460 bytes */
};

_Static_assert(sizeof(struct oversize_flow) <= 8, "the table of flows has no more room");

/* What is known of a source of packets. Begins as all zeros. */
struct oversize_source {
	uint16_t
		ip_len; /* bytes of the largest IP packet that a handshake allowed, if above 1500 */
};

enum oversize {
	OVERSIZE_NOT,	     /* at most 1500 bytes, or no IP packet */
	OVERSIZE_SUPERFRAME, /* several segments of the wire in one packet */
	OVERSIZE_JUMBO,	     /* one packet of the wire */
	OVERSIZE_UNKNOWN,
};

/* Returns the bytes of an IP packet: IP's length or, where that is 0 (GSO), what there is of `len`
 * behind the link-layer headers. len: bytes on the wire. Returns 0 if it is no IP packet. */
uint64_t oversize_ip_len(const struct headers *headers, uint32_t len);

/*
 * Takes note of a TCP packet: the MSS of a SYN, and whether it is full. flow: its own; source: of
 * its source; direction: 0 or 1, as the flow's; segment: from tcp_segment_of(). Call it for each
 * packet, before oversize_judge().
 */
void oversize_see(struct oversize_flow *flow, struct oversize_source *source, unsigned direction,
		  const struct tcp_segment *segment, const struct headers *headers,
		  struct span packet);

/*
 * Judges a packet. flow: of a TCP packet, or NULL if flows are not followed; source: of the
 * packet's source, or NULL. Sets *wire_packets to the number of packets on the wire that a
 * superframe stands for, else to 0. packet: the bytes present; len: bytes on the wire.
 */
enum oversize oversize_judge(const struct oversize_flow *flow, const struct oversize_source *source,
			     const struct headers *headers, struct span packet, uint32_t len,
			     uint64_t *wire_packets);

#endif
