/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Peels a packet: finds its tunnels from the outside in, with the headers of each, up to the
 * innermost packet. The result tells vtap-decap what to strip, vtap-fixlen what each header claims,
 * and vtap-split the packet's origin and what is inside.
 */
#ifndef VTAP_TUNNEL_PEEL_H
#define VTAP_TUNNEL_PEEL_H

#include "encap/encap.h"

/* Tunnels that are taken off one packet at most; deeper ones stay on. */
enum { PEEL_MAX = 16 };

/* A tunnel that was taken off. */
struct peel_layer {
	struct tunnel tunnel;
	uint32_t payload; /* offset of what the tunnel carries */
	uint32_t caplen;  /* bytes present of what it carries, up to the end that lengths claim */
	uint32_t len;	  /* bytes on the wire of what it carries, at most what lengths claim */
};

/* Why no further tunnel was taken off. "The rest" is what the last tunnel carries. */
enum peel_end {
	PEEL_PLAIN,	  /* the rest is no tunnel, or none that is selected */
	PEEL_FRAGMENT,	  /* the rest is an IP fragment: reassemble it first */
	PEEL_TRUNCATED,	  /* not all bytes of the next tunnel header are present */
	PEEL_MALFORMED,	  /* the next tunnel header contradicts itself */
	PEEL_UNSUPPORTED, /* the next tunnel carries neither Ethernet nor IP */
	PEEL_STRICT,	  /* the next tunnel header has anomalies, and select->strict is set */
	PEEL_DEPTH,	  /* the next tunnel would exceed select->depth or PEEL_MAX */
};

/*
 * A peeled packet. Offsets count from the packet's start. Only layer[0] to layer[count - 1] and
 * headers[0] to headers[count] are valid: peel_packet() does not clear the others.
 */
struct peel {
	unsigned count;	   /* tunnels that were taken off */
	enum peel_end end; /* why there are not more */
	uint8_t anomalies; /* tunnel.anomalies of all of them, together */
	uint32_t linktype; /* link type of the rest */
	uint32_t offset;   /* offset of the rest */
	uint32_t caplen;   /* bytes present of the rest */
	uint32_t len;	   /* bytes of the rest on the wire, at least caplen */
	struct peel_layer
		layer[PEEL_MAX + 1]; /* from the outside in; the one behind the last is scratch */
	struct headers headers[PEEL_MAX + 1]; /* headers[i] are those in front of tunnel i */
};

/* Returns the headers of the rest: of what the last tunnel carries, or of the packet itself if no
 * tunnel was taken off. They are valid as long as *peel is. */
static inline const struct headers *peel_inner(const struct peel *peel)
{
	return &peel->headers[peel->count];
}

/* Returns the VID that the header of tunnel i says of the frame in it, which has no VLAN tag; 0 if
 * the header says none, or the frame has a tag. i is less than peel->count. */
static inline uint16_t peel_told_vlan(const struct peel *peel, unsigned i)
{
	uint16_t vid = peel->layer[i].tunnel.vlan;

	return vid == 0 || peel->headers[i + 1].vlans > 0 ? 0 : vid;
}

/*
 * Peels a packet of that link type, which has caplen bytes at data and len bytes on the wire, and
 * fills *peel, which keeps no pointer to the data. table: the encapsulations that are taken off. If
 * len is less than caplen, as in damaged records, caplen counts for it. The function never fails:
 * peel->end says why it stopped.
 */
void peel_packet(struct peel *peel, const struct encap_table *table, uint32_t linktype,
		 const uint8_t *data, uint32_t caplen, uint32_t len);

#endif
