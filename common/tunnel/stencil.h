/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Headers repeat. The tunnel headers of a mirror are those of the packet before it from the same
 * sender, but for lengths, identifications and checksums: a cache from all other bytes to what a
 * glance said of them, so that no header is read twice.
 */
#ifndef VTAP_TUNNEL_STENCIL_H
#define VTAP_TUNNEL_STENCIL_H

#include "packet/packet.h"
#include "tunnel/glance.h"

/* Of the first STENCIL_LEN bytes those behind STENCIL_SKIP are looked at, which are MAC addresses.
 */
enum { STENCIL_LEN = 96, STENCIL_SKIP = 8, STENCIL_WORDS = (STENCIL_LEN - STENCIL_SKIP) / 8 };
enum { STENCIL_HALF = 7, STENCIL_LENGTHS = 63, STENCIL_BITS = 10 };

/* The headers of packets of one tunnel. All zero: matches nothing. */
struct stencil {
	uint64_t mask[STENCIL_WORDS], bytes[STENCIL_WORDS];
	bool both;	   /* more than the first STENCIL_HALF words count */
	uint8_t encap;	   /* encap_index() */
	uint8_t ip_len;	   /* where the length of the outer IP header stands; <= STENCIL_LENGTHS */
	uint8_t udp;	   /* where that header begins; likewise */
	uint32_t ip;	   /* what the length of IP counts from */
	uint32_t offset;   /* of what the tunnel carries */
	uint32_t linktype; /* likewise */
	const struct interface *from; /* as stencil_learn() was told */
	const struct interface *to;   /* likewise */
	void *owner;		      /* likewise; not NULL */
};

struct stencils {
	struct stencil slot[1 << STENCIL_BITS]; /* begins all zero */
	bool learned;
};

void stencils_clear(struct stencils *stencils);

/* By the last word of the outer source address and the word that has a VNI: any would do. */
SPAN_INLINE size_t stencil_slot_at(struct span packet, size_t source, size_t id)
{
	const uint64_t golden = 0x9E3779B97F4A7C15;
	uint32_t low = 0, high = 0;

	span_copy(packet, source, &high, sizeof(high));
	span_copy(packet, id, &low, sizeof(low));
	return (((uint64_t)high << 32 ^ low) * golden) >> (64 - STENCIL_BITS);
}

SPAN_INLINE size_t stencil_slot(struct span packet)
{
	enum { FOUR = PLAIN_ETHERNET_LEN, SIX = PLAIN_ETHERNET_LEN, TAG = PLAIN_TAG_LEN };
	uint16_t type = 0;

	span_be16(packet, 12, &type);
	if (type == PLAIN_IPV4)
		return stencil_slot_at(packet, FOUR + 12, FOUR + 32);
	if (type == PLAIN_IPV6)
		return stencil_slot_at(packet, SIX + 20, SIX + 52);
	span_be16(packet, 16, &type);
	if (type == PLAIN_IPV4)
		return stencil_slot_at(packet, FOUR + TAG + 12, FOUR + TAG + 32);
	return stencil_slot_at(packet, SIX + TAG + 20, SIX + TAG + 52);
}

/* The second half is for IPv6. */
SPAN_INLINE bool stencil_fits(const struct stencil *stencil, struct span packet)
{
	uint16_t ip_len = 0, udp_len = 0;

	if (!span_fits(packet, STENCIL_SKIP, stencil->mask, stencil->bytes, STENCIL_HALF) ||
	    (stencil->both &&
	     !span_fits(packet, STENCIL_SKIP + STENCIL_HALF * 8, &stencil->mask[STENCIL_HALF],
			&stencil->bytes[STENCIL_HALF], STENCIL_WORDS - STENCIL_HALF)))
		return false;
	/* With limits that the compiler sees, it has no bounds to check. */
	span_be16(packet, stencil->ip_len & STENCIL_LENGTHS, &ip_len);
	span_be16(packet, (stencil->udp & STENCIL_LENGTHS) + 4U, &udp_len);
	return stencil->ip + (size_t)ip_len == packet.len &&
	       stencil->udp + (size_t)udp_len == packet.len;
}

/*
 * The stencil that an Ethernet frame fits; NULL: ask glance_at(). What fits is present to its last
 * byte, and glance_at() would find the tunnel of the stencil, if it answers at all: see
 * glance_inside(). Holds until the next call of another function here.
 */
SPAN_INLINE const struct stencil *stencil_find(const struct stencils *stencils, struct span packet)
{
	const struct stencil *stencil;

	if (packet.len < STENCIL_LEN)
		return NULL;
	stencil = &stencils->slot[stencil_slot(packet)];
	return stencil->owner && stencil_fits(stencil, packet) ? stencil : NULL;
}

/* Of the UDP header: it begins with the tunnel's. */
static inline struct span stencil_payload(const struct stencil *stencil, struct span packet)
{
	return span_from(packet, stencil->udp + (size_t)PLAIN_UDP_LEN);
}

/* What was found out once about packets that fit a stencil, for its user. */
struct stencil_known {
	const struct interface *from, *to;
	void *owner;
};

/* Learns from a glance at an Ethernet frame, where that can be. */
void stencil_learn(struct stencils *stencils, struct span packet, const struct glance *glance,
		   const struct stencil_known *known);

#endif
