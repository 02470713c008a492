/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "header/layers_internal.h"

static const char *const names[] = {
	[LAYER_ETHERNET] = "ethernet", [LAYER_VLAN] = "vlan", [LAYER_MPLS] = "mpls",
	[LAYER_PPPOE] = "pppoe",       [LAYER_PPP] = "ppp",   [LAYER_SLL] = "sll",
	[LAYER_SLL2] = "sll2",	       [LAYER_NULL] = "null", [LAYER_IPV4] = "ipv4",
	[LAYER_IPV6] = "ipv6",	       [LAYER_UDP] = "udp",   [LAYER_TCP] = "tcp",
	[LAYER_SCTP] = "sctp",	       [LAYER_ICMP] = "icmp", [LAYER_ICMP6] = "icmp6",
	[LAYER_GRE] = "gre",	       [LAYER_ARP] = "arp",
};

const char *layers_name(enum layer_protocol protocol)
{
	return protocol < sizeof names / sizeof *names ? names[protocol] : "unknown";
}

/* NULL when nobody here knows the link type. */
static void (*walker(uint32_t linktype))(struct walk *walk, size_t offset)
{
	switch (linktype) {
	case LINK_ETHERNET:
		return walk_ethernet;
	case LINK_RAW:
	case LINK_RAW_12:
	case LINK_RAW_14:
		return walk_ip;
	case LINK_IPV4:
		return walk_ipv4;
	case LINK_IPV6:
		return walk_ipv6;
	case LINK_SLL:
		return walk_sll;
	case LINK_SLL2:
		return walk_sll2;
	case LINK_NULL:
		return walk_null;
	case LINK_LOOP:
		return walk_loop;
	case LINK_PPP:
	case LINK_PPP_HDLC:
		return walk_ppp_hdlc;
	}
	return NULL;
}

bool layers_know(uint32_t linktype)
{
	return walker(linktype) != NULL;
}

void layers_walk(struct layers *layers, uint32_t linktype, struct span packet, uint32_t offset)
{
	void (*first)(struct walk *, size_t) = walker(linktype);
	struct walk walk = { .packet = packet };

	layers->count = 0;
	layers->ip = -1;
	layers->transport = -1;
	walk.layers = layers;
	if (first != NULL)
		first(&walk, offset);
	else
		walk_end(&walk, LAYERS_UNKNOWN_LINK, offset);
}
