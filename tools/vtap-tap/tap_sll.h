/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a "cooked" header of Linux to one of Ethernet, which tunnels can carry. */
#ifndef VTAP_TAP_TAP_SLL_H
#define VTAP_TAP_TAP_SLL_H

#include "packet/packet.h"

/*
 * How many bytes longer the cooked header is than Ethernet's: that many are to go from the start of
 * packet, and from its length. 0: no cooked header, or what it carries has no Ethernet header (its
 * device's frames are others, it is cut).
 */
uint32_t tap_sll_excess(uint32_t linktype, struct span packet);

/*
 * Writes the Ethernet header where it belongs, in front of what the cooked one carries: to nobody
 * (0), from the address that it has, the protocol, or a length (len, of the packet on the wire)
 * where the frame was 802.3.
 */
void tap_sll_rewrite(uint32_t linktype, struct patch packet, uint32_t len);

#endif
