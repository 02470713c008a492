/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux "cooked" captures, LINKTYPE_LINUX_SLL and _SLL2 of tcpdump.org. The protocol is an
 * EtherType unless the device type says that it is something else; a small number is none of
 * Ethernet's lengths but one of Linux's (ETH_P_802_2 and others).
 *
 *   SLL   | packet type 2 | device type 2 | address length 2 | address 8 | protocol 2 |
 *   SLL2  | protocol 2 | 0 2 | interface 4 | device type 2 | packet type 1 | length 1 | address 8 |
 */
#include "header/headers_internal.h"

/* ARPHRD_ numbers of Linux whose protocol field is no EtherType. */
enum { DEVICE_80211 = 801, DEVICE_PRISM = 802, DEVICE_RADIOTAP = 803, DEVICE_NETLINK = 824 };

bool headers_sll_has_ethertype(uint16_t device)
{
	return device != DEVICE_80211 && device != DEVICE_PRISM && device != DEVICE_RADIOTAP &&
	       device != DEVICE_NETLINK;
}

static enum proto proto_cooked(struct headers *headers, struct cursor *cursor, size_t len,
			       size_t device_at, size_t type_at)
{
	size_t at = cursor->at;
	uint16_t device = 0;

	if (!headers_has(headers, cursor, at, len) || !headers_count(headers, cursor))
		return PROTO_END;
	span_be16(cursor->packet, at + device_at, &device);
	span_be16(cursor->packet, at + type_at, &cursor->type);
	headers->link_len += (uint32_t)len;
	cursor->at += len;
	if (headers_sll_has_ethertype(device) && cursor->type >= ETHERTYPE_MIN)
		return PROTO_ETHERTYPE;
	return headers_stop(headers, cursor, HEADERS_NOT_IP, cursor->at);
}

enum proto proto_sll(struct headers *headers, struct cursor *cursor)
{
	return proto_cooked(headers, cursor, SLL_LEN, SLL_DEVICE_AT, SLL_TYPE_AT);
}

enum proto proto_sll2(struct headers *headers, struct cursor *cursor)
{
	return proto_cooked(headers, cursor, SLL2_LEN, SLL2_DEVICE_AT, SLL2_TYPE_AT);
}
