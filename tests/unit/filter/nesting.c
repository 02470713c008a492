/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many tunnels a packet is in, also where its datagrams are fragments or quoted by ICMP. */
#include "filter/nesting.h"

#include "lib/build.h"
#include "lib/tap.h"

enum { UDP = 17, GRE = 47, ICMP = 1, ICMP6 = 58, VXLAN = 4789 };

static struct encap_select all;
static struct encap_table table;

static struct fragment_depths depths;

/* The table of fragments is empty at first. */
static struct nesting nesting_in(const uint8_t *data, size_t len, unsigned most)
{
	struct headers headers;
	struct nesting nesting;

	headers_parse(&headers, LINK_RAW, span_of(data, len), 0);
	nesting_count(&nesting, &headers, &table, &depths, span_of(data, len), most);
	if (nesting.depth > 0)
		ok(nesting_possible(&headers, &table), "the quick look does not rule it out");
	return nesting;
}

static struct nesting nesting_of(const struct build *b, unsigned most)
{
	return nesting_in(build_data(b), build_len(b), most);
}

static void put_vxlan(struct build *b)
{
	build_ethernet(b, 0x0800);
	build_hex(b, "08000000 00000700");
	build_udp(b, VXLAN);
	build_ipv4(b, 5, 9, UDP);
}

static void put_gre(struct build *b)
{
	build_hex(b, "00000800");
	build_ipv4(b, 5, 9, GRE);
}

/* Marks the outermost IPv4 header as that of a fragment. */
static void fragment(struct build *b, uint16_t field)
{
	build_be16(b->room + b->start + 6, field);
}

static void plain(struct build *b)
{
	build_clear(b);
	build_pad(b, 20, 0x55);
	build_udp(b, 53);
	build_ipv4(b, 1, 2, UDP);
}

static void test_depths(void)
{
	struct build b;

	plain(&b);
	is_u64(nesting_of(&b, 9).depth, 0, "no tunnel");
	is_u64(nesting_of(&b, 9).end, 0, "... and no end of one");
	for (unsigned depth = 1; depth <= 6; depth++) {
		if (depth % 2)
			put_vxlan(&b);
		else
			put_gre(&b);
		ok(nesting_of(&b, 9).depth == depth, "%u tunnels", depth);
		ok(nesting_of(&b, 2).depth == (depth < 3 ? depth : 3),
		   "... found, at most one too many");
	}
	is_u64(nesting_of(&b, 9).end, 3 * 24 + 3 * 50 - 14, "... end where the packet begins");
}

static void error(struct build *b, bool six, uint8_t type)
{
	uint8_t *icmp = build_front(b, 8);

	memset(icmp, 0, 8);
	icmp[0] = type;
	if (six)
		build_ipv6(b, 9, 5, ICMP6);
	else
		build_ipv4(b, 9, 5, ICMP);
}

static void test_fragments(void)
{
	struct build b;

	memset(&depths, 0, sizeof(depths));
	plain(&b);
	put_vxlan(&b);
	fragment(&b, 0x2000);
	is_u64(nesting_of(&b, 9).depth, 1, "a first fragment of UDP");
	put_gre(&b);
	fragment(&b, 0x2000);
	is_u64(nesting_of(&b, 9).depth, 2, "... of GRE around it");
	put_vxlan(&b);
	is_u64(nesting_of(&b, 9).depth, 3, "... inside");
	fragment(&b, 0x0010);
	memset(&depths, 0, sizeof(depths));
	is_u64(nesting_of(&b, 9).depth, 0, "a later fragment has no headers");
	put_vxlan(&b);
	is_u64(nesting_of(&b, 9).depth, 1, "... but may be in a tunnel");
}

/* Later fragments are in as many tunnels as the first one, wherever either is seen. */
static void test_later(void)
{
	struct build b;

	memset(&depths, 0, sizeof(depths));
	plain(&b);
	put_vxlan(&b);
	put_vxlan(&b);
	put_vxlan(&b);
	fragment(&b, 0x2000);
	is_u64(nesting_of(&b, 2).depth, 3, "a first fragment in three tunnels");
	fragment(&b, 0x2010);
	is_u64(nesting_of(&b, 2).depth, 3, "... and a later one");
	is_u64(nesting_of(&b, 2).depth, 3, "... which comes twice");
	build_be16(b.room + b.start + 4, 77);
	is_u64(nesting_of(&b, 2).depth, 0, "that of another datagram is in none");

	memset(&depths, 0, sizeof(depths));
	plain(&b);
	put_vxlan(&b);
	fragment(&b, 0x2000);
	put_gre(&b);
	is_u64(nesting_of(&b, 2).depth, 2, "a first fragment of one tunnel, in another");
	plain(&b);
	put_vxlan(&b);
	fragment(&b, 0x0010);
	is_u64(nesting_of(&b, 2).depth, 1, "... its later one, bare");
	put_gre(&b);
	is_u64(nesting_of(&b, 2).depth, 2, "... and in one");
	put_gre(&b);
	put_gre(&b);
	is_u64(nesting_of(&b, 2).depth, 3, "... and in three");

	plain(&b);
	fragment(&b, 0x2000);
	is_u64(nesting_of(&b, 2).depth, 0, "the identification again, in no tunnel");
	fragment(&b, 0x0010);
	is_u64(nesting_of(&b, 2).depth, 0, "... and its later fragment");
}

/* Nobody can tell what is behind the headers of a first fragment that ends within them. */
static void test_short(void)
{
	struct build b;
	uint8_t *exact;
	size_t len;

	memset(&depths, 0, sizeof(depths));
	plain(&b);
	put_vxlan(&b);
	put_vxlan(&b);
	fragment(&b, 0x2000);
	len = build_len(&b);
	for (size_t n = 28; n <= len; n++) {
		exact = build_exact(build_data(&b), n);
		ok(nesting_in(exact, n, 2).depth == (n < 128 ? 3U : 2U),
		   "%zu bytes of a first fragment", n);
		free(exact);
	}
	fragment(&b, 0x0000);
	exact = build_exact(build_data(&b), 60);
	is_u64(nesting_in(exact, 60, 2).depth, 1, "a packet that was cut is no fragment");
	free(exact);
	plain(&b);
	put_vxlan(&b);
	fragment(&b, 0x2000);
	error(&b, false, 3);
	exact = build_exact(build_data(&b), 64);
	is_u64(nesting_in(exact, 64, 2).depth, 1, "what an error quotes may be cut");
	free(exact);
}

static void test_quoted(void)
{
	struct build b;

	plain(&b);
	put_vxlan(&b);
	put_vxlan(&b);
	error(&b, false, 3);
	is_u64(nesting_of(&b, 9).depth, 2, "what an error quotes");
	put_vxlan(&b);
	is_u64(nesting_of(&b, 9).depth, 1, "an error inside is what the tunnel carries");
	plain(&b);
	put_gre(&b);
	error(&b, true, 1);
	is_u64(nesting_of(&b, 9).depth, 1, "ICMPv6");
	plain(&b);
	put_gre(&b);
	error(&b, false, 8);
	is_u64(nesting_of(&b, 9).depth, 0, "an echo request quotes nothing");
}

/* The headers of a tunnel count when they are whole, whatever is behind them. */
static void test_prefixes(void)
{
	size_t good = 0, len;
	struct build b;

	plain(&b);
	put_vxlan(&b);
	put_vxlan(&b);
	len = build_len(&b);
	for (size_t n = 0; n <= len; n++) {
		uint8_t *exact = build_exact(build_data(&b), n);
		struct headers headers;
		struct nesting nesting;

		headers_parse(&headers, LINK_RAW, span_of(exact, n), 0);
		nesting_count(&nesting, &headers, &table, &depths, span_of(exact, n), 9);
		good += nesting.depth == (n >= 36 ? 1U : 0U) + (n >= 86 ? 1U : 0U) &&
			nesting.end <= n;
		free(exact);
	}
	ok(good == len + 1, "every prefix");
}

int main(void)
{
	encap_select_all(&all);
	encap_table_init(&table, &all);
	test_depths();
	test_fragments();
	test_later();
	test_short();
	test_quoted();
	test_prefixes();
	return tap_done();
}
