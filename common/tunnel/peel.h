/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes a packet's tunnels off, from the outside to the innermost frame, and remembers each. The
 * result describes a packet for vtap-decap (what to strip), vtap-fixlen (what each header claims)
 * and vtap-split (where it came from, what is inside).
 */
#ifndef VTAP_TUNNEL_PEEL_H
#define VTAP_TUNNEL_PEEL_H

#include "encap/encap.h"

enum { PEEL_MAX = 16 }; /* tunnels taken off one packet; deeper ones stay on */

struct peel_layer {
	struct tunnel tunnel;
	uint32_t payload;     /* offset of what the tunnel carries, from the packet's start */
	uint32_t caplen, len; /* of what it carries, bounded by the outer lengths (wire.md) */
};

enum peel_end {
	PEEL_PLAIN,    /* what is left is no tunnel that was selected */
	PEEL_FRAGMENT, /* what is left is an IP fragment: reassemble it first */
	PEEL_CUT,      /* a tunnel header is not all there */
	PEEL_MALFORMED,
	PEEL_UNSUPPORTED,
	PEEL_STRICT, /* the next tunnel has anomalies, and select->strict is set */
	PEEL_DEPTH,  /* select->depth or PEEL_MAX reached with a further tunnel inside */
};

/*
 * Never cleared as a whole: only layer[0 .. count-1] and headers[0 .. count] hold anything. All
 * offsets count from the packet's start. headers[i] are the headers in front of tunnel i,
 * headers[count] those of what is left: peel_inner().
 */
struct peel {
	unsigned count; /* tunnels taken off */
	enum peel_end end;
	uint8_t anomalies;	      /* of all tunnels taken off, together */
	uint32_t linktype;	      /* of what is left */
	uint32_t offset, caplen, len; /* of what is left; len >= caplen, even where the record's
					 was less */
	struct peel_layer layer[PEEL_MAX + 1]; /* the last is of a tunnel that stays on */
	struct headers headers[PEEL_MAX + 1];
};

/* The headers of what is left. */
static inline const struct headers *peel_inner(const struct peel *peel)
{
	return &peel->headers[peel->count];
}

/* Peels a packet: caplen bytes at data, len on the wire. */
void peel_packet(struct peel *peel, const struct encap_table *table, uint32_t linktype,
		 const uint8_t *data, uint32_t caplen, uint32_t len);

#endif
