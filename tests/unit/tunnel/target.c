/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/target.h"

#include "encap/encap.h"
#include "lib/tap.h"

/* What is right, as target_name() and the fields tell it. */
static const struct {
	const char *uri, *name;
	unsigned port;
	const char *host, *zone;
} good[] = {
	{ "vxlan://10.0.2.9/3000", "vxlan-3000@10.0.2.9", 4789, "10.0.2.9", "" },
	{ "vxlan://10.0.2.9:8472/0", "vxlan-0@10.0.2.9", 8472, "10.0.2.9", "" },
	{ "vxlan://10.0.2.9/16777215", "vxlan-16777215@10.0.2.9", 4789, "10.0.2.9", "" },
	{ "vxlan://10.0.2.9:0x1234/0xFFFFFF", "vxlan-16777215@10.0.2.9", 0x1234, "10.0.2.9", "" },
	{ "vxlan://[2001:DB8:0::1]/5", "vxlan-5@2001:db8::1", 4789, "2001:DB8:0::1", "" },
	{ "vxlan://[2001:db8::1]:1/5", "vxlan-5@2001:db8::1", 1, "2001:db8::1", "" },
	{ "vxlan://[fe80::1%eth0]/5", "vxlan-5@fe80::1", 4789, "fe80::1", "eth0" },
	{ "geneve://[fe80::1%a23456789012345]:65535/5", "geneve-5@fe80::1", 65535, "fe80::1",
	  "a23456789012345" },
	{ "vxlan://collector.example.net/5", "vxlan-5@collector.example.net", 4789,
	  "collector.example.net", "" },
	{ "vxlan://sink_1:7/5", "vxlan-5@sink_1", 7, "sink_1", "" },
	{ "vxlan-gpe://10.0.2.9/7", "vxlan-gpe-7@10.0.2.9", 4790, "10.0.2.9", "" },
	{ "geneve://10.0.2.9/7", "geneve-7@10.0.2.9", 6081, "10.0.2.9", "" },
	{ "gre://10.0.2.9", "gre@10.0.2.9", 0, "10.0.2.9", "" },
	{ "gre://10.0.2.9/0", "gre-0@10.0.2.9", 0, "10.0.2.9", "" },
	{ "gre://[::1]/0xffffffff", "gre-4294967295@::1", 0, "::1", "" },
	{ "erspan1://10.0.2.9", "erspan1@10.0.2.9", 0, "10.0.2.9", "" },
	{ "erspan2://10.0.2.9/1023", "erspan2-1023@10.0.2.9", 0, "10.0.2.9", "" },
	{ "erspan3://[2001:db8::1]/0x3ff", "erspan3-1023@2001:db8::1", 0, "2001:db8::1", "" },
};

#define SCHEMES                                                                               \
	"expected one of vxlan://, vxlan-gpe://, geneve://, gre://, erspan1://, erspan2://, " \
	"erspan3://"
#define VNI_RANGE     "VNI: expected a whole number from 0 to 16777215"
#define PORT_RANGE    "port: expected a whole number from 1 to 65535"
#define KEY_RANGE     "key: expected a whole number from 0 to 4294967295"
#define SESSION_RANGE "session: expected a whole number from 0 to 1023"
#define HOST	      "expected an address or a host name"
#define ZONE	      "expected an interface of at most 15 bytes behind %"

static const struct {
	const char *uri, *error;
} bad[] = {
	{ "", SCHEMES },
	{ "vxlan", SCHEMES },
	{ "://10.0.2.9/1", SCHEMES },
	{ "10.0.2.9", SCHEMES },
	{ "udp://10.0.2.9", SCHEMES },
	{ "VXLAN://10.0.2.9/1", "did you mean vxlan://?" },
	{ "vxlan:/10.0.2.9/1", SCHEMES },
	{ "gtpu://10.0.2.9/1", SCHEMES },
	{ "ipip://10.0.2.9", SCHEMES },
	{ "tzsp://10.0.2.9", SCHEMES },
	{ "vxlan://", "expected vxlan://HOST[:PORT]/VNI" },
	{ "vxlan://10.0.2.9", "expected vxlan://HOST[:PORT]/VNI" },
	{ "vxlan-gpe://10.0.2.9:5", "expected vxlan-gpe://HOST[:PORT]/VNI" },
	{ "gre://", "expected gre://HOST[/KEY]" },
	{ "erspan1://", "expected erspan1://HOST" },
	{ "erspan1://10.0.2.9/1", "expected erspan1://HOST" },
	{ "erspan2://10.0.2.9", "expected erspan2://HOST/SESSION" },
	{ "vxlan:///3000", HOST },
	{ "vxlan://:4789/3000", HOST },
	{ "vxlan://user@10.0.2.9/1", HOST },
	{ "vxlan://a b/1", HOST },
	{ "vxlan://10.0.2.300/1", "expected an IPv4 address: 10.0.2.300 is not one" },
	{ "vxlan://10.0.2/1", "expected an IPv4 address: 10.0.2 is not one" },
	{ "vxlan://7/1", "expected an IPv4 address: 7 is not one" },
	{ "vxlan://0.0.0.0/1", "expected an address to send to: 0.0.0.0 is not one" },
	{ "vxlan://[::]/1", "expected an address to send to: :: is not one" },
	{ "vxlan://[::ffff:10.0.2.9]/1",
	  "expected an address to send to: ::ffff:10.0.2.9 is not one" },
	{ "vxlan://2001:db8::1/5", "expected the IPv6 address in brackets" },
	{ "vxlan://fe80::1%eth0/5", "expected the IPv6 address in brackets" },
	{ "vxlan://[2001:db8::1/5", "expected ] behind the IPv6 address" },
	{ "vxlan://[]/5", "expected an IPv6 address in brackets" },
	{ "vxlan://[10.0.2.9]/5", "expected an IPv6 address in brackets" },
	{ "vxlan://[2001:db8::g]/5", "expected an IPv6 address in brackets" },
	{ "vxlan://[%eth0]/5", "expected an IPv6 address in brackets" },
	{ "vxlan://[fe80::1%]/5", ZONE },
	{ "vxlan://[fe80::1%a234567890123456]/5", ZONE },
	{ "vxlan://[::1]x/5", "expected vxlan://HOST[:PORT]/VNI" },
	{ "vxlan://10.0.2.9:/5", PORT_RANGE },
	{ "vxlan://10.0.2.9:0/5", PORT_RANGE },
	{ "vxlan://10.0.2.9:65536/5", PORT_RANGE },
	{ "vxlan://10.0.2.9:-1/5", PORT_RANGE },
	{ "vxlan://10.0.2.9:4789x/5", PORT_RANGE },
	{ "gre://10.0.2.9:47", "expected no port: gre has none" },
	{ "erspan2://[::1]:47/5", "expected no port: erspan2 has none" },
	{ "vxlan://10.0.2.9/", VNI_RANGE },
	{ "vxlan://10.0.2.9/16777216", VNI_RANGE },
	{ "vxlan://10.0.2.9/0x", VNI_RANGE },
	{ "vxlan://10.0.2.9/5/", VNI_RANGE },
	{ "vxlan://10.0.2.9/ 5", VNI_RANGE },
	{ "vxlan://10.0.2.9/00000000000000000000000000000000000005", VNI_RANGE },
	{ "geneve://10.0.2.9/five", VNI_RANGE },
	{ "gre://10.0.2.9/", KEY_RANGE },
	{ "gre://10.0.2.9/4294967296", KEY_RANGE },
	{ "erspan2://10.0.2.9/1024", SESSION_RANGE },
	{ "erspan3://10.0.2.9/0x400", SESSION_RANGE },
};

static void test_good(void)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct target target;
		struct error err = { .text = "" };
		char name[TARGET_NAME_MAX] = "";

		if (!ok(target_parse(&target, good[i].uri, &err), "%s", good[i].uri)) {
			printf("#   %s\n", err.text);
			continue;
		}
		target_name(&target, name);
		is_str(name, good[i].name, "its name");
		is_str(target.host, good[i].host, "its host");
		ok(target.port == good[i].port && strcmp(target.zone, good[i].zone) == 0,
		   "its port and zone");
	}
}

static void test_bad(void)
{
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct target target;
		struct error err = { .text = "" };

		ok(!target_parse(&target, bad[i].uri, &err) && err.usage, "no target: '%s'",
		   bad[i].uri);
		is_str(err.text, bad[i].error, "and why");
	}
}

/* A name of the greatest length, and one byte more. */
static void test_long(void)
{
	char uri[TARGET_HOST_MAX + 32] = "vxlan://", name[TARGET_NAME_MAX];
	struct target target;
	struct error err;

	memset(uri + 8, 'a', TARGET_HOST_MAX);
	strcpy(uri + 8 + TARGET_HOST_MAX, "/16777215");
	ok(target_parse(&target, uri, &err) && strlen(target.host) == TARGET_HOST_MAX &&
		   target.version == 0,
	   "the longest name");
	target_name(&target, name);
	is_u64(strlen(name), strlen("vxlan-16777215@") + TARGET_HOST_MAX, "is whole");
	strcpy(uri + 8 + TARGET_HOST_MAX, "a/16777215");
	ok(!target_parse(&target, uri, &err), "a name that is too long");
}

static void test_envelope(void)
{
	struct target target;
	struct outer_header outer_header;
	struct error err;

	ok(target_parse(&target, "vxlan://[2001:db8::7]:99/5", &err), "a target");
	target_outer_header(&target, &outer_header);
	ok(outer_header.encap == encap_find("vxlan") && outer_header.version == 6 &&
		   outer_header.port == 99 && outer_header.ttl == 64 && outer_header.dscp == 0 &&
		   memcmp(outer_header.destination, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7",
			  16) == 0,
	   "makes an outer_header");
}

int main(void)
{
	test_good();
	test_bad();
	test_long();
	test_envelope();
	return tap_done();
}
