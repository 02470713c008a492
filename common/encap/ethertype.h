/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The EtherTypes by which GENEVE and GRE name payloads that vtap supports: Ethernet, IPv4 and IPv6.
 * VXLAN-GPE has other numbers, and chooses one by ethertype_of(). */
#ifndef VTAP_ENCAP_ETHERTYPE_H
#define VTAP_ENCAP_ETHERTYPE_H

#include "encap/ip_version.h"
#include "header/fields.h"

/* Sets the link type of a payload with that EtherType. Returns false if it is neither Ethernet nor
 * IP. */
static inline bool ethertype_linktype(uint16_t ethertype, uint32_t *linktype)
{
	*linktype = ethertype == ETHERTYPE_BRIDGED ? LINK_ETHERNET : LINK_RAW;
	return ethertype == ETHERTYPE_BRIDGED || ethertype == ETHERTYPE_IPV4 ||
	       ethertype == ETHERTYPE_IPV6;
}

/* Returns the EtherType of a payload by its link type and IP version; 0 if it is neither Ethernet
 * nor IP, or if its IP version is not the one of its link type (228 and 229). */
static inline uint16_t ethertype_of(const struct tunnel_build *what)
{
	unsigned version = 0;

	ip_version_read(what->payload, 0, &version);
	switch (what->linktype) {
	case LINK_ETHERNET:
		return ETHERTYPE_BRIDGED;
	case LINK_RAW:
	case LINK_RAW_12:
	case LINK_RAW_14:
		break;
	case LINK_IPV4:
		return version == 4 ? ETHERTYPE_IPV4 : 0;
	case LINK_IPV6:
		return version == 6 ? ETHERTYPE_IPV6 : 0;
	default:
		return 0;
	}
	if (version == 4)
		return ETHERTYPE_IPV4;
	return version == 6 ? ETHERTYPE_IPV6 : 0;
}

#endif
