/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cuts a TCP GSO packet (TSO, GRO) into the segments that the wire carries, with sequence numbers
 * and flags (RFC 9293), IP identifications, lengths and checksums. It leaves UDP GSO packets
 * (UDP_SEGMENT, GRO) alone: the length of their datagrams is known to the kernel only, and stands
 * in no byte of the capture.
 */
#ifndef VTAP_OFFLOAD_TCP_GSO_H
#define VTAP_OFFLOAD_TCP_GSO_H

#include "header/headers.h"
#include "offload/checksum_partial.h"
#include "offload/tcp_mss.h"

/* Bytes of link-layer, IP and TCP headers; a packet with more is not cut. */
enum { TCP_GSO_HEADERS_MAX = 256 + 128 };

/* A GSO packet that is being cut. It owns no memory, so nothing is to be freed. */
struct tcp_gso {
	struct span payload;		      /* of TCP */
	uint8_t headers[TCP_GSO_HEADERS_MAX]; /* headers of a segment; lengths, identification,
						 sequence number, flags and checksums are 0 */
	uint32_t headers_len;		      /* bytes of them */
	uint32_t ip, transport;		      /* offsets of the IP and the TCP header */
	uint8_t version;		      /* 4 or 6 */
	uint32_t size;			      /* bytes of payload in each segment but the last */
	uint32_t at;			      /* bytes of payload that were written so far */
	uint32_t number;		      /* number of the next segment, from 0 */
	uint16_t id;			      /* IPv4 identification of the GSO packet */
	uint16_t flags;		/* TCP flags of the GSO packet, with the data offset */
	uint32_t sequence;	/* TCP sequence number of the GSO packet */
	uint64_t ip_sum;	/* sum of the IPv4 header in `headers` */
	uint64_t transport_sum; /* sum of the TCP header in `headers` and of the pseudo-header
				   without its length */
};

/* What is to be done with a packet. */
enum tcp_gso_need {
	TCP_GSO_WHOLE,	 /* nothing: it is no GSO packet */
	TCP_GSO_SEGMENT, /* tcp_gso_next() writes its segments */
	TCP_GSO_UNKNOWN, /* it exceeds the MTU and cannot be cut (UDP, fragments, bytes that are
			    not present): pass it on and count it */
};

/*
 * Decides whether a packet is a GSO packet, and begins with its segments. packet: its bytes, which
 * must stay until the last segment was written; headers: its parsed headers; len: its bytes on the
 * wire; mtu: most bytes of an IP packet on the link; if it is 0 (unknown), no packet is cut. mss:
 * the segment sizes that SYNs announced, or NULL. A segment is as large as the receiver's SYN and
 * the MTU allow. A packet that fits in the MTU is also cut if it exceeds what that SYN allows.
 */
enum tcp_gso_need tcp_gso_begin(struct tcp_gso *tcp_gso, const struct headers *headers,
				struct span packet, uint32_t len, uint32_t mtu,
				const struct tcp_mss *mss);

/*
 * Writes the next segment to room, as a whole packet with its link-layer header. Returns the bytes
 * written, or 0 if no segment is left or room is too short: tcp_gso->headers_len + tcp_gso->size
 * bytes are enough. Call it only if tcp_gso_begin() returned TCP_GSO_SEGMENT.
 */
size_t tcp_gso_next(struct tcp_gso *tcp_gso, struct patch room);

#endif
