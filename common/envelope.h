/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands around a mirrored packet on the wire: Ethernet, IPv4 or IPv6, UDP where the tunnel
 * wants it, and the tunnel header. The inverse of peel.h for one tunnel.
 */
#ifndef VTAP_ENVELOPE_H
#define VTAP_ENVELOPE_H

#include "encap.h"

enum { ENVELOPE_ETHERNET_LEN = 14, ENVELOPE_MAC_LEN = 6 };

/* Source ports of tunnels over UDP (RFC 7348 section 5): 49152 + hash mod 16384. */
enum { ENVELOPE_PORT_FIRST = 49152, ENVELOPE_PORTS = 16384 };

/* The same for all packets to one target. */
struct envelope {
	const struct encap *encap;
	uint8_t source_mac[ENVELOPE_MAC_LEN], destination_mac[ENVELOPE_MAC_LEN];
	uint8_t version;		     /* 4 or 6 */
	uint8_t source[16], destination[16]; /* IPv4: the first 4 bytes */
	uint16_t port;			     /* UDP destination; 0 without UDP */
	uint8_t ttl;			     /* or hop limit */
	uint8_t dscp;
	bool checksum;	   /* UDP over IPv4: a correct checksum, not 0; over IPv6 there always is */
	bool may_fragment; /* IPv4: DF clear, and identifications */
};

/* A target of this encapsulation as files show it: 02:00:00:00:00:01 to 02:00:00:00:00:02, the
 * encapsulation's first port, TTL 64, DSCP 0. Addresses are the caller's to fill. */
void envelope_init(struct envelope *envelope, const struct encap *encap, uint8_t version);

/* What envelope_build() puts in front of the payload; 0 when the tunnel cannot carry it. The outer
 * IP packet is ENVELOPE_ETHERNET_LEN less, and the payload. */
size_t envelope_overhead(const struct envelope *envelope, const struct tunnel_build *what);

/* Of a flow's hash. */
static inline uint16_t envelope_source_port(uint64_t hash)
{
	return (uint16_t)(ENVELOPE_PORT_FIRST + hash % ENVELOPE_PORTS);
}

enum { ENVELOPE_MOULD_MAX = 80 };

/* What all frames of an envelope have in common, made once. */
struct envelope_mould {
	const struct encap *encap;
	uint8_t bytes[ENVELOPE_MOULD_MAX]; /* lengths, identification, source port and checksums
					      are 0 */
	uint8_t carrier_len;		   /* up to the tunnel header */
	uint8_t len;			   /* of all of them */
	bool steady; /* Ethernet always gets the same tunnel header, the one in bytes */
	bool four, udp, checksum, may_fragment;
	uint64_t ip_sum, udp_sum; /* of IPv4's header; of the pseudo-header without its length */
};

/* what: has_id, id, has_sequence and meta are those of all packets. */
void envelope_mould(struct envelope_mould *mould, const struct envelope *envelope,
		    const struct tunnel_build *what);

/*
 * Writes the first len bytes of the mould at the start of frame, with what differs by packet: len
 * is mould->len, of a mould that is steady and in front of Ethernet, or mould->carrier_len in front
 * of a tunnel header that is there already. source_port: of UDP; id: IPv4's identification where
 * may_fragment is set. False when the outer lengths cannot say frame.len (65535 bytes), or it is
 * shorter than the headers.
 */
bool envelope_fill(const struct envelope_mould *mould, size_t len, uint16_t source_port,
		   uint16_t id, struct patch frame);

/*
 * Writes all headers in front of what->payload, which stands at the end of frame already: frame is
 * as long as both. False as envelope_fill(), when frame has another length, or when the tunnel
 * cannot carry this.
 */
bool envelope_wrap(const struct envelope_mould *mould, const struct tunnel_build *what,
		   uint16_t source_port, uint16_t id, struct patch frame);

/*
 * Writes the whole frame: what->payload copied, and headers as envelope_wrap(). Returns the frame's
 * length; 0 when envelope_wrap() would not, or room is too short.
 */
size_t envelope_build(const struct envelope *envelope, const struct tunnel_build *what,
		      uint16_t source_port, uint16_t id, struct patch room);

#endif
