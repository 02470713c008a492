/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --by makes of packets. */
#include "key/key.h"

#include "lib/peel_select.h"
#include "lib/tap.h"

static const struct section section = { .serial = 1 };
static struct interface eth0 = { .serial = 1,
				 .section = &section,
				 .linktype = LINK_ETHERNET,
				 .ticks_per_s = 1000000,
				 .name = "eth0" };
static uint8_t bytes[2048];
static size_t used;

static void put(const char *hex)
{
	for (; *hex; hex++) {
		unsigned value;

		if (*hex == ' ')
			continue;
		sscanf(hex++, "%2x", &value);
		bytes[used++] = (uint8_t)value;
	}
}

static void put_ethernet(const char *type)
{
	put("02 00 00 00 00 02  02 00 00 00 00 01");
	put(type);
}

static void put_ipv4(uint8_t protocol, size_t payload, const char *from, const char *to)
{
	size_t len = 20 + payload;

	put("45 00");
	bytes[used++] = (uint8_t)(len >> 8);
	bytes[used++] = (uint8_t)len;
	put("00 00 00 00 40");
	bytes[used++] = protocol;
	put("00 00");
	put(from);
	put(to);
}

static void put_tcp(const char *ports)
{
	put(ports);
	put("00000000 00000000 5000 0000 0000 0000");
}

/* The names of all keys of the packet in bytes, a space between two. */
static const char *keys_of(const char *by)
{
	static struct key keys[KEY_CHOICES];
	static struct key_text text;
	static struct peel peel;
	static char all[4096];
	struct interface_origin taken;
	struct key_spec spec;
	struct packet packet = { .data = bytes,
				 .caplen = (uint32_t)used,
				 .len = (uint32_t)used,
				 .linktype = eth0.linktype,
				 .interface = &eth0 };
	struct error err;
	size_t at = 0;

	if (!key_parse(&spec, by, &err))
		return "usage";
	peel_select(&peel, NULL, packet.linktype, bytes, packet.caplen, packet.len);
	interface_origin_learn(&taken, &eth0);
	for (unsigned i = 0, n = key_make(&spec, &packet, &peel, &taken, keys); i < n; i++) {
		key_write(&spec, &keys[i], &text);
		for (unsigned p = 0; p < text.count; p++)
			at += (size_t)sprintf(all + at, "%s%s",
					      p	  ? ","
					      : i ? " "
						  : "",
					      text.part[p]);
	}
	return all;
}

static void is_key(const char *by, const char *want)
{
	is_str(keys_of(by), want, by);
}

static void test_plain(void)
{
	used = 0;
	put_ethernet("81 00  00 64  81 00  00 c8  08 00");
	put_ipv4(6, 20, "0a 00 00 02", "0a 00 00 01");
	put_tcp("13 88 00 50");
	is_key("source", "eth0");
	is_key("outer-src", "");
	is_key("id", "");
	is_key("encap", "");
	is_key("interface", "eth0");
	is_key("mac-src", "02:00:00:00:00:01");
	is_key("mac", "02:00:00:00:00:01 02:00:00:00:00:02");
	is_key("ip-src", "10.0.0.2");
	is_key("ip-dst", "10.0.0.1");
	is_key("host", "10.0.0.2 10.0.0.1");
	is_key("pair", "10.0.0.1_10.0.0.2");
	is_key("flow", "tcp_10.0.0.1.80_10.0.0.2.5000");
	is_key("vlan", "100.200");
	is_key("linktype", "1");
	is_key("ip-dst,vlan,id", "10.0.0.1,100.200,");
	is_key("mac,host", "02:00:00:00:00:01,10.0.0.2 02:00:00:00:00:02,10.0.0.2 "
			   "02:00:00:00:00:01,10.0.0.1 02:00:00:00:00:02,10.0.0.1");
	is_key("", "usage");
	is_key("flow,", "usage");
	is_key("flow,flow", "usage");
	is_key("flows", "usage");
}

/* The way back has the same keys where direction does not matter. */
static void test_directions(void)
{
	used = 0;
	put_ethernet("08 00");
	put_ipv4(6, 20, "0a 00 00 01", "0a 00 00 02");
	put_tcp("00 50 13 88");
	is_key("pair", "10.0.0.1_10.0.0.2");
	is_key("flow", "tcp_10.0.0.1.80_10.0.0.2.5000");
	used = 0;
	put_ethernet("08 00");
	put_ipv4(6, 20, "0a 00 00 01", "0a 00 00 01");
	put_tcp("00 50 00 50");
	is_key("host", "10.0.0.1");
	is_key("vlan", "");
}

/* VXLAN: addresses are those inside, ids and tags from the outside in. */
static void test_tunnel(void)
{
	used = 0;
	put_ethernet("81 00  00 0a  08 00");
	put_ipv4(17, 8 + 8 + 18 + 20 + 8, "c0 00 02 01", "c0 00 02 02");
	put("c0 00 12 b5 00 3e 00 00  08 00 00 00 00 0b b8 00");
	put("04 00 00 00 00 02  04 00 00 00 00 01  81 00  00 14  08 00");
	put_ipv4(1, 8, "0a 00 00 02", "0a 00 00 01");
	put("08 00 00 00 00 00 00 00");
	is_key("source", "vxlan-3000@192.0.2.1");
	is_key("outer-src", "192.0.2.1");
	is_key("id", "3000");
	is_key("mac", "04:00:00:00:00:01 04:00:00:00:00:02");
	is_key("host", "10.0.0.2 10.0.0.1");
	is_key("flow", "icmp_10.0.0.1_10.0.0.2");
	is_key("vlan", "10.20");
}

static void is_key_on(const char *interface, const char *by, const char *want)
{
	eth0.name = interface;
	is_str(keys_of(by), want, interface);
	eth0.name = "eth0";
}

/* What vtap-decap took off stands in the name of the interface; no tunnel is on. */
static void test_taken(void)
{
	const char *by = "source,outer-src,id,encap";

	used = 0;
	put_ethernet("08 00");
	put_ipv4(6, 20, "0a 00 00 01", "0a 00 00 02");
	put_tcp("00 50 13 88");
	is_key_on("vxlan-3001@10.0.1.6", by, "vxlan-3001@10.0.1.6,10.0.1.6,3001,vxlan");
	is_key_on("geneve-3@10.9.9.9+vxlan-5@2001:db8::1", by,
		  "geneve-3@10.9.9.9+vxlan-5@2001:db8::1,10.9.9.9,3+5,geneve+vxlan");
	is_key_on("gre@10.0.1.5+vxlan-gpe-7@10.0.0.1", by,
		  "gre@10.0.1.5+vxlan-gpe-7@10.0.0.1,10.0.1.5,7,gre+vxlan-gpe");
	is_key_on("gre@10.0.1.5", by, "gre@10.0.1.5,10.0.1.5,,gre");
	is_key_on("more-sources", by, "more-sources,,,");
	is_key_on("vxlan-3001@10.0.1.6", "encap,host", "vxlan,10.0.0.1 vxlan,10.0.0.2");
}

/* A tunnel is still on behind those that were taken off. */
static void test_taken_and_on(void)
{
	const char *by = "source,outer-src,id,encap";

	is_key_on("geneve-3@10.9.9.9", by,
		  "geneve-3@10.9.9.9+vxlan-3000@192.0.2.1,10.9.9.9,3+3000,geneve+vxlan");
	is_key_on("gre@10.9.9.9", by, "gre@10.9.9.9+vxlan-3000@192.0.2.1,10.9.9.9,3000,gre+vxlan");
	is_key_on("more-sources", by, "vxlan-3000@192.0.2.1,192.0.2.1,3000,vxlan");
	is_key_on("eth1", by, "vxlan-3000@192.0.2.1,192.0.2.1,3000,vxlan");
}

static void test_other(void)
{
	char name[3000];
	const char *text;

	used = 0;
	put_ethernet("86 dd");
	put("60000000 0008 11 40  20010db8 00000000 00000000 00000001  20010db8 00000000 00000000 "
	    "00000002  0035 1388 0008 0000");
	is_key("flow", "udp_2001:db8::1.53_2001:db8::2.5000");
	used = 0;
	put_ethernet("08 06");
	is_key("flow", "");
	is_key("host", "");
	eth0.name = NULL;
	eth0.id = 4;
	is_key("source", "if4");
	is_key("interface,linktype", "if4,1");
	eth0.linktype = 147;
	is_key("linktype", "147");
	is_key("mac", "");
	memset(name, 'n', sizeof(name));
	name[2999] = '\0';
	eth0.name = name;
	text = keys_of("interface");
	ok(strlen(text) == 1000 && text[982] == 'n' && text[983] == '~',
	   "a very long interface name is shortened");
}

int main(void)
{
	test_plain();
	test_directions();
	test_tunnel();
	test_taken_and_on();
	test_taken();
	test_other();
	return tap_done();
}
