/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/listen_uri.h"

#include "header/flow.h"
#include "lib/tap.h"

static const struct {
	const char *uri, *encap, *address; /* address is "" for any of both versions */
	unsigned version, port;
} good[] = {
	{ "vxlan://", "vxlan", "", 0, 4789 },
	{ "vxlan://:8472", "vxlan", "", 0, 8472 },
	{ "geneve://:0x1234", "geneve", "", 0, 0x1234 },
	{ "vxlan-gpe://10.0.0.1", "vxlan-gpe", "10.0.0.1", 4, 4790 },
	{ "tzsp://0.0.0.0:65535", "tzsp", "0.0.0.0", 4, 65535 },
	{ "gtpu://[::]", "gtpu", "::", 6, 2152 },
	{ "vxlan://[2001:db8::1]:1", "vxlan", "2001:db8::1", 6, 1 },
	{ "vxlan://[::ffff:10.0.0.1]:2", "vxlan", "10.0.0.1", 4, 2 },
	{ "vxlan://[fe80::1%lo]", "vxlan", "fe80::1", 6, 4789 },
};

static const struct {
	const char *uri, *expected;
} bad[] = {
	{ "", "expected NAME://" },
	{ ":4789", "expected NAME://" },
	{ "vxlan:4789", "expected NAME://" },
	{ "vxaln://:4789", "did you mean vxlan://?" },
	{ "gre://", "one of vxlan" },
	{ "erspan2://", "one of vxlan" },
	{ "vxlan:///", "expected vxlan://" },
	{ "vxlan://10.0.0.1/3", "expected vxlan://" },
	{ "vxlan://:", "port: expected" },
	{ "vxlan://:0", "port: expected" },
	{ "vxlan://:65536", "port: expected" },
	{ "vxlan://:1/", "port: expected" },
	{ "vxlan://host", "host is not one" },
	{ "vxlan://10.0.0", "10.0.0 is not one" },
	{ "vxlan://2001:db8::1", "in brackets" },
	{ "vxlan://[]", "IPv6 address in brackets" },
	{ "vxlan://[::1", "expected ]" },
	{ "vxlan://[10.0.0.1]", "IPv6 address in brackets" },
	{ "vxlan://[::1]4789", "expected vxlan://" },
	{ "vxlan://[fe80::1%no-such-one]", "no interface no-such-one" },
	{ "vxlan://1111111111111111111111111111111111111111111111111111111111111111111111111111",
	  "an address of this host" },
};

static void check_parse(void)
{
	struct listen_address address;
	struct error err;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		char text[FLOW_ADDRESS_MAX] = "";
		bool read = listen_uri_parse(&address, good[i].uri, &err);

		if (read && address.version != 0)
			flow_address(address.version, address.address, text);
		ok(read && strcmp(address.encap->name, good[i].encap) == 0 &&
			   address.version == good[i].version && address.port == good[i].port &&
			   strcmp(text, good[i].address) == 0,
		   "%s", good[i].uri);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(!listen_uri_parse(&address, bad[i].uri, &err) &&
			   strstr(err.text, bad[i].expected),
		   "'%s': %s", bad[i].uri, bad[i].expected);
}

int main(void)
{
	check_parse();
	return tap_done();
}
