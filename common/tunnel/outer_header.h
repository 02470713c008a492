/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes the outer headers of a mirrored packet: Ethernet, IPv4 or IPv6, UDP if the encapsulation
 * uses it, and the tunnel header. vtap-tap prepares a template for each target once, and writes it
 * in front of each packet. tunnel/peel.h is the inverse.
 */
#ifndef VTAP_TUNNEL_OUTER_HEADER_H
#define VTAP_TUNNEL_OUTER_HEADER_H

#include "encap/codec.h"
#include "header/fields.h"

/* The range of UDP source ports (RFC 7348 section 5). */
enum { OUTER_HEADER_PORT_FIRST = 49152, OUTER_HEADER_PORTS = 16384 };

/* The values of header fields that all packets to one target have. */
struct outer_header {
	const struct encap *encap;
	uint8_t source_mac[MAC_LEN], destination_mac[MAC_LEN];
	uint8_t version;		     /* 4 or 6 */
	uint8_t source[16], destination[16]; /* IPv4: the first 4 bytes, the rest is 0 */
	uint16_t port;			     /* UDP destination port; 0 without UDP */
	uint8_t ttl;			     /* TTL or hop limit */
	uint8_t dscp;			     /* 0 to 63 */
	bool checksum;	   /* UDP over IPv4 has a checksum; over IPv6 it always has one */
	bool may_fragment; /* IPv4: DF is clear, and packets have identifications */
};

/* Fills *outer_header with what files show of a target: source MAC address 02:00:00:00:00:01,
 * destination MAC address 02:00:00:00:00:02, the first port of the encapsulation, TTL 64, DSCP 0,
 * no checksum over IPv4, and DF set. version: 4 or 6. The caller fills in the IP addresses. */
void outer_header_init(struct outer_header *outer_header, const struct encap *encap,
		       uint8_t version);

/* Returns the bytes of all outer headers in front of what->payload, Ethernet included; 0 if the
 * tunnel cannot carry it. */
size_t outer_header_overhead(const struct outer_header *outer_header,
			     const struct tunnel_build *what);

/* Returns the UDP source port for a packet by the hash of its flow, so that routers that balance
 * load by ports keep a flow on one path. */
static inline uint16_t outer_header_source_port(uint64_t hash)
{
	return (uint16_t)(OUTER_HEADER_PORT_FIRST + hash % OUTER_HEADER_PORTS);
}

/* Bytes of a template at most. */
enum { OUTER_TEMPLATE_MAX = 80 };

/* The outer header of a target, from outer_header_prepare(). */
struct outer_template {
	const struct encap *encap;
	uint8_t bytes[OUTER_TEMPLATE_MAX]; /* the headers; lengths, identification, source port and
					      checksums are 0 */
	uint8_t carrier_len;		   /* bytes in front of the tunnel header */
	uint8_t len;			   /* bytes of the headers in `bytes` */
	bool steady; /* `bytes` has the tunnel header of every Ethernet payload */
	bool four, udp, checksum, may_fragment;
	uint64_t ip_sum;  /* sum of the IPv4 header */
	uint64_t udp_sum; /* sum of the pseudo-header without its length */
};

/* Prepares a template, which keeps no pointer to *outer_header or *what. what: has_id, id and
 * has_sequence hold for all packets; meta is NULL if no packet has one; the rest is not read. */
void outer_header_prepare(struct outer_template *template, const struct outer_header *outer_header,
			  const struct tunnel_build *what);

/*
 * Writes the first len bytes of the template at the start of frame, with the fields that differ by
 * packet. len: template->len if the template is steady and the payload is Ethernet, else
 * template->carrier_len, in front of a tunnel header that stands in frame. frame: the whole frame
 * with its payload, of which lengths and the UDP checksum are made; source_port: of UDP; id: IPv4's
 * identification, used if may_fragment is set. Returns false, and writes nothing, if frame is
 * shorter than len, or longer than IP's length field can say (65535 bytes).
 */
bool outer_header_write_front(const struct outer_template *template, size_t len,
			      uint16_t source_port, uint16_t id, struct patch frame);

/*
 * Writes all outer headers in front of what->payload, which stands at the end of frame already.
 * source_port and id: those of outer_header_write_front(). Returns false if frame has not exactly
 * the length of headers and payload, if the tunnel cannot carry the payload, or if
 * outer_header_write_front() returns false; any bytes of frame may have changed then.
 */
bool outer_header_write(const struct outer_template *template, const struct tunnel_build *what,
			uint16_t source_port, uint16_t id, struct patch frame);

/*
 * Writes a whole frame to room, outer headers and a copy of what->payload, without a template.
 * Returns its length; 0 if room is too short, or if outer_header_write() returns false.
 */
size_t outer_header_build(const struct outer_header *outer_header, const struct tunnel_build *what,
			  uint16_t source_port, uint16_t id, struct patch room);

#endif
