/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PPP (RFC 1661): a protocol number of two bytes, or of one when that is odd (section 6.5). In
 * HDLC-like framing (RFC 1662) FF 03 stands in front, unless the ends agreed to leave it out.
 * Cisco's HDLC (RFC 1547, 4.3.1) shares link type 50: 0F or 8F, 00, EtherType.
 */
#include "header/layers_internal.h"

enum {
	PPP_IPV4 = 0x21,
	PPP_IPV6 = 0x57,
	PPP_MPLS = 0x281,
	PPP_MPLS_MULTICAST = 0x283,
	PPP_ADDRESS_CONTROL = 0xFF03,
	CISCO_UNICAST = 0x0F00,
	CISCO_MULTICAST = 0x8F00,
	CISCO_LEN = 4,
};

static void dispatch(struct walk *walk, uint16_t protocol, size_t offset)
{
	switch (protocol) {
	case PPP_IPV4:
		walk_ipv4(walk, offset);
		return;
	case PPP_IPV6:
		walk_ipv6(walk, offset);
		return;
	case PPP_MPLS:
	case PPP_MPLS_MULTICAST:
		walk_mpls(walk, offset);
		return;
	}
	walk_end(walk, LAYERS_NOT_IP, offset);
}

/* The layer begins at offset, its protocol number at `at`. */
static void protocol_at(struct walk *walk, size_t offset, size_t at)
{
	uint16_t protocol = 0;
	struct layer *layer;
	uint8_t first;

	if (!walk_has(walk, at, 1))
		return;
	span_u8(walk->packet, at, &first);
	if ((first & 1) != 0)
		protocol = first;
	else if (!walk_has(walk, at, 2))
		return;
	else
		span_be16(walk->packet, at, &protocol);
	at += (first & 1) != 0 ? 1 : 2;
	layer = walk_push(walk, LAYER_PPP, offset, at - offset);
	if (layer == NULL)
		return;
	layer->next = protocol;
	dispatch(walk, protocol, at);
}

static void cisco(struct walk *walk, size_t offset)
{
	struct layer *layer;

	if (!walk_has(walk, offset, CISCO_LEN))
		return;
	layer = walk_push(walk, LAYER_PPP, offset, CISCO_LEN);
	if (layer == NULL)
		return;
	span_be16(walk->packet, offset + 2, &layer->next);
	walk_ethertype(walk, layer->next, offset + CISCO_LEN);
}

void walk_ppp(struct walk *walk, size_t offset)
{
	protocol_at(walk, offset, offset);
}

void walk_ppp_hdlc(struct walk *walk, size_t offset)
{
	uint16_t start;

	if (!span_be16(walk->packet, offset, &start))
		walk_end(walk, LAYERS_CUT, offset);
	else if (start == CISCO_UNICAST || start == CISCO_MULTICAST)
		cisco(walk, offset);
	else
		protocol_at(walk, offset, start == PPP_ADDRESS_CONTROL ? offset + 2 : offset);
}
