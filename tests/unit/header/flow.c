/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flows and their hashes. The quick ways to a hash say what flow_hash() says of flow_of(), or
 * nothing: over packets of all kinds, cut at every byte and with every byte changed.
 */
#include "header/flow.h"

#include <arpa/inet.h>

#include "lib/captures.h"
#include "lib/tap.h"

enum { ICMP = 1, TCP = 6, UDP = 17, SCTP = 132 };
enum { IPV4 = 0x0800, IPV6 = 0x86DD, VLAN = 0x8100, QINQ = 0x88A8, MPLS = 0x8847, HEAD = 100 };

static bool flow_at(struct flow *flow, uint32_t linktype, const uint8_t *data, size_t len)
{
	struct headers headers;

	headers_parse(&headers, linktype, span_of(data, len), 0);
	return flow_of(flow, &headers, span_of(data, len));
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

/* What makes flows differ: one number that counts up, in one place. */
static void vary(struct flow *flow, unsigned what, unsigned i)
{
	uint8_t *address = what % 2 ? flow->destination.address : flow->source.address;
	size_t last = flow->version == 4 ? 2 : 14;

	if (what < 2)
		build_be16(address + last, i);
	else if (what < 4)
		*(what % 2 ? &flow->destination.port : &flow->source.port) = (uint16_t)(32768 + i);
	else
		build_be16(address + (flow->version == 4 ? 0 : 6), i);
}

static void test_spread(uint8_t version, unsigned what, const char *name)
{
	enum { FLOWS = 4096, BUCKETS = 64 };
	unsigned high[BUCKETS] = { 0 }, low[BUCKETS] = { 0 }, worst = 0;
	struct flow flow = { .version = version,
			     .protocol = TCP,
			     .has_ports = true,
			     .source = { { 10, 0, 0, 7 }, 32768 },
			     .destination = { { 10, 0, 0, 8 }, 443 } };

	for (unsigned i = 0; i < FLOWS; i++) {
		uint64_t hash;

		vary(&flow, what, i);
		hash = flow_hash(&flow);
		high[hash >> 58]++;
		low[hash % BUCKETS]++;
	}
	for (unsigned i = 0; i < BUCKETS; i++) {
		worst = high[i] > worst ? high[i] : worst;
		worst = low[i] > worst ? low[i] : worst;
	}
	ok(worst < 2 * FLOWS / BUCKETS, "IPv%u: %s spread over high and low bits (%u at most)",
	   version, name, worst);
}

/* Every byte that a flow of that version has; addresses that are none of IP's count whole. */
static void test_bytes(uint8_t version)
{
	struct flow flow = { .version = version, .protocol = UDP, .has_ports = true };
	uint8_t *const field[] = { flow.source.address, flow.destination.address,
				   (uint8_t *)&flow.source.port, (uint8_t *)&flow.destination.port,
				   &flow.protocol };
	const size_t len = version == 4 ? 4 : 16, lens[] = { len, len, 2, 2, 1 };
	uint64_t hash = flow_hash(&flow);
	unsigned wrong = 0;

	for (size_t i = 0; i < sizeof lens / sizeof *lens; i++)
		for (size_t at = 0; at < lens[i]; at++) {
			field[i][at] ^= 0x80;
			wrong += flow_hash(&flow) == hash;
			field[i][at] ^= 0x80;
		}
	is_u64(wrong, 0, "every byte of a flow counts");
}

static void test_hash(void)
{
	static const char *const names[] = { "sources", "destinations", "source ports",
					     "destination ports", "networks" };
	struct flow flow = { .version = 4, .protocol = TCP, .has_ports = true };
	uint64_t tcp;

	flow.destination.port = 443;
	tcp = flow_hash(&flow);
	is_u64(tcp, UINT64_C(7537268227845196596), "the hash of a flow is the same on every host");
	flow.protocol = UDP;
	ok(flow_hash(&flow) != tcp, "protocols hash otherwise");
	flow.version = 6;
	is_u64(flow_hash(&flow), UINT64_C(6755361218635149339), "... of IPv6, too");
	for (uint8_t version = 0; version <= 6; version += 2)
		test_bytes(version);
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		test_spread(4, i, names[i]);
		test_spread(6, i, names[i]);
	}
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

/* Every choice of groups that are 0, with the others of one to four digits in any order:
 * inet_ntop() is a second opinion. */
static void test_address_groups(void)
{
	static const uint16_t values[] = { 1, 0xf, 0x10, 0xab, 0x100, 0xfff, 0x1000, 0xffff };
	unsigned wrong = 0;

	for (unsigned zeros = 0; zeros < 256; zeros++)
		for (unsigned turn = 0; turn < 64; turn++) {
			char text[FLOW_ADDRESS_MAX], want[INET6_ADDRSTRLEN];
			uint8_t address[16] = { 0 };
			struct patch patch = { address, sizeof address };

			for (unsigned i = 0; i < 8; i++)
				if (!(zeros >> i & 1))
					patch_be16(patch, 2 * i,
						   values[(i * (turn / 8 + 1) + turn) % 8]);
			flow_address(6, address, text);
			inet_ntop(AF_INET6, address, want, sizeof want);
			wrong += strcmp(text, want) != 0;
		}
	is_u64(wrong, 0, "addresses of all kinds of groups");
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

static uint64_t asked, answered;

/* True when all ways to the hash of a packet agree, or have no opinion. */
static bool agrees(void *arg, const struct packet *of)
{
	struct span packet = span_of(of->data, of->caplen);
	struct headers headers;
	struct flow flow;
	uint64_t hash;
	int udp_port = flow_hash_usual(of->linktype, packet, &hash);
	bool found, usual = udp_port >= 0;

	(void)arg;
	headers_parse(&headers, of->linktype, packet, 0);
	found = flow_of(&flow, &headers, packet);
	asked++;
	answered += usual;
	return found == (headers.ip_version != 0) &&
	       (!found || flow_hash_packet(&headers, packet) == flow_hash(&flow)) &&
	       (!usual || (found && flow.has_ports && !(headers.flags & HEADERS_ANY_FRAGMENT) &&
			   flow_hash(&flow) == hash &&
			   udp_port == (headers_is_udp(&headers) ? headers.dst_port : 0)));
}

/* From address a to c; both ports are given. */
static struct packet make(struct build *b, bool six, uint8_t protocol, uint8_t a, uint8_t c,
			  uint32_t ports, int tags)
{
	uint16_t type = six ? IPV6 : IPV4;

	build_clear(b);
	build_pad(b, 10, 0x55);
	build_hex(b, "00000000 00000000 00000000 50000000 00000000");
	build_be16(b->room + b->start, ports >> 16);
	build_be16(b->room + b->start + 2, ports & 0xFFFF);
	if (six)
		build_ipv6(b, a, c, protocol);
	else
		build_ipv4(b, a, c, protocol);
	for (int i = 0; i < tags; i++) {
		build_vlan(b, (uint16_t)(i + 1), type);
		type = i == 0 ? VLAN : QINQ;
	}
	build_ethernet(b, type);
	return packet_of(b, NULL);
}

/* True when all agree, and flow_hash_usual() answers or not as it should. */
static bool answers(const struct packet *packet, bool want)
{
	uint64_t before = answered;

	return agrees(NULL, packet) && answered == before + want;
}

static void test_stacks(void)
{
	struct packet packet;
	struct build b;

	for (int tags = 0; tags <= 3; tags++)
		for (int six = 0; six <= 1; six++)
			for (int tcp = 0; tcp <= 1; tcp++) {
				packet = make(&b, six, tcp ? TCP : UDP, 1, 2, 0xC350EA69, tags);
				ok(answers(&packet, tags <= 2), "%d tags, ipv%d, %s: %s", tags,
				   six ? 6 : 4, tcp ? "tcp" : "udp",
				   tags <= 2 ? "a hash, the right one" : "for the parser");
				is_u64(variants_wrong(&packet, HEAD, false, agrees, NULL), 0,
				       "... however it is cut or changed");
			}
}

/* Which end is the lower one: by address, by port, and neither. */
static void test_ends(void)
{
	static const struct {
		uint8_t a, c;
		uint32_t ports;
	} ends[] = { { 1, 2, 0x00070007 }, { 2, 1, 0x00070007 },  { 1, 1, 0x00070009 },
		     { 1, 1, 0x00090007 }, { 1, 1, 0x00070007 },  { 1, 2, 0x00090007 },
		     { 2, 1, 0x00070009 }, { 1, 255, 0xFFFF0000 } };
	struct packet packet;
	struct build b;
	bool good = true;

	for (int six = 0; six <= 1; six++)
		for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
			packet = make(&b, six, UDP, ends[i].a, ends[i].c, ends[i].ports, 0);
			good = good && answers(&packet, true);
		}
	ok(good, "either end may be the lower one");
}

static void test_others(void)
{
	struct build b;
	struct packet packet = make(&b, false, ICMP, 1, 2, 0, 0);
	bool good = answers(&packet, false);

	packet = make(&b, true, SCTP, 1, 2, 0, 0);
	good &= answers(&packet, false);
	packet = make(&b, false, UDP, 1, 2, 0, 0);
	build_be16(b.room + b.start + 20, 0x2000);
	good &= answers(&packet, false);
	packet = make(&b, false, UDP, 1, 2, 0, 0);
	packet.data += 14;
	packet.caplen -= 14;
	packet.linktype = LINK_RAW;
	good &= answers(&packet, false);
	build_be16(b.room + b.start + 12, MPLS);
	packet = packet_of(&b, NULL);
	good &= answers(&packet, false);
	ok(good, "icmp, sctp, a fragment, bare ip and mpls are for the parser");
}

static bool capture_agrees(void *arg, const struct packet *packet)
{
	if (packet->number > 20)
		return agrees(arg, packet);
	return variants_wrong(packet, HEAD, false, agrees, arg) == 0;
}

static void test_captures(void)
{
	asked = answered = 0;
	is_u64(captures_wrong(capture_agrees, NULL), 0, "tests/data: all agree");
	ok(answered > asked / 3 && answered > 100000,
	   "... and many at once: %" PRIu64 " of %" PRIu64, answered, asked);
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
	test_address_groups();
	test_prefixes(4);
	test_prefixes(6);
	test_stacks();
	test_ends();
	test_others();
	test_captures();
	return tap_done();
}
