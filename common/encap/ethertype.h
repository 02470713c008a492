/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What GENEVE and GRE name by EtherType and vtap can hand on. */
#ifndef VTAP_ENCAP_ETHERTYPE_H
#define VTAP_ENCAP_ETHERTYPE_H

#include "encap/ip_version.h"
#include "header/fields.h"

/* Sets the payload's link type; false for anything but Ethernet, IPv4 and IPv6. */
static inline bool ethertype_linktype(uint16_t ethertype, uint32_t *linktype)
{
	*linktype = ethertype == ETHERTYPE_BRIDGED ? LINK_ETHERNET : LINK_RAW;
	return ethertype == ETHERTYPE_BRIDGED || ethertype == ETHERTYPE_IPV4 ||
	       ethertype == ETHERTYPE_IPV6;
}

/* The other way; 0 for what is neither Ethernet nor IP. Link types 228 and 229 have to say the
 * same as the packet does. */
static inline uint16_t ethertype_of(const struct tunnel_build *what)
{
	unsigned version = 0;

	version_read(what->payload, 0, &version);
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
