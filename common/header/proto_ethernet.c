/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet II (RFC 894) and the EtherTypes that lead to IP. A type below 1536 is a length: IEEE
 * 802.3 with LLC, which carries no IP worth following.
 *
 *   | destination 6 | source 6 | type 2 |
 */
#include "header/layers_internal.h"

enum { ETHERNET_LEN = 14, ARP_LEN = 8 };

void walk_ethertype(struct walk *walk, uint16_t type, size_t offset)
{
	switch (type) {
	case ETHERTYPE_IPV4:
		walk_ipv4(walk, offset);
		return;
	case ETHERTYPE_IPV6:
		walk_ipv6(walk, offset);
		return;
	case ETHERTYPE_VLAN:
	case ETHERTYPE_QINQ:
	case ETHERTYPE_QINQ_9100:
	case ETHERTYPE_QINQ_9200:
		walk_vlan(walk, offset);
		return;
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MULTICAST:
		walk_mpls(walk, offset);
		return;
	case ETHERTYPE_PPPOE:
	case ETHERTYPE_PPPOE_DISCOVERY:
		walk_pppoe(walk, type, offset);
		return;
	case ETHERTYPE_ARP:
		if (walk_push(walk, LAYER_ARP, offset, ARP_LEN) != NULL)
			walk_end(walk, LAYERS_NOT_IP, offset + ARP_LEN);
		return;
	}
	walk_end(walk, LAYERS_NOT_IP, offset);
}

void walk_ethernet(struct walk *walk, size_t offset)
{
	struct layer *layer;

	if (!walk_has(walk, offset, ETHERNET_LEN))
		return;
	layer = walk_push(walk, LAYER_ETHERNET, offset, ETHERNET_LEN);
	if (layer == NULL)
		return;
	span_be16(walk->packet, offset + 12, &layer->next);
	walk_ethertype(walk, layer->next, offset + ETHERNET_LEN);
}
