/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transport_name.h"

#include <stddef.h>

/* https://www.iana.org/assignments/protocol-numbers */
const char *transport_name(uint8_t protocol)
{
	static const char *const names[256] = {
		[1] = "icmp",	     [2] = "igmp",	[4] = "ipv4",	      [6] = "tcp",
		[17] = "udp",	     [33] = "dccp",	[41] = "ipv6",	      [46] = "rsvp",
		[47] = "gre",	     [50] = "esp",	[51] = "ah",	      [58] = "ipv6-icmp",
		[59] = "ipv6-nonxt", [88] = "eigrp",	[89] = "ospfigp",     [94] = "ipip",
		[97] = "etherip",    [103] = "pim",	[112] = "vrrp",	      [115] = "l2tp",
		[132] = "sctp",	     [136] = "udplite", [137] = "mpls-in-ip",
	};

	return names[protocol];
}
