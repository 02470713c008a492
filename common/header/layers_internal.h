/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to header/layers.c and layer/: the state of one walk, and one function a protocol group.
 * Each walk_*() reads the header at offset, pushes a layer, and goes on to what follows or says why
 * the walk ends. They call each other no deeper than LAYERS_MAX.
 */
#ifndef VTAP_HEADER_LAYERS_INTERNAL_H
#define VTAP_HEADER_LAYERS_INTERNAL_H

#include "header/layers.h"

struct walk {
	struct layers *layers;
	struct span packet;
};

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86DD,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_MULTICAST = 0x8848,
	ETHERTYPE_PPPOE_DISCOVERY = 0x8863,
	ETHERTYPE_PPPOE = 0x8864,
	ETHERTYPE_QINQ = 0x88A8,
	ETHERTYPE_QINQ_9100 = 0x9100,
	ETHERTYPE_QINQ_9200 = 0x9200,
};

/* Ends the walk; the last header ended at payload, or would have. */
static inline void walk_end(struct walk *walk, enum layers_end end, size_t payload)
{
	walk->layers->end = end;
	walk->layers->payload = (uint32_t)(payload < walk->packet.len ? payload : walk->packet.len);
}

/* The next layer, all else zero; NULL (and the walk ended) when there are too many. */
static inline struct layer *walk_push(struct walk *walk, enum layer_protocol protocol,
				      size_t offset, size_t header_len)
{
	struct layers *layers = walk->layers;

	if (layers->count == LAYERS_MAX) {
		walk_end(walk, LAYERS_TOO_DEEP, offset);
		return NULL;
	}
	layers->layer[layers->count] = (struct layer){ .protocol = (uint8_t)protocol,
						       .offset = (uint32_t)offset,
						       .header_len = (uint32_t)header_len };
	return &layers->layer[layers->count++];
}

/* False, and the walk ended, when fewer than len bytes stand at offset. */
static inline bool walk_has(struct walk *walk, size_t offset, size_t len)
{
	if (span_has(walk->packet, offset, len))
		return true;
	walk_end(walk, LAYERS_CUT, offset);
	return false;
}

/* As walk_has(), and what a claimed end (0: none) leaves no room for is malformed, not cut. */
static inline bool walk_has_within(struct walk *walk, uint64_t claim, size_t offset, size_t len)
{
	if (claim != 0 && offset + len > claim) {
		walk_end(walk, LAYERS_MALFORMED, offset);
		return false;
	}
	return walk_has(walk, offset, len);
}

void walk_ethernet(struct walk *walk, size_t offset);
void walk_ethertype(struct walk *walk, uint16_t type, size_t offset);
void walk_vlan(struct walk *walk, size_t offset);
void walk_mpls(struct walk *walk, size_t offset);
void walk_pppoe(struct walk *walk, uint16_t type, size_t offset);
void walk_ppp(struct walk *walk, size_t offset);
void walk_ppp_hdlc(struct walk *walk, size_t offset);
void walk_sll(struct walk *walk, size_t offset);
void walk_sll2(struct walk *walk, size_t offset);
void walk_null(struct walk *walk, size_t offset);
void walk_loop(struct walk *walk, size_t offset);
void walk_ip(struct walk *walk, size_t offset);
void walk_ipv4(struct walk *walk, size_t offset);
void walk_ipv6(struct walk *walk, size_t offset);

/* The transport of an IP layer, by its `next`; bounded by its `end`. */
void walk_transport(struct walk *walk, const struct layer *ip, size_t offset);

#endif
