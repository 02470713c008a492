/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk from the link layer to the transport: an array of headers with where
 * they stand and how long each claims to be. It stops in front of a tunnel's
 * payload (encap/encap.h goes on from there), at what it does not know, and where
 * bytes end. Never reads past caplen; never fails: `end` says why it stopped.
 */
#ifndef VTAP_HEADER_LAYERS_H
#define VTAP_HEADER_LAYERS_H

#include "packet/packet.h"

enum layer_protocol {
	LAYER_ETHERNET,
	LAYER_VLAN,
	LAYER_MPLS,
	LAYER_PPPOE,
	LAYER_PPP,
	LAYER_SLL,
	LAYER_SLL2,
	LAYER_NULL,
	LAYER_IPV4,
	LAYER_IPV6, /* IPv6 with its extension headers as one layer */
	LAYER_UDP,
	LAYER_TCP,
	LAYER_SCTP,
	LAYER_ICMP,
	LAYER_ICMP6,
	LAYER_GRE,
	LAYER_ARP,
};

enum layers_end {
	LAYERS_TRANSPORT,  /* the last layer is UDP, TCP, SCTP, ICMP or ICMPv6 */
	LAYERS_IP_PAYLOAD, /* the last is IP; what it carries (number) is not walked: GRE, IPIP,
			      OSPF ... */
	LAYERS_FRAGMENT,  /* the last is IP: a fragment that is not the first, or any fragment whose
			     transport is not walked. A first fragment goes on to its transport,
			     with LAYER_FRAGMENT set on its IP layer */
	LAYERS_NOT_IP,	  /* ARP, LLC, an unknown EtherType ... */
	LAYERS_CUT,	  /* a header is not all there */
	LAYERS_MALFORMED, /* a header contradicts itself (IHL < 5, version, ...) */
	LAYERS_UNKNOWN_LINK, /* nobody here knows the link type */
	LAYERS_TOO_DEEP,
};

/* layer.flags */
enum {
	LAYER_FRAGMENT = 1,	  /* this IP packet is a fragment */
	LAYER_LATER_FRAGMENT = 2, /* ... and not the first */
	LAYER_NO_LENGTH =
		4, /* total or payload length 0 without a jumbo option: the claim is unknown */
	LAYER_JUMBO = 8, /* IPv6 jumbogram (RFC 2675) */
};

struct layer {
	uint8_t protocol; /* enum layer_protocol */
	uint8_t flags;
	uint16_t next;	 /* EtherType, IP protocol number, PPP protocol; 0 if it has none */
	uint32_t offset; /* of the header, from the start of the packet */
	uint32_t header_len;
	uint64_t end;  /* offset behind the last byte that this layer claims for itself and what it
			  carries, from the start of the packet; 0: it claims nothing */
	uint16_t tag;  /* VLAN: the VID; UDP, TCP, SCTP: the source port */
	uint16_t tag2; /* UDP, TCP, SCTP: the destination port */
	uint32_t fragment_id;	  /* IP fragments: identification */
	uint32_t fragment_offset; /* bytes */
	bool more_fragments;
	uint32_t unfragmentable_len; /* IPv6 fragments: bytes in front of the fragment header */
};

enum { LAYERS_MAX = 24 };

struct layers {
	uint32_t count;
	enum layers_end end;
	uint32_t payload;  /* offset behind the last header */
	int32_t ip;	   /* index of the (first and only) IP layer, -1 without one */
	int32_t transport; /* index of the transport layer, -1 without one */
	struct layer layer[LAYERS_MAX];
};

/* Walks bytes of the given link type. offset: where in packet the walk starts (0 but inside
 * tunnels). */
void layers_walk(struct layers *layers, uint32_t linktype, struct span packet, uint32_t offset);

/* True when layers_walk() knows the link type. */
bool layers_know(uint32_t linktype);

/* "ethernet", "vlan", ... for messages. */
const char *layers_name(enum layer_protocol protocol);

#endif
