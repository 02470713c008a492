/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What GENEVE and GRE name by EtherType and vtap can hand on. */
#ifndef VTAP_ENCAP_ETHERTYPE_H
#define VTAP_ENCAP_ETHERTYPE_H

#include "encap.h"

/* Sets the payload's link type; false for anything but Ethernet, IPv4 and IPv6. */
static inline bool ethertype_linktype(uint16_t ethertype, uint32_t *linktype)
{
	enum { BRIDGED = 0x6558, IPV4 = 0x0800, IPV6 = 0x86DD };

	*linktype = ethertype == BRIDGED ? LINK_ETHERNET : LINK_RAW;
	return ethertype == BRIDGED || ethertype == IPV4 || ethertype == IPV6;
}

#endif
