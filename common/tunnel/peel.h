/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks a packet from the outside through its tunnels to the innermost frame,
 * and remembers each. One description of a packet for decap (what to strip), fixlen (what
 * each layer claims) and split (who it came from, what is inside).
 */
#ifndef VTAP_TUNNEL_PEEL_H
#define VTAP_TUNNEL_PEEL_H

#include "encap/encap.h"

enum { PEEL_MAX = 16 }; /* tunnels in tunnels; deeper ones stay on */

struct peel_layer {
	struct tunnel tunnel;
	uint32_t payload;     /* offset of what the tunnel carries, from the packet's start */
	uint32_t caplen, len; /* of what it carries, bounded by the outer lengths (wire.md) */
};

enum peel_end {
	PEEL_PLAIN,    /* what is left is no tunnel that was selected */
	PEEL_FRAGMENT, /* what is left is an IP fragment: reassemble first */
	PEEL_CUT,      /* a tunnel header is not all there */
	PEEL_MALFORMED,
	PEEL_UNSUPPORTED,
	PEEL_STRICT, /* anomalies, and select->strict */
	PEEL_DEPTH,  /* select->depth or PEEL_MAX reached with a further tunnel inside */
};

/*
 * Large, and never cleared as a whole: only layer[0 .. count-1] and walk[0 .. count] hold
 * anything. All offsets count from the packet's start. walk[i] is the walk over the headers in
 * front of tunnel i: its outer addresses, lengths and flags are walk[i].layer[walk[i].ip], its UDP
 * header, if it has one, walk[i].layer[walk[i].transport]. walk[count] is the walk over what is
 * left: peel_inner().
 */
struct peel {
	unsigned count; /* tunnels taken off */
	enum peel_end end;
	uint8_t anomalies;	      /* of all tunnels taken off, together */
	uint32_t linktype;	      /* of what is left */
	uint32_t offset, caplen, len; /* of what is left; len >= caplen, also where the record's
					 was less */
	struct peel_layer layer[PEEL_MAX];
	struct layers walk[PEEL_MAX + 1];
};

/* The walk over what is left. */
static inline const struct layers *peel_inner(const struct peel *peel)
{
	return &peel->walk[peel->count];
}

/* Peels bytes (caplen of them present, len on the wire). */
void peel_walk(struct peel *peel, const struct encap_select *select, uint32_t linktype,
	       const uint8_t *data, uint32_t caplen, uint32_t len);

#endif
