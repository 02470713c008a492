/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2 of tcpdump.org; the pictures are in
 * header/proto_sll.c.
 */
#include "tap_sll.h"

enum { MAC_LEN = 6, TYPE_AT = 12, ETHERNET_LEN = 14 };

/* <linux/if_ether.h>: what stands in for an EtherType where the frame had a length. */
enum { PROTOCOL_802_3 = 1, PROTOCOL_802_2 = 4, ETHERTYPE_MIN = 0x600 };

/* <linux/if_arp.h>: devices whose frames begin with what Ethernet's cannot follow. */
enum { DEVICE_80211 = 801, DEVICE_PRISM = 802, DEVICE_RADIOTAP = 803, DEVICE_NETLINK = 824 };

struct cooked {
	uint32_t len; /* of the header */
	uint16_t protocol, device, address_len;
	uint8_t address[MAC_LEN];
};

static bool read_sll(struct span packet, struct cooked *cooked)
{
	cooked->len = 16;
	return span_has(packet, 0, cooked->len) && span_be16(packet, 2, &cooked->device) &&
	       span_be16(packet, 4, &cooked->address_len) &&
	       span_copy(packet, 6, cooked->address, MAC_LEN) &&
	       span_be16(packet, 14, &cooked->protocol);
}

static bool read_sll2(struct span packet, struct cooked *cooked)
{
	uint8_t address_len = 0;
	bool there;

	cooked->len = 20;
	there = span_has(packet, 0, cooked->len) && span_be16(packet, 0, &cooked->protocol) &&
		span_be16(packet, 8, &cooked->device) && span_u8(packet, 11, &address_len) &&
		span_copy(packet, 12, cooked->address, MAC_LEN);
	cooked->address_len = address_len;
	return there;
}

static bool read_header(uint32_t linktype, struct span packet, struct cooked *cooked)
{
	if (linktype == LINK_SLL)
		return read_sll(packet, cooked);
	return linktype == LINK_SLL2 && read_sll2(packet, cooked);
}

static bool has_length(const struct cooked *cooked)
{
	return cooked->protocol == PROTOCOL_802_3 || cooked->protocol == PROTOCOL_802_2;
}

uint32_t tap_sll_excess(uint32_t linktype, struct span packet)
{
	struct cooked cooked;

	if (!read_header(linktype, packet, &cooked) || cooked.device == DEVICE_80211 ||
	    cooked.device == DEVICE_PRISM || cooked.device == DEVICE_RADIOTAP ||
	    cooked.device == DEVICE_NETLINK ||
	    (cooked.protocol < ETHERTYPE_MIN && !has_length(&cooked)))
		return 0;
	return cooked.len - ETHERNET_LEN;
}

void tap_sll_rewrite(uint32_t linktype, struct patch packet, uint32_t len)
{
	struct patch frame;
	struct cooked cooked;

	if (!read_header(linktype, patch_span(packet), &cooked))
		return;
	frame = patch_from(packet, cooked.len - ETHERNET_LEN);
	patch_zero(frame, 0, 2 * (size_t)MAC_LEN);
	patch_copy(frame, MAC_LEN, cooked.address,
		   cooked.address_len < MAC_LEN ? cooked.address_len : MAC_LEN);
	if (has_length(&cooked))
		cooked.protocol = (uint16_t)(len > cooked.len ? len - cooked.len : 0);
	patch_be16(frame, TYPE_AT, cooked.protocol);
}
