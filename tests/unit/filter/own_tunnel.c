/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is own tunnel and what is real traffic to the same collector. */
#include "filter/own_tunnel.h"

#include "encap/encap.h"
#include "header/ip_fragment.h"
#include "lib/build.h"
#include "lib/tap.h"

enum { UDP = 17, TCP = 6, ICMP = 1, ICMP6 = 58, GRE = 47 };
enum { LOCAL = 7, TARGET = 9, OTHER = 3 };

/* What the callback was asked: only for packets to a target. */
static unsigned asked;

static bool is_local(void *arg, uint8_t version, const uint8_t *address)
{
	asked++;
	return address[version == 4 ? 3 : 15] == *(uint8_t *)arg;
}

static uint8_t local = LOCAL;

static struct outer_header envelope_to(const char *encap, uint8_t version, uint8_t last)
{
	static const uint8_t four[] = { 10, 0, 0, 0 }, six[] = { 0x20, 0x01, 0x0d, 0xb8 };
	struct outer_header outer_header;

	outer_header_init(&outer_header, encap_find(encap), version);
	memcpy(outer_header.source, version == 4 ? four : six, 4);
	memcpy(outer_header.destination, version == 4 ? four : six, 4);
	outer_header.source[version == 4 ? 3 : 15] = LOCAL;
	outer_header.destination[version == 4 ? 3 : 15] = last;
	return outer_header;
}

static void begin(struct own_tunnel *own, bool fragments, const char *encap, uint8_t version)
{
	struct outer_header outer_header = envelope_to(encap, version, TARGET);

	own_tunnel_init(own, fragments, is_local, &local);
	own_tunnel_set(own, 0, &outer_header);
}

static bool is_own(struct own_tunnel *own, uint32_t linktype, const uint8_t *data, size_t len)
{
	struct headers headers;

	headers_parse(&headers, linktype, span_of(data, len), 0);
	return own_tunnel_is(own, &headers, span_of(data, len));
}

static bool built_is_own(struct own_tunnel *own, uint32_t linktype, const struct build *b)
{
	return is_own(own, linktype, build_data(b), build_len(b));
}

/* UDP with 20 bytes, or another protocol with as many. */
static void packet(struct build *b, uint8_t version, uint8_t source, uint8_t destination,
		   uint8_t protocol, uint16_t port)
{
	build_clear(b);
	build_pad(b, 20, 0x55);
	if (protocol == UDP)
		build_udp(b, port);
	if (version == 4)
		build_ipv4(b, source, destination, protocol);
	else
		build_ipv6(b, source, destination, protocol);
}

static const struct row {
	const char *name, *encap;
	uint8_t target_version, version, source, destination, protocol;
	uint16_t port;
	bool own;
	unsigned asked;
} rows[] = {
	{ "vxlan", "vxlan", 4, 4, LOCAL, TARGET, UDP, 4789, true, 1 },
	{ "vxlan over ipv6", "vxlan", 6, 6, LOCAL, TARGET, UDP, 4789, true, 1 },
	{ "geneve", "geneve", 4, 4, LOCAL, TARGET, UDP, 6081, true, 1 },
	{ "gre", "gre", 4, 4, LOCAL, TARGET, GRE, 0, true, 1 },
	{ "erspan over ipv6", "erspan2", 6, 6, LOCAL, TARGET, GRE, 0, true, 1 },
	{ "another port", "vxlan", 4, 4, LOCAL, TARGET, UDP, 53, false, 0 },
	{ "a port with the same lower bits", "vxlan", 4, 4, LOCAL, TARGET, UDP, 4789 ^ 0x0100,
	  false, 0 },
	{ "another protocol", "vxlan", 4, 4, LOCAL, TARGET, GRE, 0, false, 0 },
	{ "udp to a gre target", "gre", 4, 4, LOCAL, TARGET, UDP, 4789, false, 0 },
	{ "from somebody else", "vxlan", 4, 4, OTHER, TARGET, UDP, 4789, false, 1 },
	{ "to somebody else", "vxlan", 4, 4, LOCAL, OTHER, UDP, 4789, false, 0 },
	{ "back from the target", "vxlan", 4, 4, TARGET, LOCAL, UDP, 4789, false, 0 },
	{ "the other version", "vxlan", 6, 4, LOCAL, TARGET, UDP, 4789, false, 0 },
	{ "the other version, gre", "gre", 4, 6, LOCAL, TARGET, GRE, 0, false, 0 },
	{ "tcp", "vxlan", 4, 4, LOCAL, TARGET, TCP, 0, false, 0 },
};

static void test_rows(void)
{
	static struct own_tunnel own;
	struct build b;

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];

		begin(&own, false, row->encap, row->target_version);
		packet(&b, row->version, row->source, row->destination, row->protocol, row->port);
		asked = 0;
		ok(built_is_own(&own, LINK_RAW, &b) == row->own && asked == row->asked, "%s",
		   row->name);
	}
}

static void test_stack(void)
{
	static struct own_tunnel own;
	struct build b;

	begin(&own, false, "vxlan", 4);
	packet(&b, 4, LOCAL, TARGET, UDP, 4789);
	build_vlan(&b, 5, 0x0800);
	build_vlan(&b, 6, 0x8100);
	build_ethernet(&b, 0x88a8);
	ok(built_is_own(&own, LINK_ETHERNET, &b), "behind two tags");
	build_clear(&b);
	build_pad(&b, 40, 0);
	build_ethernet(&b, 0x0806);
	ok(!built_is_own(&own, LINK_ETHERNET, &b), "arp");
}

static void test_changes(void)
{
	static struct own_tunnel own;
	struct outer_header outer_header = envelope_to("vxlan", 4, OTHER);
	struct build b;

	own_tunnel_init(&own, false, is_local, &local);
	packet(&b, 4, LOCAL, OTHER, UDP, 4789);
	ok(!built_is_own(&own, LINK_RAW, &b), "no target, no tunnel");
	own_tunnel_set(&own, OWN_TUNNEL_TARGETS_MAX - 1, &outer_header);
	ok(built_is_own(&own, LINK_RAW, &b), "the last target alone");
	own_tunnel_set(&own, OWN_TUNNEL_TARGETS_MAX, NULL);
	outer_header.destination[3] = TARGET;
	own_tunnel_set(&own, OWN_TUNNEL_TARGETS_MAX - 1, &outer_header);
	ok(!built_is_own(&own, LINK_RAW, &b), "not its former address");
	packet(&b, 4, LOCAL, TARGET, UDP, 4789);
	ok(built_is_own(&own, LINK_RAW, &b), "but the new one");
	outer_header.port = 8472;
	own_tunnel_set(&own, OWN_TUNNEL_TARGETS_MAX - 1, &outer_header);
	ok(!built_is_own(&own, LINK_RAW, &b), "not its former port");
	packet(&b, 4, LOCAL, TARGET, UDP, 8472);
	ok(built_is_own(&own, LINK_RAW, &b), "but the new one");
	own_tunnel_set(&own, OWN_TUNNEL_TARGETS_MAX - 1, NULL);
	ok(!built_is_own(&own, LINK_RAW, &b), "a target that is gone");
}

/* An error about what packet() made, cut to quote_len bytes, on its way from a router. */
static void error(struct build *b, uint8_t version, uint8_t type, size_t quote_len)
{
	if (quote_len < build_len(b))
		b->end = b->start + quote_len;
	memset(build_front(b, 8), 0, 8);
	b->room[b->start] = type;
	if (version == 4)
		build_ipv4(b, OTHER, LOCAL, ICMP);
	else
		build_ipv6(b, OTHER, LOCAL, ICMP6);
}

static void test_errors(uint8_t version)
{
	static const uint8_t yes4[] = { 3, 4, 5, 11, 12 }, yes6[] = { 1, 2, 3, 4, 3 };
	static const uint8_t no4[] = { 0, 8, 13 }, no6[] = { 128, 129, 135 };
	static struct own_tunnel own;
	size_t header = version == 4 ? 20 : 40;
	struct build b;

	begin(&own, false, "vxlan", version);
	for (unsigned i = 0; i < 5; i++) {
		packet(&b, version, LOCAL, TARGET, UDP, 4789);
		error(&b, version, version == 4 ? yes4[i] : yes6[i], header + 8);
		ok(built_is_own(&own, LINK_RAW, &b), "ipv%d: an error of kind %u", version, i);
	}
	for (unsigned i = 0; i < 3; i++) {
		packet(&b, version, LOCAL, TARGET, UDP, 4789);
		error(&b, version, version == 4 ? no4[i] : no6[i], header + 8);
		ok(!built_is_own(&own, LINK_RAW, &b), "ipv%d: no error, kind %u", version, i);
	}
	packet(&b, version, LOCAL, TARGET, UDP, 53);
	error(&b, version, version == 4 ? 3 : 1, 100);
	ok(!built_is_own(&own, LINK_RAW, &b), "ipv%d: an error about real traffic", version);
	packet(&b, version, OTHER, TARGET, UDP, 4789);
	error(&b, version, version == 4 ? 3 : 1, 100);
	ok(!built_is_own(&own, LINK_RAW, &b), "ipv%d: an error about somebody's tunnel", version);
	begin(&own, false, "gre", version);
	packet(&b, version, LOCAL, TARGET, GRE, 0);
	error(&b, version, version == 4 ? 3 : 1, header);
	ok(built_is_own(&own, LINK_RAW, &b), "ipv%d: an error about gre, no byte of it", version);
}

enum { PARTS_MAX = 8 };

struct parts {
	uint8_t bytes[PARTS_MAX][1514];
	size_t len[PARTS_MAX];
	unsigned count;
};

static void fragment(struct parts *parts, const struct outer_header *outer_header, uint32_t id)
{
	static uint8_t room[6000], payload[4000];
	struct tunnel_build what = { .linktype = LINK_ETHERNET,
				     .payload = span_of(payload, sizeof payload) };
	struct ip_fragment ip_fragment;
	size_t len = outer_header_build(outer_header, &what, 50000, (uint16_t)id,
					(struct patch){ room, sizeof room });

	assert(len > 0 && ip_fragment_begin(&ip_fragment, span_of(room, len), 1500, id));
	for (parts->count = 0; parts->count < PARTS_MAX; parts->count++) {
		parts->len[parts->count] = ip_fragment_next(
			&ip_fragment, (struct patch){ parts->bytes[parts->count], 1514 });
		if (parts->len[parts->count] == 0)
			break;
	}
	assert(parts->count == 3);
}

/* How many of the parts, shown from number `first` on, are own tunnel. */
static unsigned own_parts(struct own_tunnel *own, const struct parts *parts, unsigned first)
{
	unsigned n = 0;

	for (unsigned i = first; i < parts->count; i++)
		n += is_own(own, LINK_ETHERNET, parts->bytes[i], parts->len[i]);
	return n;
}

static void test_fragments(const char *encap, uint8_t version)
{
	static struct own_tunnel own;
	static struct parts parts;
	struct outer_header outer_header = envelope_to(encap, version, TARGET);
	uint32_t id = version == 4 ? 0x1234 : 0x12345678;

	outer_header.may_fragment = true;
	begin(&own, true, encap, version);
	fragment(&parts, &outer_header, id);
	is_u64(own_parts(&own, &parts, 1), 0, "later fragments whose first was not seen");
	is_u64(own_parts(&own, &parts, 0), 3, "and with it");
	is_u64(own_parts(&own, &parts, 1), 2, "again, on another interface");
	fragment(&parts, &outer_header, id + 1);
	is_u64(own_parts(&own, &parts, 1), 0, "another identification");
	for (uint32_t i = 0; i < OWN_TUNNEL_FRAGMENTS; i++) {
		fragment(&parts, &outer_header, id + 1 + i);
		own_parts(&own, &parts, 0);
	}
	fragment(&parts, &outer_header, id);
	is_u64(own_parts(&own, &parts, 1), 0, "an identification is forgotten in the end");
	outer_header.destination[version == 4 ? 3 : 15] = OTHER;
	fragment(&parts, &outer_header, id + 9);
	is_u64(own_parts(&own, &parts, 1), 0, "the same identification between other addresses");
	begin(&own, false, encap, version);
	outer_header.destination[version == 4 ? 3 : 15] = TARGET;
	fragment(&parts, &outer_header, id);
	is_u64(own_parts(&own, &parts, 0), 1, "where targets do not fragment, only the first");
}

/* One host is reached by two protocols; the same identification may stand in packets of both. */
static void test_two_protocols(void)
{
	static struct own_tunnel own;
	static struct parts parts;
	struct outer_header vxlan = envelope_to("vxlan", 4, TARGET);
	struct outer_header gre = envelope_to("gre", 4, TARGET);

	vxlan.may_fragment = gre.may_fragment = true;
	begin(&own, true, "vxlan", 4);
	own_tunnel_set(&own, 1, &gre);
	fragment(&parts, &vxlan, 50);
	is_u64(own_parts(&own, &parts, 0), 3, "vxlan in fragments");
	fragment(&parts, &gre, 50);
	is_u64(own_parts(&own, &parts, 1), 0, "gre's of the same identification");
	is_u64(own_parts(&own, &parts, 0), 3, "and with their first");
}

/* An identification comes back in a datagram to another port of the target: its later fragments are
 * real traffic. One that is only quoted changes nothing. */
static void test_same_identification(uint8_t version)
{
	static struct own_tunnel own;
	static struct parts parts, strange;
	struct outer_header outer_header = envelope_to("vxlan", version, TARGET);
	size_t quote = version == 4 ? 28 : 56;
	struct build b;

	outer_header.may_fragment = true;
	begin(&own, true, "vxlan", version);
	fragment(&parts, &outer_header, 50);
	outer_header.port = 53;
	fragment(&strange, &outer_header, 50);
	is_u64(own_parts(&own, &parts, 0), 3, "own fragments");
	build_clear(&b);
	memcpy(build_front(&b, quote), strange.bytes[0] + 14, quote);
	error(&b, version, version == 4 ? 3 : 1, quote);
	ok(!built_is_own(&own, LINK_RAW, &b), "an error about a stranger's first fragment");
	is_u64(own_parts(&own, &parts, 1), 2, "... leaves them own");
	is_u64(own_parts(&own, &strange, 0), 0, "a stranger's with that identification are not");
	is_u64(own_parts(&own, &parts, 0), 3, "... and own ones again are");
}

/* 10.0.0.9 and a00:9:: begin with the same bytes. */
static void test_same_bytes(void)
{
	static struct own_tunnel own;
	struct outer_header outer_header = envelope_to("vxlan", 6, TARGET);
	struct build b;

	memset(outer_header.destination, 0, sizeof outer_header.destination);
	outer_header.destination[0] = 10;
	outer_header.destination[3] = TARGET;
	own_tunnel_init(&own, false, is_local, &local);
	own_tunnel_set(&own, 0, &outer_header);
	packet(&b, 4, LOCAL, TARGET, UDP, 4789);
	ok(!built_is_own(&own, LINK_RAW, &b), "an IPv6 target with the bytes of an IPv4 one");
}

/* What an error quotes is not believed beyond itself: anybody can send one. */
static void test_quoted_fragment(void)
{
	static struct own_tunnel own;
	static struct parts parts;
	struct outer_header outer_header = envelope_to("vxlan", 4, TARGET);
	struct build b;

	outer_header.may_fragment = true;
	begin(&own, true, "vxlan", 4);
	fragment(&parts, &outer_header, 77);
	build_clear(&b);
	memcpy(build_front(&b, 28), parts.bytes[0] + 14, 28);
	error(&b, 4, 3, 28);
	ok(built_is_own(&own, LINK_RAW, &b), "an error about a first fragment");
	is_u64(own_parts(&own, &parts, 1), 0, "does not make the later ones own tunnel");
	own_parts(&own, &parts, 0);
	build_clear(&b);
	memcpy(build_front(&b, 28), parts.bytes[1] + 14, 28);
	error(&b, 4, 3, 28);
	ok(built_is_own(&own, LINK_RAW, &b), "an error about a later one that was");
}

/* Shorter than the ports it can't be told; from there on it is. */
static void test_prefixes(uint8_t version, bool quoted)
{
	static struct own_tunnel own;
	size_t from = (version == 4 ? 24 : 44) * (quoted ? 2 : 1) + (quoted ? 4 : 0), good = 0, len;
	struct build b;

	begin(&own, true, "vxlan", version);
	packet(&b, version, LOCAL, TARGET, UDP, 4789);
	if (quoted)
		error(&b, version, version == 4 ? 3 : 1, 100);
	len = build_len(&b);
	for (size_t n = 0; n <= len; n++) {
		uint8_t *exact = build_exact(build_data(&b), n);

		good += is_own(&own, LINK_RAW, exact, n) == (n >= from);
		free(exact);
	}
	ok(good == len + 1, "ipv%d: every prefix%s", version, quoted ? " of an error" : "");
}

int main(void)
{
	test_rows();
	test_stack();
	test_changes();
	test_errors(4);
	test_errors(6);
	test_fragments("vxlan", 4);
	test_fragments("vxlan", 6);
	test_fragments("gre", 4);
	test_fragments("gre", 6);
	test_two_protocols();
	test_same_identification(4);
	test_same_identification(6);
	test_same_bytes();
	test_quoted_fragment();
	test_prefixes(4, false);
	test_prefixes(6, false);
	test_prefixes(4, true);
	test_prefixes(6, true);
	return tap_done();
}
