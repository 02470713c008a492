/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to header/reasm.c: reads IP fragments, copies the packets that hold them, and joins the
 * copies into a datagram. */
#ifndef VTAP_HEADER_REASM_FRAGMENT_H
#define VTAP_HEADER_REASM_FRAGMENT_H

#include "header/reasm.h"

/* What the IP header of a fragment says. */
struct reasm_fragment {
	uint8_t version;		     /* 4 or 6 */
	uint8_t protocol;		     /* IPv4: the protocol; IPv6: 0 */
	bool more;			     /* more fragments follow in the datagram */
	uint32_t id;			     /* identification */
	uint8_t source[16], destination[16]; /* IPv4: the first 4 bytes, the rest is 0 */
	uint32_t start, end; /* offsets in the datagram's payload of what the fragment holds */
	uint32_t ip;	     /* offset of the IP header in the packet */
	uint32_t payload;    /* offset of the fragment's payload in the packet */
};

struct datagram;

/* A copy of a packet that holds a fragment. The packet's bytes follow the struct. */
struct reasm_copy {
	struct datagram *datagram;
	uint64_t arrival;	  /* number of the packet, by arrival */
	struct reasm_copy *later; /* the fragment of the datagram that arrived next */
	struct reasm_copy *next;  /* the fragment of the datagram that follows by offset */
	struct reasm_fragment fragment;
	struct packet packet;
};

/* Reads a fragment from a packet. Returns REASM_KEPT if it can be reassembled, else REASM_TRUNCATED
 * or REASM_MALFORMED. */
enum reasm_result reasm_fragment_read(struct reasm_fragment *fragment, const struct packet *packet,
				      const struct headers *headers);

/* Returns true if the IP header of a datagram's first fragment can hold the length of the datagram
 * (RFC 791 section 3.1, RFC 8200 section 4.5). len: bytes of the datagram's payload. */
bool reasm_fragment_fits(const struct reasm_fragment *first, uint32_t len);

/* Returns the bytes that reasm_fragment_keep() needs. */
size_t reasm_fragment_cost(const struct packet *packet);

/* Copies a packet with its options and block into the reasm_fragment_cost() bytes at *copy. Sets
 * copy->packet and copy->fragment, and all other members to 0. */
void reasm_fragment_keep(struct reasm_copy *copy, const struct packet *packet,
			 const struct reasm_fragment *fragment);

/* Returns true if both copies hold one part of a datagram, with equal bytes. */
bool reasm_fragment_same(const struct reasm_copy *a, const struct reasm_copy *b);

/*
 * Writes the datagram to buffer and makes it the data of *whole, whose other members the caller has
 * set. first: the datagram's first fragment, from which the `next` members lead through all others
 * without a gap; reasm_fragment_fits() is true for it. buffer: REASM_PACKET_MAX + 65535 bytes or
 * more, which have to stay as long as the data are used.
 */
void reasm_fragment_join(const struct reasm_copy *first, struct patch buffer, struct packet *whole);

#endif
