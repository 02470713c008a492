/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2 of tcpdump.org; the pictures are in
 * header/proto_sll.c.
 */
#include "tap_sll.h"

#include "header/fields.h"
#include "header/headers.h"

/* ETH_P_802_3 and ETH_P_802_2: in place of the EtherType if the frame had a length. */
enum { PROTOCOL_802_3 = 1, PROTOCOL_802_2 = 4 };

struct cooked {
	uint32_t len; /* bytes of the header */
	uint16_t protocol, device, address_len;
	uint8_t address[MAC_LEN];
};

static bool read_sll(struct span packet, struct cooked *cooked)
{
	cooked->len = SLL_LEN;
	return span_has(packet, 0, cooked->len) &&
	       span_be16(packet, SLL_DEVICE_AT, &cooked->device) &&
	       span_be16(packet, SLL_ADDRESS_LEN_AT, &cooked->address_len) &&
	       span_copy(packet, SLL_ADDRESS_AT, cooked->address, MAC_LEN) &&
	       span_be16(packet, SLL_TYPE_AT, &cooked->protocol);
}

static bool read_sll2(struct span packet, struct cooked *cooked)
{
	uint8_t address_len = 0;
	bool there;

	cooked->len = SLL2_LEN;
	there = span_has(packet, 0, cooked->len) &&
		span_be16(packet, SLL2_TYPE_AT, &cooked->protocol) &&
		span_be16(packet, SLL2_DEVICE_AT, &cooked->device) &&
		span_u8(packet, SLL2_ADDRESS_LEN_AT, &address_len) &&
		span_copy(packet, SLL2_ADDRESS_AT, cooked->address, MAC_LEN);
	cooked->address_len = address_len;
	return there;
}

static bool sll_read_header(uint32_t linktype, struct span packet, struct cooked *cooked)
{
	if (linktype == LINK_SLL)
		return read_sll(packet, cooked);
	return linktype == LINK_SLL2 && read_sll2(packet, cooked);
}

static bool sll_has_length(const struct cooked *cooked)
{
	return cooked->protocol == PROTOCOL_802_3 || cooked->protocol == PROTOCOL_802_2;
}

uint32_t tap_sll_excess(uint32_t linktype, struct span packet)
{
	struct cooked cooked;

	if (!sll_read_header(linktype, packet, &cooked) ||
	    !headers_sll_has_ethertype(cooked.device) ||
	    (cooked.protocol < ETHERTYPE_MIN && !sll_has_length(&cooked)))
		return 0;
	return cooked.len - ETHERNET_LEN;
}

void tap_sll_rewrite(uint32_t linktype, struct patch packet, uint32_t len)
{
	struct patch frame;
	struct cooked cooked;

	if (!sll_read_header(linktype, patch_span(packet), &cooked))
		return;
	frame = patch_from(packet, cooked.len - ETHERNET_LEN);
	patch_zero(frame, 0, 2 * (size_t)MAC_LEN);
	patch_copy(frame, MAC_LEN, cooked.address,
		   cooked.address_len < MAC_LEN ? cooked.address_len : MAC_LEN);
	if (sll_has_length(&cooked))
		cooked.protocol = (uint16_t)(len > cooked.len ? len - cooked.len : 0);
	patch_be16(frame, ETHERNET_TYPE_AT, cooked.protocol);
}
