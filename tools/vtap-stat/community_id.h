/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Community ID v1 with seed 0: a name of a flow that Zeek, Suricata, Wireshark and others make of
 * the same flow, https://github.com/corelight/community-id-spec.
 */
#ifndef VTAP_STAT_COMMUNITY_ID_H
#define VTAP_STAT_COMMUNITY_ID_H

#include "header/flow.h"

enum { COMMUNITY_ID_SIZE = 31 }; /* bytes of its text, with its NUL */

/* Type and code of the first packet of a flow of ICMP or ICMPv6. */
struct community_id_icmp {
	uint8_t type, code;
};

/*
 * Writes the ID of a flow; both directions have one ID. For ICMP and ICMPv6, type and code of *icmp
 * take the place of ports. Flows without ports, such as those of fragments (icmp is NULL then),
 * have an ID of their addresses and protocol. Returns false, and writes nothing, if the flow has
 * none: UDP-Lite and DCCP have ports that the specification knows nothing of, and MACs are no
 * addresses to it.
 */
bool community_id_write(const struct flow *flow, const struct community_id_icmp *icmp,
			char text[COMMUNITY_ID_SIZE]);

#endif
