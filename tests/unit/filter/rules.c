/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/rules.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/build.h"
#include "lib/tap.h"

static struct services *services;

/* Ports of services, as rules may name them. */
static void name_services(void)
{
	static const char text[] = "domain 53/udp\nhttps 443/tcp www\nrwe 4660/tcp\n"
				   "rwe-data 4661/tcp\nsnpp 444/tcp\n";
	char path[] = "/tmp/vtap-services-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, text, sizeof(text) - 1) != sizeof(text) - 1)
		printf("Bail out! %s\n", path);
	close(fd);
	services = services_read(path);
	unlink(path);
}

static struct rules *parse(const char *text)
{
	struct error err = { 0 };
	struct rules *rules = rules_parse("f", span_of(text, strlen(text)), services, &err);

	if (!rules)
		printf("# %s\n", err.text);
	return rules;
}

static void from_hex(struct build *b, const char *link, const char *network, const char *rest)
{
	build_clear(b);
	build_hex(b, rest);
	build_hex(b, network);
	build_hex(b, link);
}

#define MACS  "020000000002 020000000001 "
#define IP4   MACS "0800"
#define IP6   MACS "86dd"
#define SIX   "20010db8 00000000 00000000 00000001 20010db8 00010000 00000000 00000002"
#define SIX_  "60000000 0000 "
#define FOUR  "0a010203 c0000205" /* 10.1.2.3 to 192.0.2.5 */
#define FOUR_ "4500 0000 0000 0000 40"

/* Hexadecimal: link, network and what follows. Lengths of 0 claim nothing (offload). */
static const struct sample {
	const char *name, *link, *network, *rest;
} samples[] = {
	{ "tcp4", IP4, FOUR_ "06 0000" FOUR, "1234 01bb 00000000 00000000 5002 0000 00000000" },
	{ "udp4", IP4, FOUR_ "11 0000" FOUR, "c350 0035 0008 0000" },
	{ "sctp4", IP4, FOUR_ "84 0000" FOUR, "1234 01bb 00000000 00000000" },
	{ "lite4", IP4, FOUR_ "88 0000" FOUR, "1234 01bb 0008 0000" },
	{ "dccp4", IP4, FOUR_ "21 0000" FOUR, "1234 01bb 0400 0000 01000000 00000001" },
	{ "icmp4", IP4, FOUR_ "01 0000" FOUR, "0304 0000 00000000" },
	{ "gre4", IP4, FOUR_ "2f 0000" FOUR, "0000 0800 1234 01bb" },
	{ "first4", IP4, "4500 0000 0000 2000 4011 0000" FOUR, "c350 0035 0008 0000" },
	{ "later4", IP4, "4500 0000 0000 0010 4011 0000" FOUR, "c350 0035 0008 0000" },
	{ "options4", IP4, "4600 0000 0000 0000 4006 0000" FOUR "01010100",
	  "1234 01bb 00000000 00000000 5002 0000 00000000" },
	{ "tcp4-cut", IP4, FOUR_ "06 0000" FOUR, "1234 01" },
	{ "tcp4-ports", IP4, FOUR_ "06 0000" FOUR, "1234 01bb" },
	{ "icmp4-cut", IP4, FOUR_ "01 0000" FOUR, "03" },
	{ "ip4-cut", IP4, "4500 0000 0000 0000 4006 0000 0a010203 c00002", "" },
	{ "tcp6", IP6, SIX_ "06 40" SIX, "1234 01bb 00000000 00000000 5002 0000 00000000" },
	{ "icmp6", IP6, SIX_ "3a 40" SIX, "8000 0000 00000000" },
	{ "udp6-options", IP6, SIX_ "3c 40" SIX, "1100 0104 00000000 c350 0035 0008 0000" },
	{ "udp6-ah", IP6, SIX_ "33 40" SIX, "1101 0000 00000001 00000001 c350 0035 0008 0000" },
	{ "ah6-cut", IP6, SIX_ "3c 40" SIX, "3300 0104 00000000 1101 0000 0000" },
	{ "later6-ah", IP6, SIX_ "2c 40" SIX, "3300 0011 00000009 1101 0000" },
	{ "ah4", IP4, FOUR_ "33 0000" FOUR, "0601 0000 00000001 00000001 1234 01bb" },
	{ "first6", IP6, SIX_ "2c 40" SIX, "1100 0001 00000009 c350 0035 0008 0000" },
	{ "later6", IP6, SIX_ "2c 40" SIX, "1100 0011 00000009 c350 0035 0008 0000" },
	{ "later6-options", IP6, SIX_ "2c 40" SIX, "3c00 0011 00000009 1100 0104 00000000" },
	{ "ext6-cut", IP6, SIX_ "3c 40" SIX, "1100 0104" },
	{ "none6", IP6, SIX_ "3b 40" SIX, "" },
	{ "arp", MACS "0806", "0001 0800 06 04 0001",
	  "020000000001 0a010203 000000000000 c0000205" },
	{ "arp-vlan", MACS "8100 0005 0806", "0001 0800 06 04 0001", "" },
	{ "udp4-vlan", MACS "8100 6064 0800", FOUR_ "11 0000" FOUR, "c350 0035 0008 0000" },
	{ "udp4-qinq", MACS "88a8 0007 8100 0064 0800", FOUR_ "11 0000" FOUR,
	  "c350 0035 0008 0000" },
	{ "vlan-cut", MACS "8100 00", "", "" },
	{ "ip-in-ip", IP4, "4500 0000 0000 0000 4004 0000 01010101 02020202",
	  FOUR_ "11 0000" FOUR "c350 0035 0008 0000" },
	{ "empty", "", "", "" },
};
enum { SAMPLES = sizeof(samples) / sizeof(*samples) };

static enum rules_verdict verdict(const struct rules *rules, const uint8_t *data, size_t len,
				  enum direction direction)
{
	struct span packet = span_of(data, len);
	struct headers headers;

	headers_parse(&headers, LINK_ETHERNET, packet, 0);
	return rules_match(rules, &headers, packet, direction);
}

static const char tcp[] = "tcp4 options4 tcp4-cut tcp4-ports tcp6 ah4 ",
		  all4[] = "tcp4 udp4 sctp4 lite4 dccp4 icmp4 gre4 first4 later4 options4 tcp4-cut "
			   "tcp4-ports icmp4-cut ah4 udp4-vlan udp4-qinq ",
		  all6[] = "tcp6 icmp6 udp6-options udp6-ah ah6-cut later6-ah first6 later6 "
			   "later6-options ext6-cut none6 ";
static const char tcp_ports[] = "tcp4 options4 tcp4-ports tcp6 ah4 ";
static const struct {
	const char *rule, *matches;
} matching[] = {
	{ "tcp", tcp },
	{ "6", tcp },
	{ "udp", "udp4 first4 later4 udp6-options udp6-ah first6 later6 udp4-vlan udp4-qinq " },
	{ "sctp", "sctp4 " },
	{ "icmp", "icmp4 icmp4-cut " },
	{ "icmp6", "icmp6 " },
	{ "ipv6-icmp", "icmp6 " },
	{ "gre", "gre4 " },
	{ "ipip", "ip-in-ip " },
	{ "59", "none6 " },
	{ "60", "" },
	{ "ah", "udp6-ah ah6-cut later6-ah ah4 " },
	{ "51 from 2001:db8::1", "udp6-ah ah6-cut later6-ah " },
	{ "0", "" },
	{ "from 10.1.2.3", all4 },
	{ "from 10.1.0.0/16", all4 },
	{ "from 10.1.2.2/31", all4 },
	{ "from 10.1.2.4/31", "" },
	{ "from 10.1.2.3/32 to 192.0.2.0/24", all4 },
	{ "to 10.1.2.3", "" },
	{ "from 0.0.0.0/1 to 128.0.0.0/1", all4 },
	{ "from 1.1.1.1 to 2.2.2.2", "ip-in-ip " },
	{ "from 2001:db8::1", all6 },
	{ "from 2001:db8::/127 to 2001:db8:1::/48", all6 },
	{ "from 2001:db8::/64 to 2001:db8:1::/65", all6 },
	{ "from 2001:db8:0:0:8000::/65", "" },
	{ "to 2001:db8::/48", "" },
	{ "from ::/0", all6 },
	{ "from ::10.1.2.3", "" },
	{ "from ::ffff:10.1.2.3", "" },
	{ "dport 53", "udp4 first4 udp6-options udp6-ah first6 udp4-vlan udp4-qinq " },
	{ "sport 4660 dport 443", "tcp4 sctp4 lite4 dccp4 options4 tcp4-ports tcp6 ah4 " },
	{ "dport 443 sport 4660 tcp", "tcp4 options4 tcp4-ports tcp6 ah4 " },
	{ "132 sport 4660", "sctp4 " },
	{ "udplite dport 443", "lite4 " },
	{ "dccp sport 4660 dport 443", "dccp4 " },
	{ "33 dport 444", "" },
	{ "sport 4661-65535", "udp4 first4 udp6-options udp6-ah first6 udp4-vlan udp4-qinq " },
	{ "sport 0-4660", "tcp4 sctp4 lite4 dccp4 options4 tcp4-ports tcp6 ah4 " },
	{ "sport 0-65535",
	  "tcp4 udp4 sctp4 lite4 dccp4 first4 options4 tcp4-ports tcp6 udp6-options "
	  "udp6-ah ah4 first6 udp4-vlan udp4-qinq " },
	{ "dport 54-442", "" },
	{ "host 10.1.2.3", all4 },
	{ "host 192.0.2.5", all4 },
	{ "host 2001:db8:1::2", all6 },
	{ "host 10.1.2.4", "" },
	{ "net 10.1.0.0/16", all4 },
	{ "net 192.0.2.0/24", all4 },
	{ "net 1.1.1.0/24", "ip-in-ip " },
	{ "net 2001:db8:1::/48", all6 },
	{ "net 10.1.2.4/31", "" },
	{ "net 10.1.2.3 tcp", "tcp4 options4 tcp4-cut tcp4-ports ah4 " },
	{ "port 53", "udp4 first4 udp6-options udp6-ah first6 udp4-vlan udp4-qinq " },
	{ "port 50000", "udp4 first4 udp6-options udp6-ah first6 udp4-vlan udp4-qinq " },
	{ "portrange 440-450", "tcp4 sctp4 lite4 dccp4 options4 tcp4-ports tcp6 ah4 " },
	{ "portrange 4660", "tcp4 sctp4 lite4 dccp4 options4 tcp4-ports tcp6 ah4 " },
	{ "port 54-442", "" },
	{ "port 443 host 192.0.2.5 tcp", "tcp4 options4 tcp4-ports ah4 " },
	{ "port 4660 net 10.0.0.0/8 tcp", "tcp4 options4 tcp4-ports ah4 " },
	{ "tcp host 192.0.2.5 port 80", "" },
	{ "dport domain", "udp4 first4 udp6-options udp6-ah first6 udp4-vlan udp4-qinq " },
	{ "port domain", "udp4 first4 udp6-options udp6-ah first6 udp4-vlan udp4-qinq " },
	{ "tcp dport https", tcp_ports },
	{ "tcp dport www", tcp_ports },
	{ "tcp sport rwe", tcp_ports },
	{ "tcp sport rwe-data", "" },
	{ "tcp sport rwe-rwe-data", tcp_ports },
	{ "tcp sport rwe-4700", tcp_ports },
	{ "tcp port 400-snpp", tcp_ports },
	{ "tcp dport rwe-data-5000", "" },
	{ "icmp type 3", "icmp4 " },
	{ "icmp type 3 code 4", "icmp4 " },
	{ "code 4 type 3 1", "icmp4 " },
	{ "icmp type 3 code 3", "" },
	{ "icmp type 4", "" },
	{ "icmp6 type 128", "icmp6 " },
	{ "icmp type 128", "" },
	{ "vlan 100", "udp4-vlan " },
	{ "vlan 7", "udp4-qinq " },
	{ "vlan 0-4095", "arp-vlan udp4-vlan udp4-qinq " },
	{ "vlan 0-4095 from any", "udp4-vlan udp4-qinq " },
	{ "vlan 5 dport 0-65535", "" },
	{ "in vlan 100", "" },
};

/* Each clause by the samples that it matches, in the order of the table. */
static void clauses(void)
{
	for (size_t i = 0; i < sizeof(matching) / sizeof(*matching); i++) {
		char text[200], got[1024] = "";
		struct rules *rules;

		snprintf(text, sizeof(text), "include %s", matching[i].rule);
		rules = parse(text);
		for (size_t k = 0; rules && k < SAMPLES; k++) {
			struct build b;

			from_hex(&b, samples[k].link, samples[k].network, samples[k].rest);
			if (verdict(rules, build_data(&b), build_len(&b), DIRECTION_UNKNOWN) ==
			    RULES_INCLUDE)
				strcat(strcat(got, samples[k].name), " ");
		}
		is_str(got, matching[i].matches, text);
		rules_free(rules);
	}
}

static void any_and_all(void)
{
	static const struct {
		const char *text;
		unsigned matches;
	} rows[] = {
		{ "include", SAMPLES },
		{ "include from any", 28 },
		{ "include from any to any", 28 },
		{ "", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rules *rules = parse(rows[i].text);
		unsigned matched = 0;

		for (size_t k = 0; k < SAMPLES; k++) {
			struct build b;

			from_hex(&b, samples[k].link, samples[k].network, samples[k].rest);
			matched += verdict(rules, build_data(&b), build_len(&b), DIRECTION_IN) ==
				   RULES_INCLUDE;
		}
		is_u64(matched, rows[i].matches, *rows[i].text ? rows[i].text : "no rules");
		rules_free(rules);
	}
}

/* Orders, directions and how lines may look, on the sample tcp4. */
static void orders(void)
{
	static const struct {
		const char *text;
		char want[4]; /* direction unknown, in, out: I, E or - */
	} rows[] = {
		{ "include in", "-I-" },
		{ "include out tcp", "--I" },
		{ "exclude in\ninclude", "IEI" },
		{ "include\nexclude in", "III" },
		{ "exclude udp\ninclude tcp\nexclude", "III" },
		{ "exclude udp\ninclude icmp\n", "---" },
		{ "exclude tcp\ninclude", "EEE" },
		{ "\n\n  # only\n\t\ninclude tcp # and why\n#\n", "III" },
		{ "include\ttcp\t\tdport  443 ", "III" },
		{ "include tcp#no blank", "III" },
		{ "exclude udp\r\n\r\n# dos\r\ninclude dport 443\r\n", "III" },
		{ "exclude udp\r\ninclude dport 443\r", "III" },
		{ "# zero \x01\xff in a comment\ninclude", "III" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rules *rules = parse(rows[i].text);
		char got[4] = "";
		struct build b;

		from_hex(&b, samples[0].link, samples[0].network, samples[0].rest);
		for (size_t k = 0; rules && k < 3; k++)
			got[k] = "-IE"[verdict(rules, build_data(&b), build_len(&b),
					       (enum direction)k)];
		is_str(got, rows[i].want, "orders and layout");
		rules_free(rules);
	}
}

static const struct {
	const char *text, *says;
} slips[] = {
	{ "includ", "f:1:1: expected include or exclude, not 'includ'" },
	{ "include\n\n  drop tcp", "f:3:3: expected include or exclude, not 'drop'" },
	{ "INCLUDE", "f:1:1: expected include or exclude, not 'INCLUDE'" },
	{ "include tpc", "f:1:9: expected a clause or a protocol, not 'tpc'" },
	{ "include 256", "f:1:9: expected a clause or a protocol, not '256'" },
	{ "include 6x", "f:1:9: expected a clause or a protocol, not '6x'" },
	{ "include \x1b[2J", "f:1:9: expected a clause or a protocol, not '?[2J'" },
	{ "include in out", "f:1:12: a second clause of this kind" },
	{ "include tcp udp", "f:1:13: a second clause of this kind" },
	{ "include from any from any", "f:1:18: a second clause of this kind" },
	{ "include from", "f:1:13: expected a network, an address or any, not the end of the "
			  "line" },
	{ "include from # any", "f:1:14: expected a network, an address or any, not the end of "
				"the line" },
	{ "include from to any", "f:1:14: expected a network, an address or any, not 'to'" },
	{ "include to 10.0.0", "f:1:12: expected a network, an address or any, not '10.0.0'" },
	{ "include to fe80::1%eth0",
	  "f:1:12: expected a network, an address or any, not 'fe80::1%eth0'" },
	{ "include to 10.0.0.0/33", "f:1:12: expected a prefix of 0 to 32 bits, not "
				    "'10.0.0.0/33'" },
	{ "include to 10.0.0.0/", "f:1:12: expected a prefix of 0 to 32 bits, not '10.0.0.0/'" },
	{ "include to 10.0.0.0/+8",
	  "f:1:12: expected a prefix of 0 to 32 bits, not '10.0.0.0/+8'" },
	{ "include to ::/129", "f:1:12: expected a prefix of 0 to 128 bits, not '::/129'" },
	{ "include to 10.0.0.1/8", "f:1:12: 10.0.0.1/8 has host bits: the network is 10.0.0.0/8" },
	{ "include net 192.168.7.9/30",
	  "f:1:13: 192.168.7.9/30 has host bits: the network is 192.168.7.8/30" },
	{ "include from 2001:db8:ffff::/33",
	  "f:1:14: 2001:db8:ffff::/33 has host bits: the network is 2001:db8:8000::/33" },
	{ "include to 2001:db8::1/64",
	  "f:1:12: 2001:db8::1/64 has host bits: the network is 2001:db8::/64" },
	{ "include to 128.0.0.0/0", "f:1:12: 128.0.0.0/0 has host bits: the network is 0.0.0.0/0" },
	{ "include to 8000::/0", "f:1:12: 8000::/0 has host bits: the network is ::/0" },
	{ "include host 10.0.0.0/8", "f:1:14: expected an address, not '10.0.0.0/8'" },
	{ "include host any", "f:1:14: expected an address, not 'any'" },
	{ "include host example.org", "f:1:14: expected an address, not 'example.org'" },
	{ "include host", "f:1:13: expected an address, not the end of the line" },
	{ "include host 10.0.0.1 net 10.0.0.0/8", "f:1:23: a second clause of this kind" },
	{ "include port 1 portrange 2-3", "f:1:16: a second clause of this kind" },
	{ "include from 10.0.0.1 host 10.0.0.2",
	  "f:1:23: host and net are either end: not with from or to" },
	{ "include net 10.0.0.0/8 to ::1",
	  "f:1:9: host and net are either end: not with from or to" },
	{ "include port 80 dport 90",
	  "f:1:9: port and portrange are either end: not with sport or dport" },
	{ "include icmp port 80",
	  "f:1:14: ports need tcp, udp, sctp, udplite, dccp or no protocol" },
	{ "include port htpps", "f:1:14: expected a port, a service or A-B, up to 65535, not "
				"'htpps'" },
	{ "include port rwe-data-rwe",
	  "f:1:14: expected a port, a service or A-B, up to 65535, not 'rwe-data-rwe'" },
	{ "include dport 65536",
	  "f:1:15: expected a port, a service or A-B, up to 65535, not '65536'" },
	{ "include dport 99999999999999999999",
	  "f:1:15: expected a port, a service or A-B, up to 65535, not '99999999999999999999'" },
	{ "include sport 5-4",
	  "f:1:15: expected a port, a service or A-B, up to 65535, not '5-4'" },
	{ "include sport -4", "f:1:15: expected a port, a service or A-B, up to 65535, not '-4'" },
	{ "include sport 4-", "f:1:15: expected a port, a service or A-B, up to 65535, not '4-'" },
	{ "include sport 1-2-3",
	  "f:1:15: expected a port, a service or A-B, up to 65535, not '1-2-3'" },
	{ "include sport 0x50",
	  "f:1:15: expected a port, a service or A-B, up to 65535, not '0x50'" },
	{ "include vlan 4096", "f:1:14: expected a VLAN or A-B up to 4095, not '4096'" },
	{ "include icmp type 256", "f:1:19: expected a number up to 255, not '256'" },
	{ "include icmp type 3-4", "f:1:19: expected a number up to 255, not '3-4'" },
	{ "include icmp type 3 code", "f:1:25: expected a number up to 255, not the end of the "
				      "line" },
	{ "include type 3", "f:1:9: type needs icmp or icmp6" },
	{ "include tcp type 3", "f:1:13: type needs icmp or icmp6" },
	{ "include icmp code 3", "f:1:14: code needs type" },
	{ "include gre dport 3",
	  "f:1:13: ports need tcp, udp, sctp, udplite, dccp or no protocol" },
	{ "include ah dport 3", "f:1:12: ports need tcp, udp, sctp, udplite, dccp or no protocol" },
	{ "include sport 3 icmp",
	  "f:1:9: ports need tcp, udp, sctp, udplite, dccp or no protocol" },
	{ "include to 10.0.0.1 from ::1", "f:1:9: from and to are of different IP versions" },
	{ "include\rexclude", "f:1:1: expected include or exclude, not 'include?exclude'" },
};

static void errors(void)
{
	for (size_t i = 0; i < sizeof(slips) / sizeof(*slips); i++) {
		struct error err = { 0 };
		struct rules *rules = rules_parse(
			"f", span_of(slips[i].text, strlen(slips[i].text)), services, &err);

		is_str(err.text, slips[i].says, "an error with its place");
		ok(!rules && err.usage, "... of usage");
		rules_free(rules);
	}
}

static void directions(void)
{
	static const struct {
		const char *text;
		bool wanted;
	} rows[] = {
		{ "include\n", false },
		{ "include tcp dport 80\n", false },
		{ "exclude tcp\ninclude in\n", true },
		{ "exclude out udp\n", true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct error err = { 0 };
		struct rules *rules =
			rules_parse("r", span_of(rows[i].text, strlen(rows[i].text)), NULL, &err);

		ok(rules && rules_want_direction(rules) == rows[i].wanted,
		   "rules %zu: do they ask for the direction", i);
		rules_free(rules);
	}
}

/* Without a file of services only numbers are ports. */
static void nameless(void)
{
	static const char text[] = "include port https";
	struct error err = { 0 };
	struct rules *rules = rules_parse("f", span_of(text, strlen(text)), NULL, &err);

	is_str(err.text,
	       "f:1:14: expected a port or A-B up to 65535 (names need /etc/services), not 'https'",
	       "no services");
	rules_free(rules);
}

int main(void)
{
	name_services();
	clauses();
	any_and_all();
	orders();
	errors();
	directions();
	nameless();
	services_free(services);
	return tap_done();
}
