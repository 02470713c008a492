/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/vtap-decap/capture_filter.h"

#include <netinet/in.h>

#include "filter/expression.h"
#include "lib/captures.h"
#include "lib/peel_select.h"
#include "lib/tap.h"

static char filter[CAPTURE_FILTER_MAX];

static bool compiles(uint32_t linktype)
{
	struct error err = { 0 };
	struct expression *expression = expression_new(filter, &err);
	bool good = expression && expression_compile(expression, linktype, &err);

	if (!good)
		printf("# %s: %s\n", filter, err.text);
	expression_free(expression);
	return good;
}

/* What stands behind the MAC addresses of an Ethernet frame, in front of IPv4. */
static const struct link {
	const char *what, *hex;
} links[] = {
#define MAC "0200000000aa 0200000000bb"
	{ "nothing", "0800" },
	{ "vlan", "8100 0064 0800" },
	{ "qinq", "88a8 0064 8100 0065 0800" },
	{ "0x9100", "9100 0064 8100 0065 0800" },
	{ "0x9200", "9200 0064 0800" },
	{ "0x9300", "9300 0064 8100 0065 0800" },
	{ "0x8200", "8200 0064 0800" },
	{ "vlan, 0x8200", "8100 0064 8200 0065 0800" },
	{ "three tags", "88a8 0064 8100 0065 8100 0066 0800" },
	{ "six tags", "88a8 0064 8100 0065 8100 0066 8100 0067 8100 0068 8100 0069 0800" },
	{ "mpls", "8847 00064140" },
	{ "mpls multicast in vlan", "8100 0064 8848 00064140" },
	{ "pppoe", "8864 11000001 00ff 0021" },
	{ "vn-tag", "8926 00010002 0800" },
	{ "vn-tag, vlan", "8926 00010002 8100 0064 0800" },
	{ "vlan, vn-tag", "8100 0064 8926 00010002 0800" },
	{ "qinq, e-tag", "88a8 0064 8100 0065 893f 000110020304 0800" },
	{ "e-tag", "893f 000110020304 0800" },
	{ "cisco metadata", "8909 0101 00010005 0800" },
	{ "hsr", "892f 00220001 0800" },
	{ "fabricpath", "8903 0460" MAC "0800" },
	{ "fabricpath in vlan", "8100 0064 8903 0460" MAC "0800" },
	{ "i-tag", "88e7 00000064" MAC "0800" },
	{ "i-tag behind a b-tag", "88a8 0064 88e7 00000064" MAC "0800" },
	{ "macsec", "88e5 00 00 00000001 0800" },
	{ "snap", "0080 aaaa03 000000 0800" },
	{ "snap of 802.1H in two vlans", "88a8 0064 8100 0065 0080 aaaa03 0000f8 0800" },
};

static struct expression *expression;
static struct peel peel;

static bool passes(const struct packet *packet)
{
	struct error err;
	bool matched = false;

	return expression_match(expression, packet, &matched, &err) && matched;
}

/* The kernel hands on what the stage takes off. */
static bool keeps_tunnel(void *arg, const struct packet *packet)
{
	if (packet->linktype != LINK_ETHERNET)
		return true;
	peel_select(&peel, NULL, packet->linktype, packet->data, packet->caplen, packet->len);
	*(uint64_t *)arg += peel.count > 0;
	return peel.count == 0 || passes(packet);
}

static void test_link(const struct link *link)
{
	struct interface interface = { .linktype = LINK_ETHERNET };
	struct packet packet;
	uint64_t tunnels = 0;
	struct build b;

	build_clear(&b);
	build_pad(&b, 60, 'x');
	build_hex(&b, "08000000 00000700");
	build_udp(&b, 4789);
	build_ipv4(&b, 1, 2, IPPROTO_UDP);
	build_hex(&b, link->hex);
	build_hex(&b, MAC);
	packet = packet_of(&b, &interface);
	ok(keeps_tunnel(&tunnels, &packet) && tunnels == 1, "vxlan behind %s", link->what);
}

static void test_links(void)
{
	struct interface interface = { .linktype = LINK_ETHERNET };
	struct encap_select select;
	struct packet packet;
	struct error err;
	uint64_t tunnels = 0;
	struct build b;

	encap_select_all(&select);
	capture_filter_text(&select, true, filter);
	expression = expression_new(filter, &err);
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		test_link(&links[i]);
	is_u64(captures_wrong(keeps_tunnel, &tunnels), 0, "tests/data: all tunnels");
	ok(tunnels > 1000, "... %" PRIu64 " of them", tunnels);
	build_clear(&b);
	build_pad(&b, 60, 'x');
	build_udp(&b, 53);
	build_ipv4(&b, 1, 2, IPPROTO_UDP);
	for (int tags = 0; tags <= 2; tags++) {
		struct build frame = b;

		for (int i = 0; i < tags; i++)
			build_vlan(&frame, 100, i == 0 ? 0x0800 : 0x8100);
		build_ethernet(&frame, tags > 0 ? 0x8100 : 0x0800);
		packet = packet_of(&frame, &interface);
		ok(!passes(&packet), "DNS behind %d VLAN tags stays in the kernel", tags);
	}
	build_clear(&b);
	build_pad(&b, 60, 'x');
	build_hex(&b, "0401 0000 00000001 00000001");
	build_ipv4(&b, 1, 2, IPPROTO_AH);
	build_ethernet(&b, 0x0800);
	packet = packet_of(&b, &interface);
	ok(passes(&packet), "what may be a tunnel behind AH over IPv4");
	expression_free(expression);
}

int main(void)
{
	struct encap_select select;
	uint16_t ports[CAPTURE_FILTER_PORTS_MAX];

	encap_select_all(&select);
	capture_filter_text(&select, true, filter);
	ok(compiles(LINK_ETHERNET), "all tunnels, with tags");
	capture_filter_text(&select, false, filter);
	ok(compiles(LINK_RAW) && compiles(LINK_SLL), "... and where there are none");
	is_u64(capture_filter_ports(&select, ports), 9, "nine UDP ports");
	for (select.ports = 0; select.ports < ENCAP_MAX_PORTS; select.ports++) {
		select.port[select.ports].port = (uint16_t)(65535 - select.ports);
		select.port[select.ports].encap = (uint8_t)encap_index(encap_find("vxlan"));
	}
	is_u64(capture_filter_ports(&select, ports), 9 + ENCAP_MAX_PORTS,
	       "... and those of --port");
	capture_filter_text(&select, true, filter);
	ok(strlen(filter) < sizeof(filter) - 1 && compiles(LINK_ETHERNET),
	   "... in the filter, too");
	select.wanted = UINT32_C(1) << encap_index(encap_find("gre"));
	is_u64(capture_filter_ports(&select, ports), 0, "GRE has none");
	capture_filter_text(&select, true, filter);
	ok(compiles(LINK_ETHERNET) && !strstr(filter, "udp") && strstr(filter, "ip proto 47"),
	   "... and its filter no UDP");
	test_links();
	return tap_done();
}
