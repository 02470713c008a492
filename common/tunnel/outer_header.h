/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands around a mirrored packet on the wire: Ethernet, IPv4 or IPv6, UDP where the tunnel
 * wants it, and the tunnel header. The inverse of tunnel/peel.h for one tunnel.
 */
#ifndef VTAP_TUNNEL_OUTER_HEADER_H
#define VTAP_TUNNEL_OUTER_HEADER_H

#include "encap/codec.h"
#include "header/fields.h"

/* Source ports of tunnels over UDP (RFC 7348 section 5): 49152 + hash mod 16384. */
enum { OUTER_HEADER_PORT_FIRST = 49152, OUTER_HEADER_PORTS = 16384 };

/* The same for all packets to one target. */
struct outer_header {
	const struct encap *encap;
	uint8_t source_mac[MAC_LEN], destination_mac[MAC_LEN];
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
void outer_header_init(struct outer_header *outer_header, const struct encap *encap,
		       uint8_t version);

/* What outer_header_build() puts in front of the payload; 0 when the tunnel cannot carry it. The
 * outer IP packet is ETHERNET_LEN less, and the payload. */
size_t outer_header_overhead(const struct outer_header *outer_header,
			     const struct tunnel_build *what);

/* Of a flow's hash. */
static inline uint16_t outer_header_source_port(uint64_t hash)
{
	return (uint16_t)(OUTER_HEADER_PORT_FIRST + hash % OUTER_HEADER_PORTS);
}

enum { OUTER_TEMPLATE_MAX = 80 };

/* What all frames of an outer_header have in common, made once. */
struct outer_template {
	const struct encap *encap;
	uint8_t bytes[OUTER_TEMPLATE_MAX]; /* lengths, identification, source port and checksums
					      are 0 */
	uint8_t carrier_len;		   /* up to the tunnel header */
	uint8_t len;			   /* of all of them */
	bool steady; /* Ethernet always gets the same tunnel header, the one in bytes */
	bool four, udp, checksum, may_fragment;
	uint64_t ip_sum, udp_sum; /* of IPv4's header; of the pseudo-header without its length */
};

/* what: has_id, id, has_sequence and meta are those of all packets. */
void outer_header_prepare(struct outer_template *template, const struct outer_header *outer_header,
			  const struct tunnel_build *what);

/*
 * Writes the first len bytes of the template at the start of frame, with what differs by packet:
 * len is template->len, of a template that is steady and in front of Ethernet, or
 * template->carrier_len in front of a tunnel header that is there already. source_port: of UDP; id:
 * IPv4's identification where may_fragment is set. False when the outer lengths cannot say
 * frame.len (65535 bytes), or it is shorter than the headers.
 */
bool outer_header_write_front(const struct outer_template *template, size_t len,
			      uint16_t source_port, uint16_t id, struct patch frame);

/*
 * Writes all headers in front of what->payload, which stands at the end of frame already: frame is
 * as long as both. False as outer_header_write_front(), when frame has another length, or when the
 * tunnel cannot carry this.
 */
bool outer_header_write(const struct outer_template *template, const struct tunnel_build *what,
			uint16_t source_port, uint16_t id, struct patch frame);

/*
 * Writes the whole frame: what->payload copied, and headers as outer_header_write(). Returns the
 * frame's length; 0 when outer_header_write() would not, or room is too short.
 */
size_t outer_header_build(const struct outer_header *outer_header, const struct tunnel_build *what,
			  uint16_t source_port, uint16_t id, struct patch room);

#endif
