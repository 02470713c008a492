/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One look at the packet that mirrors send most: Ethernet, up to two VLAN tags, IPv4 without
 * options or IPv6 without extension headers, whole, UDP, one tunnel, and nothing inside that could
 * be another one. It answers what peel_walk() answers, or leaves the packet to it.
 */
#ifndef VTAP_GLANCE_H
#define VTAP_GLANCE_H

#include "encap.h"

enum { GLANCE_PORTS = 256 };

/* What is selected, by UDP port modulo GLANCE_PORTS: no search per packet. */
struct glance_table {
	const struct encap_select *select;
	struct glance_port {
		const struct encap *encap;
		uint8_t index; /* encap_index() of it */
		uint8_t count; /* of ports and codecs here: several are for encap_parse() */
		uint16_t port;
	} port[GLANCE_PORTS];
};

/* select is borrowed and stays as it is. */
void glance_prepare(struct glance_table *table, const struct encap_select *select);

struct glance {
	struct tunnel tunnel;
	unsigned encap;	    /* encap_index() of it */
	uint8_t version;    /* of the outer IP: 4 or 6 */
	uint64_t source[2]; /* its source address as it stands; IPv4: a number of 4 bytes as it
			       stands, 0 */
	uint32_t offset, caplen, len; /* of what is left, as in struct peel */
	bool fills; /* what is left claims to be just so long: no run (unjoin.h) */
};

/*
 * True: peel_walk() would take exactly this tunnel off and end with PEEL_PLAIN. False: ask it;
 * *glance says nothing.
 */
bool glance_at(struct glance *glance, const struct glance_table *table, uint32_t linktype,
	       const uint8_t *data, uint32_t caplen, uint32_t len);

/*
 * The part of it that looks at what a tunnel carries: true when that is certainly no tunnel, and no
 * fragment that could hold one. *fills: it claims to be just so long.
 */
bool glance_inside(const struct glance_table *table, uint32_t linktype, struct span left,
		   bool *fills);

#endif
