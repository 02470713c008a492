/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames in tunnels of all kinds: those whose headers repeat, and some whose do not. */
#ifndef VTAP_TESTS_LIB_TUNNELS_H
#define VTAP_TESTS_LIB_TUNNELS_H

#include "lib/captures.h"

enum { IPV4 = 0x0800, ARP = 0x0806, IPV6 = 0x86DD, VLAN = 0x8100, QINQ = 0x88A8, MPLS = 0x8847 };
enum { TCP = 6, UDP = 17, TUNNEL_INNERS = 6 };

/* What is inside, by EtherType: UDP, or (TCP) TCP in IPv4. */
static const uint16_t tunnel_inners[TUNNEL_INNERS] = { IPV4, IPV6, VLAN, ARP, MPLS, TCP };

static const struct tunnel_row {
	const char *name;
	uint16_t number; /* UDP port, or IP protocol below 256 */
	uint8_t bare;	 /* carries IP of that version; 0: Ethernet */
	bool repeats;	 /* such headers are learned */
	const char *header;
} tunnel_rows[] = {
	{ "vxlan", 4789, 0, true, "08000000 00000700" },
	{ "vxlan with reserved bits", 8472, 0, true, "08000001 00000701" },
	{ "vxlan-gpe", 4790, 0, true, "0C000003 00000700" },
	{ "vxlan-gpe with IP", 4790, 4, true, "0C000001 00000700" },
	{ "geneve", 6081, 0, true, "00006558 00000700" },
	{ "geneve with options", 6081, 0, true,
	  "04006558 00000700 01020301 aabbccdd 01020300 01020300" },
	{ "geneve with IP", 6081, 6, true, "000086dd 00000700" },
	{ "tzsp", 37008, 0, true, "01000001 01" },
	{ "tzsp with a tag", 37008, 0, false, "01000001 0a01c4 01" },
	{ "gre", 47, 0, true, "00006558" },
	{ "gre with a key", 47, 0, true, "20006558 00000700" },
	{ "gre with a checksum", 47, 4, false, "80000800 12340000" },
	{ "gre with IPv6", 47, 6, true, "200086dd 00000007" },
	{ "erspan1", 47, 0, true, "000088be" },
	{ "ipip", 4, 4, true, "" },
	{ "ip6ip", 41, 6, true, "" },
	{ "etherip", 97, 0, true, "3000" },
	{ "gre with MPLS", 47, 4, true, "00008847 00064140" },
	{ "gre with PPP", 47, 6, true, "0000880b ff030057" },
	{ "geneve with MPLS", 6081, 4, true, "00008847 00000700 00064140" },
	{ "mpls, two labels", 6635, 6, true, "00064040 00065140" },
	{ "gue with an extension", 6080, 6, true, "01290000 00000000" },
	{ "gre with a pseudowire", 47, 0, false, "00008847 00064140 00000000" },
	{ "mpls", 6635, 4, false, "00064140" },
	{ "gue", 6080, 4, false, "00040000" },
	{ "teredo", 3544, 6, false, "" },
	{ "gtpu with Ethernet", 2152, 0, false, "30ff0066 00000007" },
	{ "erspan3", 47, 0, false, "000022eb 20640005 11223344 00000000" },
	{ "geneve with a tap's option", 6081, 0, false, "02006558 00000700 ff560101 00000000" },
	{ "gre with a sequence number", 47, 0, false, "10006558 00000007" },
	{ "erspan2", 47, 0, false, "100088be 00000007 10640001 00000000" },
	{ "gtpu", 2152, 4, false, "30ff0058 00000007" },
	{ "gre with ipip inside", 47, 4, false,
	  "00000800 45000078 00000000 40040000 01020304 05060708" },
	{ "a tunnel inside", 4789, 4, false,
	  "08000000 00000700 020000000001020000000002 0800"
	  "4500007c000000004011000001020304050607 08 c35012b500680000 08000000 00000800" },
	{ "no tunnel", 53, 0, false, "00000000" },
};
enum { TUNNEL_ROWS = sizeof(tunnel_rows) / sizeof(*tunnel_rows) };

/* What is inside: by its EtherType, TCP or UDP. */
static inline void tunnel_inner(struct build *b, const struct tunnel_row *row, int inner)
{
	build_clear(b);
	build_pad(b, 60, 0x55);
	if (inner == TCP)
		build_hex(b, "00500050 00000000 00000000 50000000 00000000");
	else
		build_udp(b, 9);
	if (row->bare == 6 || (row->bare == 0 && inner == IPV6))
		build_ipv6(b, 1, 2, inner == TCP ? TCP : UDP);
	else
		build_ipv4(b, 1, 2, inner == TCP ? TCP : UDP);
	if (row->bare != 0)
		return;
	if (inner == VLAN)
		build_vlan(b, 5, IPV4);
	build_ethernet(b, (uint16_t)(inner == TCP ? IPV4 : inner));
}

/* In IPv4 or IPv6, behind up to three tags. */
static inline struct packet tunnel_frame(struct build *b, const struct tunnel_row *row, int inner,
					 bool six, int tags)
{
	uint8_t protocol = row->number < 256 ? (uint8_t)row->number : UDP;
	uint16_t type = six ? IPV6 : IPV4;

	tunnel_inner(b, row, inner);
	build_hex(b, row->header);
	if (protocol == UDP)
		build_udp(b, row->number);
	if (six)
		build_ipv6(b, 5, 9, protocol);
	else
		build_ipv4(b, 5, 9, protocol);
	for (int i = 0; i < tags; i++) {
		build_vlan(b, 100, type);
		type = i % 2 == 0 ? VLAN : QINQ;
	}
	build_ethernet(b, type);
	return packet_of(b, NULL);
}

#endif
