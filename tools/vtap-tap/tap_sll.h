/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replaces the header of a Linux cooked capture (SLL, SLL2: what the interface `any` gives) by an
 * Ethernet header, which tunnels can carry.
 */
#ifndef VTAP_TAP_TAP_SLL_H
#define VTAP_TAP_TAP_SLL_H

#include "packet/packet.h"

/*
 * Returns how many bytes longer the cooked header is than an Ethernet header: so many bytes at the
 * start of packet are to be left out after tap_sll_rewrite(). Returns 0 if packet has no cooked
 * header, a cut one, or one of a device whose frames are not those of Ethernet.
 */
uint32_t tap_sll_excess(uint32_t linktype, struct span packet);

/*
 * Writes an Ethernet header over the end of the cooked header, directly in front of what that one
 * carries: destination 0, the source address and the EtherType of the cooked header, or for IEEE
 * 802.3 a length. len is the bytes of the cooked packet on the wire. For packets of which
 * tap_sll_excess() is not 0.
 */
void tap_sll_rewrite(uint32_t linktype, struct patch packet, uint32_t len);

#endif
