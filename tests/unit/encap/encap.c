/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the headers of tunnels tell beside their ids, and which codec is asked: by port, protocol,
 * name and id. encap_samples.c has the headers. */
#include "encap/encap.h"
#include "lib/build.h"
#include "lib/tap.h"
#include "lib/tunnel_header.h"

static struct tunnel parse_ok(const char *hex, uint16_t number)
{
	struct encap_select all;
	struct tunnel tunnel = { .encap = NULL };
	uint8_t bytes[64];
	size_t len = build_hex_at(bytes, sizeof bytes, hex);

	encap_select_all(&all);
	ok(parse_bytes(bytes, len, number, &all, &tunnel) == ENCAP_OK, "parses %s", hex);
	return tunnel;
}

static void test_details(void)
{
	struct tunnel t = parse_ok("b0000800 12340000 00000063 89abcdef", GRE);

	ok(t.has_sequence && t.sequence == 0x89abcdef && t.sequence_bits == 32, "gre sequence");
	t = parse_ok("20000800 00000063", GRE);
	ok(!t.has_sequence && t.sequence_bits == 0 && t.payload_len == UINT32_MAX, "gre without");
	t = parse_ok("100088be 00000007 1064e7ff 00012345", GRE);
	ok(t.cut && t.has_sequence && t.sequence == 7 && t.direction == 0, "erspan2 T bit");
	t = parse_ok("100088be 00000007 1064e3ff 00012345", GRE);
	ok(!t.cut, "erspan2 without T bit");
	t = parse_ok("300088be 000000aa 00000007 1064e3ff 00012345", GRE);
	ok(t.id == 1023 && t.sequence == 7, "erspan2: session, not the GRE key");
	t = parse_ok("100022eb 00000007 20640405 11223344 00000008", GRE);
	ok(t.cut && t.direction == 2, "erspan3 T bit, out");
	t = parse_ok("100022eb 00000007 20640005 11223344 00000000", GRE);
	ok(!t.cut && t.direction == 1, "erspan3 in");
	t = parse_ok("32ff0005 00000a0b 1234ffff 45", 2152);
	ok(t.has_sequence && t.sequence == 0x1234 && t.sequence_bits == 16, "gtpu sequence");
	is_u64(t.payload_len, 1, "gtpu payload length");
	t = parse_ok("60000000 0000", 3544);
	is_u64(t.payload_len, UINT32_MAX, "teredo: no length");
	t = parse_ok("60000000 0032", 3544);
	is_u64(t.payload_len, 90, "teredo: trailers are left");
	t = parse_ok("00064140 60", 6635);
	ok(t.first_nibble && !t.varies, "mpls: the first nibble tells");
	t = parse_ok("00064140 00000000 020000000002 020000000001 0806", 6635);
	ok(t.varies, "mpls: a pseudowire is a guess");
	t = parse_ok("31ff0005 00000a0b 12340185 45", 2152);
	ok(!t.has_sequence, "gtpu: no S, no sequence");
}

static enum encap_verdict verdict_of(const struct encap_select *select, const char *hex,
				     uint16_t number, struct tunnel *tunnel)
{
	uint8_t bytes[64];
	size_t len = build_hex_at(bytes, sizeof bytes, hex);

	return parse_bytes(bytes, len, number, select, tunnel);
}

static uint32_t only(const char *name)
{
	return UINT32_C(1) << encap_index(encap_find(name));
}

static void test_wanted(void)
{
	struct encap_select select;
	struct tunnel t;

	encap_select_all(&select);
	select.wanted = only("erspan2");
	ok(verdict_of(&select, "08000000 000bb800", 4789, &t) == ENCAP_NOT_MINE, "vxlan unwanted");
	ok(verdict_of(&select, "0800", 4789, &t) == ENCAP_NOT_MINE, "damaged and unwanted");
	ok(verdict_of(&select, "00006558", GRE, &t) == ENCAP_NOT_MINE, "gre unwanted");
	ok(verdict_of(&select, "000088be", GRE, &t) == ENCAP_NOT_MINE, "erspan1 unwanted");
	ok(verdict_of(&select, "100088be 00000007 1064e7ff 00012345", GRE, &t) == ENCAP_OK,
	   "erspan2 wanted");
}

/* What is easily mistaken is selected by name only. */
static void test_default(void)
{
	static const struct {
		const char *hex;
		uint16_t port;
	} on_request[] = { { "00064140 45", 6635 }, { "00040000 45", 6080 }, { "6000", 3544 } };
	struct encap_select select;
	struct tunnel t;

	encap_select_default(&select);
	for (unsigned i = 0; i < sizeof on_request / sizeof *on_request; i++)
		ok(verdict_of(&select, on_request[i].hex, on_request[i].port, &t) == ENCAP_NOT_MINE,
		   "port %u is off by default", on_request[i].port);
	ok(verdict_of(&select, "3000", ETHERIP, &t) == ENCAP_OK, "others are on");
	select.wanted |= only("teredo");
	ok(verdict_of(&select, "6000", 3544, &t) == ENCAP_OK, "... and on by name");
}

static void test_ids(void)
{
	struct encap_select select;
	struct tunnel t;

	encap_select_all(&select);
	select.ranges = 2;
	select.range[0].first = select.range[0].last = 7;
	select.range[1].first = 100;
	select.range[1].last = 200;
	ok(verdict_of(&select, "08000000 00000700", 4789, &t) == ENCAP_OK, "id in");
	ok(verdict_of(&select, "08000000 00006400", 4789, &t) == ENCAP_OK, "first of a range");
	ok(verdict_of(&select, "08000000 0000c800", 4789, &t) == ENCAP_OK, "last of a range");
	ok(verdict_of(&select, "08000000 0000c900", 4789, &t) == ENCAP_NOT_MINE, "id out");
	select.range[0].first = 0;
	ok(verdict_of(&select, "08000000 00000000", 4789, &t) == ENCAP_OK, "id 0 in");
	ok(verdict_of(&select, "00006558", GRE, &t) == ENCAP_NOT_MINE, "no id is not id 0");
}

static void add_port(struct encap_select *select, uint16_t port, const char *name)
{
	select->port[select->ports].port = port;
	select->port[select->ports++].encap = (uint8_t)encap_index(encap_find(name));
}

static void test_ports(void)
{
	struct encap_select select;
	struct tunnel t;

	encap_select_all(&select);
	add_port(&select, 12345, "vxlan");
	add_port(&select, 4789, "vxlan-gpe");
	ok(verdict_of(&select, "08000000 00000700", 12345, &t) == ENCAP_OK, "added port");
	ok(verdict_of(&select, "0c000001 00000700", 4789, &t) == ENCAP_OK &&
		   strcmp(t.encap->name, "vxlan-gpe") == 0,
	   "an added port goes before the table");
	select.wanted = only("vxlan");
	ok(verdict_of(&select, "08000000 00000700", 4789, &t) == ENCAP_OK &&
		   strcmp(t.encap->name, "vxlan") == 0,
	   "but only when it is wanted");
}

/* By --port or by the codecs' own numbers. */
static bool has_codec(const struct encap_select *select, unsigned index, enum encap_carrier carrier,
		      unsigned number)
{
	const struct encap *encap = encap_at(index);
	bool found = false;

	for (unsigned i = 0; i < 4; i++)
		found |= encap->numbers[i] == number && number != 0 && encap->carrier == carrier;
	for (unsigned i = 0; i < select->ports && carrier == CARRIER_UDP; i++)
		found |= select->port[i].port == number && select->port[i].encap == index;
	return found && (select->wanted >> index & 1) != 0;
}

/* Whether some codec is asked: each finds that an empty header is cut. */
static unsigned wrong_numbers(const struct encap_select *select)
{
	struct encap_table table;
	unsigned wrong = 0;

	encap_table_init(&table, select);
	for (unsigned number = 0; number < 65536 + 256; number++) {
		bool udp = number >= 256, want = false, got;
		unsigned of = udp ? number - 256 : number;
		struct headers headers = headers_of((uint16_t)(udp ? 256 : number));
		struct tunnel t;

		headers.dst_port = (uint16_t)of;
		for (unsigned i = 0; i < encap_count(); i++)
			want |= has_codec(select, i, udp ? CARRIER_UDP : CARRIER_IP, of);
		got = encap_parse(&headers, &table, span_of("", 0), &t) != ENCAP_NOT_MINE;
		wrong += got != want ||
			 (want && udp && !encap_may_be_tunnel(&table, headers.dst_port));
	}
	return wrong;
}

/* Ports of one slot of the table, one port twice, and codecs that are not wanted. */
static void test_numbers(void)
{
	struct encap_select select;
	struct encap_table table;
	struct tunnel t;

	encap_select_all(&select);
	is_u64(wrong_numbers(&select), 0, "every port and protocol");
	encap_table_init(&table, &select);
	ok(!encap_may_be_tunnel(&table, 4789 + ENCAP_PORT_SLOTS), "the same slot, another port");
	add_port(&select, 4789 + ENCAP_PORT_SLOTS, "geneve");
	add_port(&select, 4789 + 2 * ENCAP_PORT_SLOTS, "vxlan");
	add_port(&select, 0, "vxlan");
	add_port(&select, 4790, "vxlan-gpe");
	add_port(&select, 4790, "vxlan");
	is_u64(wrong_numbers(&select), 0, "... with added ports that share slots");
	ok(verdict_of(&select, "00006558 00000700", 4789 + ENCAP_PORT_SLOTS, &t) == ENCAP_OK &&
		   strcmp(t.encap->name, "geneve") == 0 &&
		   verdict_of(&select, "08000000 00000700", 4789, &t) == ENCAP_OK &&
		   strcmp(t.encap->name, "vxlan") == 0,
	   "each port has its codec");
	ok(verdict_of(&select, "0c000003 00000700", 4790, &t) == ENCAP_OK &&
		   strcmp(t.encap->name, "vxlan-gpe") == 0,
	   "the first of two codecs counts");
	select.wanted &= ~(only("vxlan") | only("erspan2"));
	is_u64(wrong_numbers(&select), 0, "... without two codecs");
}

static enum encap_verdict verdict_behind(const struct headers *headers)
{
	static const uint8_t bytes[8] = { 8 };
	struct encap_select all;
	struct encap_table table;
	struct tunnel t;

	encap_select_all(&all);
	encap_table_init(&table, &all);
	return encap_parse(headers, &table, span_of(bytes, sizeof bytes), &t);
}

static void test_headers(void)
{
	struct headers headers = headers_of(4789);

	ok(verdict_behind(&headers) == ENCAP_OK, "behind UDP");
	headers.src_port = 4789;
	headers.dst_port = 1;
	ok(verdict_behind(&headers) == ENCAP_NOT_MINE, "source port");
	headers = headers_of(4789);
	headers.protocol = headers.l4 = 6;
	ok(verdict_behind(&headers) == ENCAP_NOT_MINE, "TCP");
	headers = headers_of(4789);
	headers.end = HEADERS_TRUNCATED;
	ok(verdict_behind(&headers) == ENCAP_NOT_MINE, "cut headers");
	headers = headers_of(4789);
	headers.payload = 9;
	ok(verdict_behind(&headers) == ENCAP_TRUNCATED, "payload past the end");
	headers = headers_of(GRE);
	headers.end = HEADERS_NOT_IP;
	ok(verdict_behind(&headers) == ENCAP_NOT_MINE, "no IP");
	headers.end = HEADERS_FRAGMENT;
	ok(verdict_behind(&headers) == ENCAP_NOT_MINE, "a fragment");
}

static bool shares_number(const struct encap *a, const struct encap *b)
{
	for (unsigned i = 0; i < 4; i++)
		for (unsigned j = 0; j < 4; j++)
			if (a->numbers[i] != 0 && a->numbers[i] == b->numbers[j])
				return a->carrier == b->carrier;
	return false;
}

static void test_table(void)
{
	is_u64(encap_count(), 14, "fourteen encapsulations");
	for (unsigned i = 0; i < encap_count(); i++) {
		const struct encap *encap = encap_at(i);

		ok(encap_find(encap->name) == encap && encap_index(encap) == i, "finds %s",
		   encap->name);
		for (unsigned j = 0; j < i; j++)
			if (shares_number(encap, encap_at(j)))
				ok(encap->numbers[0] == GRE, "only the GRE family shares: %s",
				   encap->name);
	}
	ok(encap_find("ayiya") == NULL && encap_at(encap_count()) == NULL, "nothing else");
}

int main(void)
{
	test_table();
	test_details();
	test_wanted();
	test_default();
	test_ids();
	test_ports();
	test_numbers();
	test_headers();
	return tap_done();
}
