/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage of vtap-fixlen: outcomes, outer headers, options, sources. */
#include "lib/fixlen_frame.h"
#include "lib/tap.h"
#include "tools/vtap-fixlen/fixlen.h"

enum { UDP = 17, VXLAN_PORT = 4789, INNER_LEN = 1042 };

static struct fixlen fixlen;
static struct section section = { .serial = 1 };
static struct interface interface = { .serial = 1, .section = &section, .linktype = LINK_ETHERNET };

static void start(bool lower, bool rewrite_outer)
{
	struct fixlen_config config = { .lower = lower, .rewrite_outer = rewrite_outer };

	fixlen_init(&fixlen, &config);
}

static void put(const uint8_t *data, uint32_t caplen, uint32_t len, struct packet *out)
{
	static uint8_t front[1];
	struct packet in = { .data = data, .front = front, .caplen = caplen, .len = len };
	struct error err = { 0 };

	in.interface = &interface;
	in.linktype = interface.linktype;
	in.form = PACKET_ENHANCED;
	in.block = span_of("a whole block", 13);
	*out = in;
	if (fixlen_put(&fixlen, &in, out, &err) != PASS)
		ok(false, "fixlen_put: %s", err.text);
}

static void test_outcomes(void)
{
	static const struct {
		const char *what;
		bool lower;
		unsigned total, caplen, len;
		enum fixlen_outcome outcome;
		unsigned want;
	} tests[] = {
		{ "cut", false, 1000, 100, 100, FIXLEN_RAISED, 1014 },
		{ "cut once by each", false, 1000, 100, 500, FIXLEN_RAISED, 1014 },
		{ "right", false, 100, 114, 114, FIXLEN_RIGHT, 114 },
		{ "right, cut by the capture", false, 1000, 100, 1014, FIXLEN_RIGHT, 1014 },
		{ "padded to 60", false, 30, 60, 60, FIXLEN_PADDED, 60 },
		{ "padded to 60, FCS", true, 30, 64, 64, FIXLEN_PADDED, 64 },
		{ "longer than padding", false, 30, 65, 65, FIXLEN_LONGER, 65 },
		{ "FCS", true, 100, 100, 118, FIXLEN_PADDED, 118 },
		{ "longer than FCS", false, 100, 100, 119, FIXLEN_LONGER, 119 },
		{ "lowered", true, 100, 100, 119, FIXLEN_LOWERED, 114 },
		{ "lowered, not below caplen", true, 100, 116, 119, FIXLEN_LOWERED, 116 },
		{ "PRP trailer", true, 100, 100, 120, FIXLEN_PADDED, 120 },
		{ "PRP trailer and FCS", true, 100, 100, 124, FIXLEN_PADDED, 124 },
		{ "longer than both", true, 100, 100, 125, FIXLEN_LOWERED, 114 },
		{ "padded to 60, PRP trailer", true, 30, 40, 66, FIXLEN_PADDED, 66 },
		{ "all there, nothing to lower", true, 100, 119, 119, FIXLEN_LONGER, 119 },
		{ "length 0", true, 0, 100, 100, FIXLEN_ZERO, 100 },
		{ "cut inside IP", true, 1000, 20, 20, FIXLEN_TRUNCATED, 20 },
		{ "malformed", true, 19, 100, 100, FIXLEN_MALFORMED, 100 },
		{ "more bytes than length, which is right", false, 50, 100, 64, FIXLEN_CLIPPED,
		  64 },
		{ "more bytes than length, padded", false, 30, 100, 60, FIXLEN_CLIPPED, 60 },
		{ "more bytes than length, claim between", false, 76, 100, 64, FIXLEN_CLIPPED, 90 },
		{ "more bytes than length, claim below", true, 50, 100, 80, FIXLEN_LONGER, 80 },
		{ "more bytes than length, unknown", false, 0, 100, 64, FIXLEN_ZERO, 64 },
		{ "more bytes than length, claim above", false, 500, 100, 64, FIXLEN_RAISED, 514 },
		{ "no bytes", false, 500, 0, 0, FIXLEN_TRUNCATED, 0 },
	};
	struct build b;
	struct packet out;
	char name[160];

	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
		uint8_t *exact;

		start(tests[i].lower, false);
		fixlen_frame(&b, tests[i].total);
		exact = build_exact(build_data(&b), tests[i].caplen);
		put(exact, tests[i].caplen, tests[i].len, &out);
		is_u64(fixlen.counters.outcome[tests[i].outcome], 1, tests[i].what);
		snprintf(name, sizeof name, "%s: len", tests[i].what);
		is_u64(out.len, tests[i].want, name);
		if (tests[i].outcome == FIXLEN_CLIPPED)
			ok(out.block.len == 0 && out.data == exact && out.caplen == out.len,
			   "%s: bytes behind it are cut off", tests[i].what);
		else
			ok(out.block.len > 0 && out.data == exact && out.caplen == tests[i].caplen,
			   "%s: nothing else changes", tests[i].what);
		fixlen_free(&fixlen);
		free(exact);
	}
}

static void test_not_ip(void)
{
	static const uint8_t arp[60] = { [12] = 8, [13] = 6 };
	struct packet out;

	start(true, false);
	put(arp, sizeof arp, sizeof arp, &out);
	is_u64(fixlen.counters.outcome[FIXLEN_NOT_IP], 1, "arp");
	interface.linktype = 147;
	put(arp, sizeof arp, 100, &out);
	interface.linktype = LINK_ETHERNET;
	is_u64(fixlen.counters.outcome[FIXLEN_UNKNOWN_LINK], 1, "an unknown link type");
	is_u64(out.len, 100, "an unknown link type: untouched");
	is_u64(fixlen_corrected(&fixlen), 0, "nothing was corrected");
	fixlen_free(&fixlen);
}

/* A tag that a switch put into a padded frame; raw IP is never padded. */
static void test_padding(void)
{
	struct build b;
	struct packet out;

	start(true, false);
	build_clear(&b);
	build_pad(&b, 10, 'x');
	build_ipv4(&b, 1, 2, 253);
	build_vlan(&b, 5, 0x0800);
	build_ethernet(&b, 0x8100);
	build_pad(&b, 16, 0);
	put(build_data(&b), (uint32_t)build_len(&b), 68, &out);
	is_u64(fixlen.counters.outcome[FIXLEN_PADDED], 1, "60 bytes, a tag and an FCS: padded");
	build_clear(&b);
	build_pad(&b, 10, 'x');
	build_ipv4(&b, 1, 2, 253);
	interface.linktype = LINK_RAW;
	put(build_data(&b), 30, 46, &out);
	interface.linktype = LINK_ETHERNET;
	is_u64(fixlen.counters.outcome[FIXLEN_LOWERED], 1, "raw IP: no padding");
	fixlen_free(&fixlen);
}

/* MACsec's check value was on the wire, whether the record has its bytes or not. */
static void test_macsec(void)
{
	enum { FRAME = 22 + 100, WHOLE = FRAME + 16 };
	static const struct {
		const char *what;
		uint32_t caplen, len;
		enum fixlen_outcome outcome;
		uint32_t want;
	} tests[] = {
		{ "macsec: whole", WHOLE, WHOLE, FIXLEN_RIGHT, WHOLE },
		{ "macsec: cut by the capture", 64, WHOLE, FIXLEN_RIGHT, WHOLE },
		{ "macsec: cut without a trace", 64, 64, FIXLEN_RAISED, WHOLE },
		{ "macsec: with an FCS", 64, WHOLE + 4, FIXLEN_PADDED, WHOLE + 4 },
		{ "macsec: longer", 64, WHOLE + 100, FIXLEN_LOWERED, WHOLE },
		{ "macsec: padded to 46 bytes", 64, 22 + 46 + 16, FIXLEN_PADDED, 22 + 46 + 16 },
	};
	struct packet out;
	struct build b;

	build_clear(&b);
	build_pad(&b, 80, 'x');
	build_ipv4(&b, 1, 2, 253);
	build_hex(&b, "0000 00000001 0800");
	build_ethernet(&b, 0x88E5);
	build_pad(&b, WHOLE - FRAME, 'c');
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
		if (tests[i].want < WHOLE)
			build_be16(b.room + b.start + 22 + 2, 20 + 10);
		start(true, false);
		put(build_data(&b), tests[i].caplen, tests[i].len, &out);
		is_u64(fixlen.counters.outcome[tests[i].outcome], 1, tests[i].what);
		is_u64(out.len, tests[i].want, "... its length");
		fixlen_free(&fixlen);
	}
}

static void wrap(struct build *b, bool six, uint8_t source)
{
	build_hex(b, "08000000 00000700");
	build_udp(b, VXLAN_PORT);
	if (six)
		build_ipv6(b, source, 9, UDP);
	else
		build_ipv4(b, source, 9, UDP);
	build_ethernet(b, six ? 0x86dd : 0x0800);
}

/* Inner frame of INNER_LEN bytes cut to 90, in VXLAN over IPv4 in VXLAN over IPv6. */
static void cut_tunnels(struct build *b)
{
	build_clear(b);
	build_pad(b, 1000, 'x');
	build_udp(b, 53);
	build_ipv4(b, 1, 2, UDP);
	build_ethernet(b, 0x0800);
	b->end = b->start + 90;
	wrap(b, false, 5);
	wrap(b, true, 6);
}

static uint16_t word(const uint8_t *data, size_t at)
{
	uint16_t value = 0;

	span_be16(span_of(data, at + 2), at, &value);
	return value;
}

static uint16_t ones_sum(const uint8_t *data, size_t at, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += word(data, at + i);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void test_rewrite(void)
{
	enum { IPV6 = 14, UDP6 = 54, IPV4 = 84, UDP4 = 104, TOTAL = 120 + INNER_LEN };
	static uint8_t before[256];
	struct build b;
	struct packet out;
	size_t len;

	cut_tunnels(&b);
	len = build_len(&b);
	memcpy(before, build_data(&b), len);
	start(false, true);
	put(build_data(&b), (uint32_t)len, (uint32_t)len, &out);
	is_u64(out.len, TOTAL, "rewrite: len");
	ok(out.data != build_data(&b) && memcmp(before, build_data(&b), len) == 0,
	   "rewrite: what came in is untouched");
	ok(out.front == NULL && out.block.len == 0, "rewrite: nothing is in front of the copy");
	is_u64(out.block.len, 0, "rewrite: the block is written anew");
	is_u64(word(out.data, IPV6 + 4), TOTAL - IPV6 - 40, "rewrite: IPv6 payload length");
	is_u64(word(out.data, UDP6 + 4), TOTAL - UDP6, "rewrite: UDP length over IPv6");
	is_u64(word(out.data, IPV4 + 2), TOTAL - IPV4, "rewrite: IPv4 total length");
	is_u64(word(out.data, UDP4 + 4), TOTAL - UDP4, "rewrite: UDP length over IPv4");
	is_u64(ones_sum(out.data, IPV4, 20), 0xffff, "rewrite: IPv4 header checksum");
	is_u64(fixlen.counters.rewritten, 1, "rewrite: counted");
	ok(memcmp(out.data + 112, before + 112, len - 112) == 0, "rewrite: the rest is the same");
	memcpy(before, out.data, len);
	put(before, (uint32_t)len, out.len, &out);
	is_u64(fixlen.counters.rewritten, 1, "rewrite: a second time changes nothing");
	ok(out.data == before && out.block.len > 0, "rewrite: a second time passes as it is");
	fixlen_free(&fixlen);
}

/* An inner claim of 65535 bytes fits no outer header; a whole one needs none. */
/* The tag that stands behind the MAC addresses of the outermost header. */
static void put_macsec(struct build *b)
{
	build_front(b, 8);
	memmove(b->room + b->start, b->room + b->start + 8, 12);
	build_hex_at(b->room + b->start + 12, 8, "88e5 00 00 00000001");
}

/* VXLAN over IPv6 of MACsec, VXLAN over IPv4 of MACsec, IP; the innermost frame lacks 10 bytes. An
 * outer IP packet takes the check values of the frames in it, and not that of its own frame. */
static void test_rewrite_macsec(void)
{
	enum { IPV6 = 14, IPV4 = 70 + 22, END4 = 70 + 58 + 22 + 90 + 16, END6 = END4 + 16 };
	static uint8_t before[512];
	struct build b;
	struct packet out;
	size_t len;

	build_clear(&b);
	build_pad(&b, 70, 'x');
	build_ipv4(&b, 1, 2, 253);
	build_ethernet(&b, 0x0800);
	put_macsec(&b);
	build_pad(&b, 6, 'c');
	wrap(&b, false, 5);
	put_macsec(&b);
	build_pad(&b, 16, 'c');
	wrap(&b, true, 6);
	len = build_len(&b);
	start(false, true);
	put(build_data(&b), (uint32_t)len, (uint32_t)len, &out);
	is_u64(out.len, END6, "rewrite, macsec: len");
	is_u64(word(out.data, IPV4 + 2), END4 - IPV4, "rewrite, macsec: IPv4 total length");
	is_u64(word(out.data, IPV6 + 4), END6 - IPV6 - 40, "rewrite, macsec: IPv6 payload length");
	memcpy(before, out.data, len);
	put(before, (uint32_t)len, out.len, &out);
	is_u64(fixlen.counters.rewritten, 1, "rewrite, macsec: a second time changes nothing");
	is_u64(out.len, END6, "... nor the length");
	fixlen_free(&fixlen);
}

static void test_no_rewrite(void)
{
	struct build b;
	struct packet out;

	build_clear(&b);
	build_pad(&b, 60, 'x');
	build_ipv4(&b, 1, 2, 253);
	build_be16(b.room + b.start + 2, 65535);
	build_ethernet(&b, 0x0800);
	wrap(&b, false, 5);
	start(false, true);
	put(build_data(&b), (uint32_t)build_len(&b), (uint32_t)build_len(&b), &out);
	is_u64(fixlen.counters.not_rewritable, 1, "too long for the outer headers: counted");
	is_u64(out.len, 50 + 14 + 65535, "too long for the outer headers: len raised all the same");
	ok(out.data == build_data(&b), "too long for the outer headers: bytes untouched");
	build_clear(&b);
	build_pad(&b, 60, 'x');
	build_ipv4(&b, 1, 2, 253);
	build_ethernet(&b, 0x0800);
	wrap(&b, false, 5);
	put(build_data(&b), (uint32_t)build_len(&b), (uint32_t)build_len(&b), &out);
	ok(out.data == build_data(&b), "a whole inner frame: bytes untouched");
	is_u64(fixlen.counters.rewritten, 0, "nothing was rewritten");
	fixlen_free(&fixlen);
}

/* A comment stays, a hash of the old bytes does not; in either byte order of the section. */
static void test_options(bool swapped)
{
	static const char *const hex[2] = { "0100 0300 61626300 0300 0500 0211223344000000"
					    "0200 0400 00000001",
					    "0001 0003 61626300 0003 0005 0211223344000000"
					    "0002 0004 00000001" };
	static const char *const want[2] = { "0100 0300 61626300 0200 0400 00000001",
					     "0001 0003 61626300 0002 0004 00000001" };
	uint8_t options[64], expected[64];
	size_t len = build_hex_at(options, sizeof options, hex[swapped]);
	size_t expected_len = build_hex_at(expected, sizeof expected, want[swapped]);
	struct packet in = { .interface = &interface, .linktype = LINK_ETHERNET }, out;
	struct error err = { 0 };
	struct build b;

	cut_tunnels(&b);
	in.data = build_data(&b);
	in.caplen = in.len = (uint32_t)build_len(&b);
	in.options = span_of(options, len);
	section.swapped = swapped;
	out = in;
	start(false, true);
	fixlen_put(&fixlen, &in, &out, &err);
	section.swapped = false;
	ok(out.options.len == expected_len && memcmp(out.options.data, expected, expected_len) == 0,
	   "options%s: the hash goes, the rest stays", swapped ? ", swapped" : "");
	is_u64(fixlen.counters.hashes_dropped, 1, "options: counted");
	fixlen_free(&fixlen);
}

/* Bytes that are cut off, and outer headers that are rewritten, in one packet with options. */
static void test_clip_and_rewrite(void)
{
	static const char hex[] = "0300 0500 0211223344000000 0200 0400 00000001";
	static const uint8_t want[] = { 2, 0, 4, 0, 0, 0, 0, 1 };
	enum { CAPLEN = 120 + INNER_LEN + 9 };
	uint8_t options[64];
	struct packet in = { .interface = &interface, .linktype = LINK_ETHERNET }, out;
	struct error err = { 0 };
	struct build b;

	cut_tunnels(&b);
	b.end += CAPLEN - build_len(&b);
	in.data = build_data(&b);
	in.caplen = CAPLEN;
	in.len = 200;
	in.options = span_of(options, build_hex_at(options, sizeof options, hex));
	start(false, true);
	out = in;
	fixlen_put(&fixlen, &in, &out, &err);
	is_u64(out.caplen, CAPLEN - 9, "clip and rewrite: bytes");
	is_u64(out.len, CAPLEN - 9, "clip and rewrite: len");
	is_u64(fixlen.counters.outcome[FIXLEN_CLIPPED], 1, "clip and rewrite: clipped");
	is_u64(fixlen.counters.rewritten, 1, "clip and rewrite: rewritten");
	is_u64(fixlen.counters.bytes_clipped, 9, "clip and rewrite: bytes cut off");
	is_u64(fixlen.counters.hashes_dropped, 1, "clip and rewrite: the hash is dropped once");
	ok(out.options.len == sizeof want && memcmp(out.options.data, want, sizeof want) == 0,
	   "clip and rewrite: the other option stays");
	fixlen_free(&fixlen);
}

static void test_sources(void)
{
	struct build b;
	struct packet out;
	const struct origin_stats_row *source;

	start(false, false);
	for (unsigned i = 0; i < 6; i++) {
		cut_tunnels(&b);
		/* The outermost source address. */
		b.room[b.start + 14 + 8 + 15] = (uint8_t)(i % 2);
		put(build_data(&b), (uint32_t)build_len(&b), (uint32_t)build_len(&b), &out);
	}
	fixlen_frame(&b, 1000);
	put(build_data(&b), 100, 100, &out);
	interface.name = "vxlan-7@10.0.0.5";
	interface.serial = 2;
	put(build_data(&b), 100, 100, &out);
	put(build_data(&b), 100, 100, &out);
	interface.name = NULL;
	is_u64(fixlen.origins.table.count, 3, "sources: two by tunnel, one by interface name");
	source = fixlen.origins.first;
	is_u64(source->counts.packets, 3, "sources: packets of the first");
	is_u64(source->next->next->counts.packets, 2, "sources: packets of the named interface");
	is_u64(source->next->next->counts.bytes_restored, 2 * (1014 - 100),
	       "sources: bytes restored");
	fixlen_free(&fixlen);
}

static void test_many_sources(void)
{
	struct build b;
	struct packet out;

	start(false, false);
	cut_tunnels(&b);
	for (unsigned i = 0; i < ORIGIN_STATS_MAX + 10; i++) {
		build_be16(b.room + b.start + 14 + 8 + 14, i);
		put(build_data(&b), (uint32_t)build_len(&b), (uint32_t)build_len(&b), &out);
	}
	is_u64(fixlen.origins.table.count, ORIGIN_STATS_MAX, "many sources: bounded");
	is_u64(fixlen.counters.sources_over_limit, 10, "many sources: the rest is counted");
	is_u64(fixlen.counters.outcome[FIXLEN_RAISED], ORIGIN_STATS_MAX + 10,
	       "many sources: all raised");
	fixlen_free(&fixlen);
}

static void test_prefixes(void)
{
	struct build b;
	struct packet out;
	size_t len, good = 0;
	uint64_t sum = 0;

	cut_tunnels(&b);
	len = build_len(&b);
	start(true, true);
	for (size_t n = 0; n <= len; n++) {
		uint8_t *exact = build_exact(build_data(&b), n);

		put(exact, (uint32_t)n, (uint32_t)n, &out);
		good += out.len >= n && out.caplen == n;
		free(exact);
	}
	for (int i = 0; i < FIXLEN_OUTCOMES; i++)
		sum += fixlen.counters.outcome[i];
	is_u64(good, len + 1, "every prefix: never lower than what is there");
	is_u64(sum, len + 1, "every prefix: in one outcome");
	fixlen_free(&fixlen);
}

int main(void)
{
	test_outcomes();
	test_not_ip();
	test_padding();
	test_macsec();
	test_rewrite();
	test_rewrite_macsec();
	test_no_rewrite();
	test_options(false);
	test_options(true);
	test_clip_and_rewrite();
	test_sources();
	test_many_sources();
	test_prefixes();
	return tap_done();
}
