/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Headers repeat. The tunnel headers of a mirror are those of the packet before it from the same
 * sender, but for lengths, identifications and checksums: a cache from all other bytes to what a
 * glance said of them, so that no header is read twice.
 */
#ifndef VTAP_DECAP_STENCIL_H
#define VTAP_DECAP_STENCIL_H

#include "glance.h"
#include "packet.h"

struct sender;

/* Of the first STENCIL_LEN bytes those behind STENCIL_SKIP are looked at, which are MAC addresses.
 */
enum { STENCIL_LEN = 96, STENCIL_SKIP = 8, STENCIL_WORDS = (STENCIL_LEN - STENCIL_SKIP) / 8 };
enum { STENCIL_HALF = 7, STENCIL_LENGTHS = 63, STENCIL_BITS = 10 };

/* The headers of packets of one tunnel. All zero: matches nothing. */
struct stencil {
	uint64_t mask[STENCIL_WORDS], bytes[STENCIL_WORDS];
	bool both; /* more than the first STENCIL_HALF words count */
	unsigned
		ip_len : 6; /* where the length of the outer IP header stands: no bounds to check */
	unsigned udp : 6;   /* where that header begins */
	uint32_t ip;	    /* what the length of IP counts from */
	uint32_t offset;    /* of what the tunnel carries */
	uint32_t linktype;
	uint32_t encap;		    /* encap_index() */
	const struct interface *to; /* for packets of the resolution that it has itself */
	struct sender *sender;
};

struct stencils {
	bool learned;
	struct stencil slot[1 << STENCIL_BITS]; /* begins all zero */
};

void stencils_clear(struct stencils *stencils);

/*
 * The stencil that the packet fits; NULL: ask glance_at(). What fits is present to its last byte,
 * and glance_at() would find the tunnel of the stencil, if it answers at all: see glance_inside().
 * Holds until the next call of another function here.
 */
const struct stencil *stencil_find(const struct stencils *stencils, const struct packet *packet);

/* Learns from a glance at the packet, where that can be. */
void stencil_learn(struct stencils *stencils, const struct packet *packet,
		   const struct glance *glance, const struct interface *to, struct sender *sender);

#endif
