/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the header of one TCP packet (RFC 9293) says, as tcp_flow.h and oversize.h want it. */
#ifndef VTAP_STAT_TCP_SEGMENT_H
#define VTAP_STAT_TCP_SEGMENT_H

#include "header/headers.h"

struct tcp_segment {
	uint32_t sequence, acknowledgment;
	uint32_t payload_len; /* bytes by IP's length, also where the packet is cut */
	uint32_t mark;	      /* with sequence and payload_len it tells a packet from others */
	bool marked;	      /* mark is set; its fields are in the capture */
	bool whole;	      /* all but the mark is set; else flags alone, 0 if they are cut off */
	uint8_t flags;	      /* TCP_FIN ... TCP_CWR */
};

/*
 * Reads the TCP header of a packet, whose headers were parsed. Returns segment->whole: false if the
 * header is cut in front of data offset and flags, if it is damaged, if the packet is a fragment,
 * if IP's length is 0 (GSO), or if the packet is not TCP.
 *
 * The mark is made of IP's identification, the acknowledgment number and the flags. IPv6 has no
 * identification, and IPv4's may be 0 where nothing may be fragmented (RFC 6864): TCP's checksum
 * takes its place. Some senders write one identification into every packet, and hosts capture their
 * own packets with half a checksum: without the other two an ACK and the FIN behind it would be
 * equal.
 */
bool tcp_segment_of(struct tcp_segment *segment, const struct headers *headers, struct span packet);

/* Returns how many sequence numbers a whole segment takes: its payload, and one each for SYN and
 * FIN. */
uint32_t tcp_segment_numbers(const struct tcp_segment *segment);

#endif
