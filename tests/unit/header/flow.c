/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "header/flow.h"
#include "lib/build.h"
#include "lib/tap.h"

enum { TCP = 6, UDP = 17, ICMP = 1 };

static bool flow_at(struct flow *flow, uint32_t linktype, const uint8_t *data, size_t len)
{
	struct layers layers;

	layers_walk(&layers, linktype, span_of(data, len), 0);
	return flow_of(flow, &layers, span_of(data, len));
}

/* UDP from source to destination (last byte of the address), ports 50000 and 53. */
static void packet(struct build *b, int version, uint8_t source, uint8_t destination)
{
	build_clear(b);
	build_udp(b, 53);
	if (version == 4)
		build_ipv4(b, source, destination, UDP);
	else
		build_ipv6(b, source, destination, UDP);
}

static void swap_ports(struct build *b)
{
	uint8_t *udp = b->room + b->end - 8;

	build_be16(udp, 53);
	build_be16(udp + 2, 50000);
}

static void test_fields(void)
{
	static const uint8_t ipv4[16] = { 10, 0, 0, 7 };
	struct build b;
	struct flow flow;

	packet(&b, 4, 7, 3);
	memset(&flow, 0xA5, sizeof flow);
	ok(flow_at(&flow, LINK_RAW, build_data(&b), build_len(&b)), "ipv4: a flow");
	is_u64(flow.version, 4, "ipv4: version");
	is_u64(flow.protocol, UDP, "ipv4: protocol");
	is_u64(flow.source.port, 50000, "ipv4: source port");
	is_u64(flow.destination.port, 53, "ipv4: destination port");
	ok(memcmp(flow.source.address, ipv4, 16) == 0, "ipv4: source address, the rest zero");
	packet(&b, 6, 7, 3);
	ok(flow_at(&flow, LINK_RAW, build_data(&b), build_len(&b)), "ipv6: a flow");
	is_u64(flow.version, 6, "ipv6: version");
	is_u64(flow.source.address[15] << 8 | flow.destination.address[15], 7 << 8 | 3,
	       "ipv6: addresses");
}

static void test_without(void)
{
	struct build b;
	struct flow flow;

	build_clear(&b);
	build_pad(&b, 8, 0);
	build_ipv4(&b, 1, 2, ICMP);
	ok(flow_at(&flow, LINK_RAW, build_data(&b), build_len(&b)) && !flow.has_ports,
	   "icmp: no ports");
	build_clear(&b);
	build_pad(&b, 28, 0);
	build_ethernet(&b, 0x0806);
	ok(!flow_at(&flow, LINK_ETHERNET, build_data(&b), build_len(&b)), "arp: no flow");
	packet(&b, 4, 1, 2);
	build_be16(b.room + b.start + 6, 185);
	ok(flow_at(&flow, LINK_RAW, build_data(&b), build_len(&b)) && !flow.has_ports,
	   "a later fragment: no ports");
}

static void test_directions(int version)
{
	struct build b;
	struct flow there, back, other;

	packet(&b, version, 1, 2);
	flow_at(&there, LINK_RAW, build_data(&b), build_len(&b));
	packet(&b, version, 2, 1);
	swap_ports(&b);
	flow_at(&back, LINK_RAW, build_data(&b), build_len(&b));
	packet(&b, version, 1, 2);
	swap_ports(&b);
	flow_at(&other, LINK_RAW, build_data(&b), build_len(&b));
	ok(memcmp(&there, &back, sizeof there) != 0, "ipv%d: directions differ", version);
	ok(flow_hash(&there) == flow_hash(&back), "ipv%d: both directions hash alike", version);
	ok(flow_hash(&there) != flow_hash(&other), "ipv%d: ports swapped hash otherwise", version);
	flow_normalise(&there);
	flow_normalise(&back);
	ok(memcmp(&there, &back, sizeof there) == 0, "ipv%d: normalised they are equal", version);
	is_u64(there.source.address[version == 4 ? 3 : 15], 1, "the lower address comes first");
}

/* One host with itself: the port decides. */
static void test_same_address(void)
{
	struct build b;
	struct flow flow;

	packet(&b, 4, 1, 1);
	flow_at(&flow, LINK_RAW, build_data(&b), build_len(&b));
	flow_normalise(&flow);
	is_u64(flow.source.port, 53, "equal addresses: the lower port comes first");
}

static void test_hash(void)
{
	enum { FLOWS = 4096, BUCKETS = 64 };
	unsigned bucket[BUCKETS] = { 0 }, low[BUCKETS] = { 0 }, worst = 0;
	struct flow flow = { .version = 4, .protocol = TCP, .has_ports = true };

	flow.destination.port = 443;
	is_u64(flow_hash(&flow), UINT64_C(16219200460368318687),
	       "the hash of a flow is the same on every host");
	for (unsigned i = 0; i < FLOWS; i++) {
		uint64_t hash;

		flow.source.port = (uint16_t)(32768 + i);
		hash = flow_hash(&flow);
		bucket[hash >> 58]++;
		low[hash % BUCKETS]++;
	}
	for (unsigned i = 0; i < BUCKETS; i++) {
		worst = bucket[i] > worst ? bucket[i] : worst;
		worst = low[i] > worst ? low[i] : worst;
	}
	ok(worst < 2 * FLOWS / BUCKETS, "ports spread over high and low bits (%u at most)", worst);
}

static void test_address(void)
{
	static const struct {
		const char *hex, *text;
	} tests[] = {
		{ "20010db8000000000000000000000001", "2001:db8::1" },
		{ "20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1" },
		{ "20010000000000010000000000000001", "2001:0:0:1::1" },
		{ "20010db80000000000010000000000ab", "2001:db8::1:0:0:ab" },
		{ "00000000000000000000000000000000", "::" },
		{ "fe800000000000000202b3fffe1e8329", "fe80::202:b3ff:fe1e:8329" },
		{ "00000000000000000000ffff0a000001", "::ffff:10.0.0.1" },
	};
	char text[FLOW_ADDRESS_MAX];
	uint8_t address[16];

	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
		build_hex_at(address, sizeof address, tests[i].hex);
		flow_address(6, address, text);
		is_str(text, tests[i].text, tests[i].text);
	}
	build_hex_at(address, sizeof address, "c0000201");
	flow_address(4, address, text);
	is_str(text, "192.0.2.1", "ipv4 address");
}

static void test_prefixes(int version)
{
	struct build b;
	struct flow whole, part;
	size_t len, good = 0, header = version == 4 ? 20 : 40;

	packet(&b, version, 1, 2);
	len = build_len(&b);
	flow_at(&whole, LINK_RAW, build_data(&b), len);
	for (size_t n = 0; n <= len; n++) {
		uint8_t *exact = build_exact(build_data(&b), n);
		bool found = flow_at(&part, LINK_RAW, exact, n);

		good += found == (n >= header) && part.has_ports == (n >= header + 4) &&
			(!part.has_ports || memcmp(&part, &whole, sizeof part) == 0);
		free(exact);
	}
	is_u64(good, len + 1, version == 4 ? "ipv4: every prefix" : "ipv6: every prefix");
}

int main(void)
{
	test_fields();
	test_without();
	test_directions(4);
	test_directions(6);
	test_same_address();
	test_hash();
	test_address();
	test_prefixes(4);
	test_prefixes(6);
	return tap_done();
}
