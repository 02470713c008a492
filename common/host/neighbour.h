/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the MAC address of a next hop in the kernel's neighbour table (ARP, NDP), for code that
 * builds Ethernet frames itself. rtnetlink(7), through libmnl.
 */
#ifndef VTAP_HOST_NEIGHBOUR_H
#define VTAP_HOST_NEIGHBOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct neighbour {
	uint8_t mac[6]; /* valid if known is true */
	bool known;	/* true if the address is resolved and mac can be used */
};

/*
 * Looks up address (4 or 16 bytes, as version, 4 or 6, says) on the interface with index device. If
 * the table has no usable entry, known is false, and the kernel is made to resolve the address: the
 * caller tries again some milliseconds later. A stale entry is usable, and the kernel is made to
 * confirm it. To make the kernel do so, an empty UDP datagram is sent to port 9 (discard) of the
 * neighbour. Never waits for the neighbour's answer.
 * Returns false and sets err if netlink fails.
 */
bool neighbour_lookup(struct neighbour *neighbour, uint32_t device, uint8_t version,
		      const uint8_t *address, struct error *err);

#endif
