/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to header/reasm.c: one IP fragment, the copy that is kept of it, and how copies are
 * joined. */
#ifndef VTAP_HEADER_REASM_FRAGMENT_H
#define VTAP_HEADER_REASM_FRAGMENT_H

#include "header/reasm.h"

/* What an IP header says of a fragment. */
struct reasm_fragment {
	uint8_t version, protocol; /* protocol: 0 in IPv6 */
	bool more;
	uint32_t id;
	uint8_t source[16], destination[16]; /* IPv4: the rest is zero */
	uint32_t start, end;		     /* which bytes of the datagram's payload it holds */
	uint32_t ip, payload;		     /* offsets in the packet */
};

struct datagram;

/* A copy of a packet; its bytes follow in the same piece of memory. */
struct kept {
	struct datagram *datagram;
	uint64_t arrival;
	struct kept *later; /* the next of its datagram to arrive */
	struct kept *next;  /* the next of its datagram by offset */
	struct reasm_fragment fragment;
	struct packet packet;
};

/* REASM_KEPT when it can be reassembled, else REASM_CUT or REASM_MALFORMED. */
enum reasm_result reasm_fragment_read(struct reasm_fragment *fragment, const struct packet *packet,
				      const struct headers *headers);

/* What reasm_fragment_keep() needs, bytes. */
size_t reasm_fragment_cost(const struct packet *packet);

/* Copies packet into the reasm_fragment_cost() bytes at kept; sets packet and fragment, the rest to
 * 0. */
void reasm_fragment_keep(struct kept *kept, const struct packet *packet,
			 const struct reasm_fragment *fragment);

/* True when both are the same part of a datagram with the same bytes. */
bool reasm_fragment_same(const struct kept *a, const struct kept *b);

/*
 * Joins a gapless chain (first and its next) in buffer, which has room for a packet and 65535
 * bytes, and makes that the data of *whole.
 */
void reasm_fragment_join(const struct kept *first, struct patch buffer, struct packet *whole);

#endif
