/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux "cooked" captures, LINKTYPE_LINUX_SLL and _SLL2 of tcpdump.org. The protocol is an
 * EtherType unless the device type says that it is something else.
 *
 *   SLL   | packet type 2 | device type 2 | address length 2 | address 8 | protocol 2 |
 *   SLL2  | protocol 2 | 0 2 | interface 4 | device type 2 | packet type 1 | length 1 | address 8 |
 */
#include "header/layers_internal.h"

enum { SLL_LEN = 16, SLL2_LEN = 20 };

/* ARPHRD_ numbers of Linux whose protocol field is no EtherType. */
enum { DEVICE_80211 = 801, DEVICE_PRISM = 802, DEVICE_RADIOTAP = 803, DEVICE_NETLINK = 824 };

static bool has_ethertype(uint16_t device)
{
	return device != DEVICE_80211 && device != DEVICE_PRISM && device != DEVICE_RADIOTAP &&
	       device != DEVICE_NETLINK;
}

static void cooked(struct walk *walk, size_t offset, enum layer_protocol protocol, size_t len,
		   size_t device_at, size_t type_at)
{
	uint16_t device = 0;
	struct layer *layer;

	if (!walk_has(walk, offset, len))
		return;
	layer = walk_push(walk, protocol, offset, len);
	if (layer == NULL)
		return;
	span_be16(walk->packet, offset + device_at, &device);
	span_be16(walk->packet, offset + type_at, &layer->next);
	if (has_ethertype(device))
		walk_ethertype(walk, layer->next, offset + len);
	else
		walk_end(walk, LAYERS_NOT_IP, offset + len);
}

void walk_sll(struct walk *walk, size_t offset)
{
	cooked(walk, offset, LAYER_SLL, SLL_LEN, 2, 14);
}

void walk_sll2(struct walk *walk, size_t offset)
{
	cooked(walk, offset, LAYER_SLL2, SLL2_LEN, 8, 0);
}
