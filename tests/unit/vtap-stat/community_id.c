/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IDs of the specification's own examples: https://github.com/corelight/community-id-spec,
 * baseline. */
#include "tools/vtap-stat/community_id.h"

#include <arpa/inet.h>

#include "lib/tap.h"

static struct flow make_flow(int family, const char *from, const char *to, uint8_t protocol)
{
	struct flow flow = { .version = family == AF_INET ? 4 : 6, .protocol = protocol };

	inet_pton(family, from, flow.source.address);
	inet_pton(family, to, flow.destination.address);
	return flow;
}

static void is_id(const struct flow *flow, const struct community_id_icmp *icmp, const char *want)
{
	char text[COMMUNITY_ID_SIZE] = "none";

	community_id_write(flow, icmp, text);
	is_str(text, want, want);
}

static void with_ports(int family, const char *from, const char *to, uint8_t protocol,
		       uint16_t from_port, uint16_t to_port, const char *want)
{
	struct flow flow = make_flow(family, from, to, protocol), back = flow;

	flow.has_ports = back.has_ports = true;
	flow.source.port = back.destination.port = from_port;
	flow.destination.port = back.source.port = to_port;
	back.source = flow.destination;
	back.destination = flow.source;
	is_id(&flow, NULL, want);
	is_id(&back, NULL, want);
}

static void with_icmp(int family, const char *from, const char *to, uint8_t type, uint8_t code,
		      const char *want)
{
	struct flow flow = make_flow(family, from, to, family == AF_INET ? 1 : 58);
	struct community_id_icmp icmp = { type, code };

	is_id(&flow, &icmp, want);
}

/* Computed from the specification's text, as its examples have none of these. */
static void test_portless(void)
{
	struct flow gre = make_flow(AF_INET, "10.0.0.2", "10.0.0.1", 47);
	struct flow fragment = make_flow(AF_INET, "10.0.0.1", "10.0.0.2", 17);

	is_id(&gre, NULL, "1:+KlEHDT0vJgzs/eNmzHq0aSpRYw=");
	is_id(&fragment, NULL, "1:nyyyEkjQ5y7prMeFpclqssM1pYM=");
	fragment.protocol = 1;
	is_id(&fragment, NULL, "1:47NQm4XrelhIqVCgeZCTGUPhJyo=");
	/* Unreachable has no answer, so the ends keep their order. */
	with_icmp(AF_INET, "10.0.0.2", "10.0.0.1", 3, 1, "1:JHjlyD5IJJjl3wHWOMj46lLWZag=");
	with_icmp(AF_INET, "10.0.0.1", "10.0.0.2", 3, 1, "1:gkoOC4ouXvyYq0Ek/WqwbLoqcxM=");
}

static void test_none(void)
{
	struct flow flow = make_flow(AF_INET, "10.0.0.1", "10.0.0.2", 136);

	flow.has_ports = true;
	is_id(&flow, NULL, "none");
	flow.protocol = 33;
	is_id(&flow, NULL, "none");
	flow.version = 0;
	flow.protocol = 6;
	is_id(&flow, NULL, "none");
}

int main(void)
{
	with_ports(AF_INET, "128.232.110.120", "66.35.250.204", 6, 34855, 80,
		   "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
	with_ports(AF_INET6, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 6,
		   63943, 25, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=");
	with_ports(AF_INET, "192.168.1.52", "8.8.8.8", 17, 54585, 53,
		   "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
	with_ports(AF_INET, "192.168.170.8", "192.168.170.56", 132, 7, 7,
		   "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=");
	with_icmp(AF_INET, "192.168.0.89", "192.168.0.1", 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=");
	with_icmp(AF_INET, "192.168.0.1", "192.168.0.89", 0, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=");
	with_icmp(AF_INET6, "fe80::260:97ff:fe07:69ea", "ff02::1", 134, 0,
		  "1:pkvHqCL88/tg1k4cPigmZXUtL00=");
	test_portless();
	test_none();
	return tap_done();
}
