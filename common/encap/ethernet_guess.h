/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guesses by its bytes whether a payload is an Ethernet frame, for tunnel headers that do not say
 * what they carry: GTP-U and pseudowires. */
#ifndef VTAP_ENCAP_ETHERNET_GUESS_H
#define VTAP_ENCAP_ETHERNET_GUESS_H

#include "base/span.h"
#include "header/fields.h"

/*
 * Returns true if bytes may begin with an Ethernet header: the source is no group address (IEEE
 * 802-2014 section 8.2.2), and what follows is an EtherType or a length of IEEE 802.3. Returns
 * false if fewer than ETHERNET_LEN bytes are present.
 */
static inline bool ethernet_guess_plausible(struct span bytes)
{
	enum { GROUP_ADDRESS = 1, ETHERTYPE_RESERVED = 0xFFFF };
	uint8_t source;
	uint16_t type;

	if (!span_u8(bytes, ETHERNET_SRC_AT, &source) ||
	    !span_be16(bytes, ETHERNET_TYPE_AT, &type) || source & GROUP_ADDRESS)
		return false;
	if (type > ETHERNET_LENGTH_MAX)
		return type >= ETHERTYPE_MIN && type != ETHERTYPE_RESERVED;
	return type > 0;
}

/*
 * Returns true if bytes are Ethernet more likely than anything else: the EtherType is that of ARP
 * or of a VLAN tag, or of IP, and the version of IP follows. Returns false if not all bytes that
 * have to be seen for that are present.
 */
static inline bool ethernet_guess_likely(struct span bytes)
{
	uint8_t version;
	uint16_t type;

	if (!ethernet_guess_plausible(bytes) || !span_be16(bytes, ETHERNET_TYPE_AT, &type))
		return false;
	if (type == ETHERTYPE_ARP || type == ETHERTYPE_CVLAN || type == ETHERTYPE_SVLAN)
		return true;
	if (!span_u8(bytes, ETHERNET_LEN, &version))
		return false;
	return (type == ETHERTYPE_IPV4 && version >> 4 == 4) ||
	       (type == ETHERTYPE_IPV6 && version >> 4 == 6);
}

#endif
