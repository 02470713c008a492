/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/sample.h"

#include "header/flow.h"
#include "lib/build.h"
#include "lib/tap.h"

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_ARP = 0x0806, ETHERTYPE_IPV6 = 0x86DD };
enum { ICMP = 1, TCP = 6, UDP = 17, OPTIONS = 60, FRAGMENT = 44 };

static uint64_t hash_as(const struct build *b, uint32_t linktype)
{
	struct span packet = span_of(build_data(b), build_len(b));
	struct headers headers;

	headers_parse(&headers, linktype, packet, 0);
	return sample_hash(&headers, packet);
}

static uint64_t hash(const struct build *b)
{
	return hash_as(b, LINK_ETHERNET);
}

static void put_udp(struct build *b, uint16_t sport, uint16_t dport)
{
	build_udp(b, dport);
	build_be16(b->room + b->start, sport);
}

static uint64_t udp4(uint8_t source, uint16_t sport, uint8_t destination, uint16_t dport)
{
	struct build b;

	build_clear(&b);
	build_pad(&b, 32, 7);
	put_udp(&b, sport, dport);
	build_ipv4(&b, source, destination, UDP);
	build_ethernet(&b, ETHERTYPE_IPV4);
	return hash(&b);
}

static uint64_t by_hex(const char *hex, uint32_t linktype)
{
	struct build b;

	build_clear(&b);
	build_hex(&b, hex);
	return hash_as(&b, linktype);
}

/* The same from all hosts, for ever: a change of these numbers changes which flows a new version
 * takes while an old one still runs elsewhere. */
static void fixed(void)
{
	is_u64(udp4(1, 1000, 2, 53), UINT64_C(12886522700336883717),
	       "the hash is what it always was: IPv4");
	is_u64(by_hex("020000000002 020000000001 0806", LINK_ETHERNET),
	       UINT64_C(17959833704988041295), "... and of a MAC pair");
}

static void directions(void)
{
	struct build b, back;

	is_u64(udp4(1, 1000, 2, 53), udp4(2, 53, 1, 1000), "both directions, IPv4");
	ok(udp4(1, 1000, 2, 53) != udp4(1, 53, 2, 1000), "ports stay with their address");
	ok(udp4(1, 1000, 2, 53) != udp4(1, 1001, 2, 53), "another port, another flow");
	ok(udp4(1, 1000, 2, 53) != udp4(1, 1000, 3, 53), "another address, another flow");
	build_clear(&b);
	put_udp(&b, 1000, 53);
	build_ipv6(&b, 1, 2, UDP);
	build_ethernet(&b, ETHERTYPE_IPV6);
	build_clear(&back);
	put_udp(&back, 53, 1000);
	build_ipv6(&back, 2, 1, UDP);
	build_vlan(&back, 5, ETHERTYPE_IPV6);
	build_ethernet(&back, 0x8100);
	is_u64(hash(&b), hash(&back), "both directions, IPv6, one of them tagged");
}

static uint64_t fragment4(uint16_t offset_field, uint16_t sport)
{
	struct build b;

	build_clear(&b);
	build_pad(&b, 32, (uint8_t)sport);
	put_udp(&b, sport, 53);
	build_ipv4(&b, 1, 2, UDP);
	build_be16(b.room + b.start + 6, offset_field);
	build_ethernet(&b, ETHERTYPE_IPV4);
	return hash(&b);
}

/* With destination options between the fragment header and UDP: the parser sees UDP in the first
 * only. */
static uint64_t fragment6(uint16_t offset_field, bool back)
{
	struct build b;

	build_clear(&b);
	put_udp(&b, 1000, 53);
	build_hex(&b, "11 00 01 04 00 00 00 00");
	build_hex(&b, "3c 00 00 00 00 00 00 09");
	build_be16(b.room + b.start + 2, offset_field);
	build_ipv6(&b, back ? 2 : 1, back ? 1 : 2, FRAGMENT);
	build_ethernet(&b, ETHERTYPE_IPV6);
	return hash(&b);
}

static void fragments(void)
{
	is_u64(fragment4(0x2000, 1000), fragment4(185, 9), "IPv4: first and last fragment");
	is_u64(fragment4(0x2000 | 185, 5), fragment4(185, 9), "IPv4: the middle one");
	ok(fragment4(0x2000, 1000) != fragment4(0, 1000), "whole packets have ports");
	is_u64(fragment4(0x4000, 1000), fragment4(0, 1000), "DF is no fragment");
	is_u64(fragment6(1, false), fragment6(1448, false), "IPv6: first and last fragment");
	is_u64(fragment6(1, false), fragment6(1449, true), "... and the other direction");
}

static void links(void)
{
	static const char out[] = "020000000002 020000000001 0806 0001",
			  back[] = "020000000001 020000000002 0806 0002",
			  other[] = "020000000003 020000000001 0806 0001";

	is_u64(by_hex(out, LINK_ETHERNET), by_hex(back, LINK_ETHERNET), "ARP: the MAC pair");
	ok(by_hex(out, LINK_ETHERNET) != by_hex(other, LINK_ETHERNET), "... another pair");
	ok(by_hex("0000 0001 0006 0200000000010000 0806", LINK_SLL) !=
		   by_hex("0000 0001 0006 0200000000020000 0806", LINK_SLL),
	   "SLL: the source");
	is_u64(by_hex("0000 0001 0006 0200000000010000 0806", LINK_SLL),
	       by_hex("000000000000 020000000001 0806", LINK_ETHERNET),
	       "... as in the Ethernet header that it will be given");
	is_u64(by_hex("0806 0000 00000001 0001 00 06 0200000000010000", LINK_SLL2),
	       by_hex("000000000000 020000000001 0806", LINK_ETHERNET), "SLL2: likewise");
	is_u64(by_hex("01020304", 147), by_hex("05060708", 147), "an unknown link is one flow");
}

/* Chosen flows are one in N, and spread over source ports and targets, which flow_hash() picks. */
static void spread(void)
{
	unsigned taken = 0, target[4] = { 0 }, flows = 40000, wrong = 0, low, high;

	for (unsigned i = 0; i < flows; i++) {
		struct headers headers;
		struct span packet;
		struct build b;
		struct flow flow;

		build_clear(&b);
		put_udp(&b, (uint16_t)(1024 + i), 53);
		build_ipv4(&b, 1, 2, UDP);
		build_ethernet(&b, ETHERTYPE_IPV4);
		packet = span_of(build_data(&b), build_len(&b));
		headers_parse(&headers, LINK_ETHERNET, packet, 0);
		wrong += sample_flow(4, &headers, packet) !=
			 (sample_hash(&headers, packet) % 4 == 0);
		if (!sample_flow(4, &headers, packet))
			continue;
		taken++;
		flow_of(&flow, &headers, packet);
		target[flow_hash(&flow) % 4]++;
	}
	ok(taken > flows / 4 - flows / 50 && taken < flows / 4 + flows / 50,
	   "about one flow in four: %u of %u", taken, flows);
	is_u64(wrong, 0, "... those whose hash is a multiple of four");
	low = high = target[0];
	for (unsigned i = 1; i < 4; i++) {
		low = target[i] < low ? target[i] : low;
		high = target[i] > high ? target[i] : high;
	}
	ok(low > taken / 5 && high < taken / 3, "... over four targets: %u to %u each", low, high);
}

static void counting(void)
{
	static const struct {
		uint64_t every;
		const char *taken;
	} rows[] = { { 0, "1111111111" }, { 1, "1111111111" },	{ 2, "1010101010" },
		     { 3, "1001001001" }, { 10, "1000000000" }, { UINT64_MAX, "1000000000" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sample sample = { .every = rows[i].every };
		char taken[11] = "", name[40];

		for (size_t k = 0; k < 10; k++)
			taken[k] = sample_next(&sample) ? '1' : '0';
		snprintf(name, sizeof(name), "one in %" PRIu64, rows[i].every);
		is_str(taken, rows[i].taken, name);
	}
}

/* Every prefix, in memory of that size, so that ASan sees a byte too many. */
static void prefixes(void)
{
	static const uint32_t links[] = { LINK_ETHERNET, LINK_SLL, LINK_SLL2, LINK_RAW, LINK_NULL };
	struct build b;
	unsigned done = 0;

	build_clear(&b);
	put_udp(&b, 1000, 53);
	build_hex(&b, "11 00 01 04 00 00 00 00");
	build_hex(&b, "3c 00 00 01 00 00 00 09");
	build_ipv6(&b, 1, 2, FRAGMENT);
	build_vlan(&b, 5, ETHERTYPE_IPV6);
	build_ethernet(&b, 0x8100);
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		for (size_t len = 0; len <= build_len(&b); len++, done++) {
			uint8_t *exact = build_exact(build_data(&b), len);
			struct span packet = span_of(exact, len);
			struct headers headers;

			headers_parse(&headers, links[i], packet, 0);
			sample_flow(3, &headers, packet);
			free(exact);
		}
	}
	ok(done > 300, "every prefix");
}

int main(void)
{
	fixed();
	directions();
	fragments();
	links();
	spread();
	counting();
	prefixes();
	return tap_done();
}
