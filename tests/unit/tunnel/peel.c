/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Through tunnels: what is left, by which lengths, why it stops; on damage and prefixes. */
#include "lib/build.h"
#include "lib/peel_select.h"
#include "lib/tap.h"
#include "tunnel/peel.h"

enum { IPV4 = 0x0800, IPV6 = 0x86DD, VLAN = 0x8100, UDP = 17, GRE = 47 };

static struct peel peel;
static struct encap_select all;

/* A frame of 60 bytes: Ethernet, IPv4, UDP, 18 bytes. */
static void inner_frame(struct build *b)
{
	build_clear(b);
	build_pad(b, 18, 0x55);
	build_udp(b, 9);
	build_ipv4(b, 1, 2, UDP);
	build_ethernet(b, IPV4);
}

static void vxlan_packet(struct build *b)
{
	inner_frame(b);
	build_hex(b, "08000000 00000700");
	build_udp(b, 4789);
	build_ipv4(b, 5, 9, UDP);
	build_ethernet(b, IPV4);
}

/* Peels the first caplen bytes from memory of that size. */
static void peel_cut(const struct build *b, size_t caplen, size_t len,
		     const struct encap_select *select)
{
	uint8_t *exact = build_exact(build_data(b), caplen);

	peel_select(&peel, select, LINK_ETHERNET, exact, caplen, len);
	free(exact);
}

static void peel_all(const struct build *b)
{
	peel_cut(b, build_len(b), build_len(b), &all);
}

static void is_left(unsigned count, enum peel_end end, uint32_t offset, uint32_t caplen,
		    uint32_t len, const char *what)
{
	if (!ok(peel.count == count && peel.end == end && peel.offset == offset &&
			peel.caplen == caplen && peel.len == len,
		"%s", what))
		printf("#   count %u end %d offset %u caplen %u len %u\n", peel.count, peel.end,
		       peel.offset, peel.caplen, peel.len);
}

static void test_plain(void)
{
	struct build b;

	inner_frame(&b);
	peel_all(&b);
	is_left(0, PEEL_PLAIN, 0, 60, 60, "no tunnel");
	ok(peel_inner(&peel)->end == HEADERS_TRANSPORT && peel_inner(&peel)->depth == 3 &&
		   peel_inner(&peel)->transport == 34,
	   "the headers of what is left");
	peel_cut(&b, 60, 1500, &all);
	is_left(0, PEEL_PLAIN, 0, 60, 1500, "no tunnel, cut record");
	peel_cut(&b, 60, 20, &all);
	is_left(0, PEEL_PLAIN, 0, 60, 60, "no tunnel, len below caplen");
	peel_cut(&b, 0, 0, &all);
	is_left(0, PEEL_PLAIN, 0, 0, 0, "an empty packet");
	peel_select(&peel, &all, 147, build_data(&b), 60, 60);
	is_left(0, PEEL_PLAIN, 0, 60, 60, "an unknown link type");
}

static void test_vxlan(void)
{
	struct build b;

	vxlan_packet(&b);
	peel_all(&b);
	is_left(1, PEEL_PLAIN, 50, 60, 60, "vxlan");
	ok(peel.linktype == LINK_ETHERNET && peel.layer[0].tunnel.id == 7, "vxlan: what it says");
	ok(peel.layer[0].payload == 50 && peel.layer[0].caplen == 60 && peel.layer[0].len == 60,
	   "vxlan: the layer");
	ok(peel.headers[0].network == 14 && peel_inner(&peel)->network == 64,
	   "both headers count from the packet's start");
}

static void test_lengths(void)
{
	struct build b;

	vxlan_packet(&b);
	peel_cut(&b, 80, 110, &all);
	is_left(1, PEEL_PLAIN, 50, 30, 60, "a cut record keeps its length");
	peel_cut(&b, 80, 80, &all);
	is_left(1, PEEL_PLAIN, 50, 30, 30, "never guesses upward");
	peel_cut(&b, 110, 20, &all);
	is_left(1, PEEL_PLAIN, 50, 60, 60, "len below caplen counts as caplen");
	build_pad(&b, 4, 0xfc);
	peel_cut(&b, 114, 114, &all);
	is_left(1, PEEL_PLAIN, 50, 60, 60, "an FCS behind the IP length is no part");
	peel_cut(&b, 114, 4000, &all);
	is_left(1, PEEL_PLAIN, 50, 60, 60, "nor is what a cut record has there");
	build_be16(b.room + b.start + 34 + 4, 80);
	peel_cut(&b, 114, 114, &all);
	is_left(1, PEEL_PLAIN, 50, 60, 60, "a UDP length beyond IP's bounds nothing");
	build_be16(b.room + b.start + 34 + 4, 76);
	build_be16(b.room + b.start + 14 + 2, 0);
	peel_cut(&b, 114, 114, &all);
	is_left(1, PEEL_PLAIN, 50, 60, 60, "IP length 0: UDP's bounds");
	build_be16(b.room + b.start + 34 + 4, 0);
	peel_cut(&b, 114, 114, &all);
	is_left(1, PEEL_PLAIN, 50, 64, 64, "IP and UDP length 0: nothing bounds");
}

static void test_udp_lengths(void)
{
	static const struct {
		uint16_t udp_len;
		uint32_t left;
		const char *what;
	} rows[] = {
		{ 66, 50, "a shorter UDP length bounds" },
		{ 0, 60, "UDP length 0 does not" },
		{ 7, 60, "nor does one below 8" },
	};

	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct build b;

		vxlan_packet(&b);
		build_be16(b.room + b.start + 34 + 4, rows[i].udp_len);
		peel_all(&b);
		is_left(1, PEEL_PLAIN, 50, rows[i].left, rows[i].left, rows[i].what);
	}
}

static void test_gre(void)
{
	struct build b;

	build_clear(&b);
	build_ipv4(&b, 1, 2, 89);
	build_hex(&b, "00000800");
	build_ipv4(&b, 5, 9, GRE);
	build_ethernet(&b, IPV4);
	build_pad(&b, 2, 0);
	peel_all(&b);
	is_left(1, PEEL_PLAIN, 38, 20, 20, "without UDP, IP's length bounds");
	build_be16(b.room + b.start + 14 + 2, 0);
	peel_all(&b);
	is_left(1, PEEL_PLAIN, 38, 22, 22, "IP length 0: nothing bounds");
}

static void test_gtpu(void)
{
	struct build b;

	build_clear(&b);
	build_pad(&b, 100, 0);
	build_ipv4(&b, 1, 2, 89);
	build_hex(&b, "30ff0064 00000063");
	build_udp(&b, 2152);
	build_ipv4(&b, 5, 9, UDP);
	build_ethernet(&b, IPV4);
	peel_all(&b);
	is_left(1, PEEL_PLAIN, 50, 100, 100, "the GTP-U length bounds");
	is_u64(peel.linktype, LINK_RAW, "bare IP");
	build_be16(b.room + b.start + 44, 0xffff);
	peel_all(&b);
	is_left(1, PEEL_PLAIN, 50, 120, 120, "a GTP-U length beyond UDP's does not");
}

/* IPv4 or IPv6 (of 46 or 66 bytes) in one of them, behind two VLAN tags. */
static void test_ipip(void)
{
	static const struct {
		uint8_t next, version;
		uint16_t ethertype;
	} rows[] = { { 4, 4, IPV4 }, { 41, 6, IPV4 }, { 4, 4, IPV6 }, { 41, 6, IPV6 } };

	for (unsigned i = 0; i < 4; i++) {
		struct build b;
		uint32_t outer = rows[i].ethertype == IPV4 ? 42 : 62;
		uint32_t inner = rows[i].version == 4 ? 46 : 66;

		build_clear(&b);
		build_pad(&b, 26, 0x55);
		if (rows[i].version == 4)
			build_ipv4(&b, 1, 2, 89);
		else
			build_ipv6(&b, 1, 2, 89);
		if (rows[i].ethertype == IPV4)
			build_ipv4(&b, 5, 9, rows[i].next);
		else
			build_ipv6(&b, 5, 9, rows[i].next);
		build_vlan(&b, 200, rows[i].ethertype);
		build_vlan(&b, 100, VLAN);
		build_ethernet(&b, 0x88A8);
		peel_all(&b);
		is_left(1, PEEL_PLAIN, outer, inner, inner, "IP in IP behind QinQ");
	}
}

/* GENEVE of VXLAN of GRE of IPv6, as stacked mirrors make them. */
static void stacked_packet(struct build *b)
{
	build_clear(b);
	build_pad(b, 26, 0x55);
	build_ipv6(b, 1, 2, 89);
	build_hex(b, "200086dd 0000000a");
	build_ipv6(b, 3, 4, GRE);
	build_ethernet(b, IPV6);
	build_hex(b, "08000000 00000701");
	build_udp(b, 4789);
	build_ipv4(b, 5, 9, UDP);
	build_ethernet(b, IPV4);
	build_hex(b, "02006558 00000000 01080101 aabbccdd");
	build_udp(b, 6081);
	build_ipv6(b, 6, 7, UDP);
	build_ethernet(b, IPV6);
}

static void test_stacked(void)
{
	struct build b;
	struct encap_select select = all;

	stacked_packet(&b);
	peel_all(&b);
	is_left(3, PEEL_PLAIN, 190, 66, 66, "three tunnels");
	ok(peel.anomalies == ENCAP_RESERVED_BITS, "their anomalies together");
	select.strict = true;
	peel_cut(&b, 256, 256, &select);
	is_left(1, PEEL_STRICT, 78, 178, 178, "--strict stops at the second");
	select = all;
	select.depth = 2;
	peel_cut(&b, 256, 256, &select);
	is_left(2, PEEL_DEPTH, 128, 128, 128, "--depth 2");
	select.depth = 3;
	peel_cut(&b, 256, 256, &select);
	is_left(3, PEEL_PLAIN, 190, 66, 66, "--depth 3 finds no fourth");
	select = all;
	select.wanted &= ~(UINT32_C(1) << encap_index(encap_find("vxlan")));
	peel_cut(&b, 256, 256, &select);
	is_left(1, PEEL_PLAIN, 78, 178, 178, "stops at the first that is not selected");
	select.wanted = UINT32_C(1) << encap_index(encap_find("vxlan"));
	peel_cut(&b, 256, 256, &select);
	is_left(0, PEEL_PLAIN, 0, 256, 256, "an outermost one not selected stays on");
}

static void test_deep(void)
{
	struct build b;

	build_clear(&b);
	build_pad(&b, 20, 0x55);
	build_ipv4(&b, 1, 2, 89);
	for (int i = 0; i < PEEL_MAX; i++)
		build_ipv4(&b, 1, 2, 4);
	build_ethernet(&b, IPV4);
	peel_all(&b);
	is_left(PEEL_MAX, PEEL_PLAIN, 14 + 20 * PEEL_MAX, 40, 40, "as deep as can be");
	build_clear(&b);
	build_pad(&b, 20, 0x55);
	build_ipv4(&b, 1, 2, 89);
	for (int i = 0; i < PEEL_MAX + 1; i++)
		build_ipv4(&b, 1, 2, 4);
	build_ethernet(&b, IPV4);
	peel_all(&b);
	is_left(PEEL_MAX, PEEL_DEPTH, 14 + 20 * PEEL_MAX, 60, 60, "one deeper");
}

static void test_fragments(void)
{
	struct build b;

	vxlan_packet(&b);
	b.room[b.start + 14 + 6] = 0x20;
	peel_all(&b);
	is_left(0, PEEL_FRAGMENT, 0, 110, 110, "a first fragment of the outer packet");
	b.room[b.start + 14 + 6] = 0;
	b.room[b.start + 14 + 7] = 10;
	peel_all(&b);
	is_left(0, PEEL_FRAGMENT, 0, 110, 110, "a later one");
	vxlan_packet(&b);
	b.room[b.start + 64 + 6] = 0x20;
	peel_all(&b);
	is_left(1, PEEL_FRAGMENT, 50, 60, 60, "a fragment inside");
}

/* VXLAN of nothing but the first bytes of its header, IP and UDP saying so or not. */
static void test_short_headers(void)
{
	struct build b;

	vxlan_packet(&b);
	peel_cut(&b, 49, 110, &all);
	is_left(0, PEEL_TRUNCATED, 0, 49, 110, "a tunnel header cut by the capture");
	build_clear(&b);
	build_hex(&b, "08000000");
	build_udp(&b, 4789);
	build_ipv4(&b, 5, 9, UDP);
	build_ethernet(&b, IPV4);
	build_pad(&b, 14, 0);
	peel_all(&b);
	is_left(0, PEEL_MALFORMED, 0, 60, 60, "one that UDP ends, padding behind");
	vxlan_packet(&b);
	b.room[b.start + 42] = 0;
	peel_all(&b);
	is_left(0, PEEL_MALFORMED, 0, 110, 110, "vxlan without its flag");
	vxlan_packet(&b);
	peel_cut(&b, 50, 110, &all);
	is_left(0, PEEL_TRUNCATED, 0, 50, 110, "cut behind the tunnel header");
	peel_cut(&b, 51, 110, &all);
	is_left(1, PEEL_PLAIN, 50, 1, 60, "... and a byte further on");
	build_be16(b.room + b.start + 36, 37008);
	peel_all(&b);
	is_left(0, PEEL_MALFORMED, 0, 110, 110, "no TZSP");
	build_be16(b.room + b.start + 36, 2152);
	peel_all(&b);
	is_left(0, PEEL_UNSUPPORTED, 0, 110, 110, "no G-PDU");
}

/* What must hold of any bytes at all. */
static bool sound(size_t caplen, size_t len)
{
	bool good = peel.count <= PEEL_MAX && peel.len >= peel.caplen &&
		    (uint64_t)peel.offset + peel.caplen <= caplen &&
		    peel.len <= (len > caplen ? len : caplen);

	for (unsigned i = 0; i <= peel.count; i++)
		good &= peel.headers[i].depth <= HEADERS_DEPTH_MAX &&
			peel.headers[i].payload <= caplen;
	for (unsigned i = 0; i < peel.count; i++)
		good &= peel.headers[i].ip_version != 0 &&
			(uint64_t)peel.layer[i].payload + peel.layer[i].caplen <= caplen &&
			peel.layer[i].caplen <= peel.layer[i].len &&
			peel.layer[i].tunnel.encap != NULL;
	return good;
}

static void test_prefixes(void)
{
	struct build b;
	bool good = true;

	stacked_packet(&b);
	for (size_t cut = 0; cut <= build_len(&b); cut++) {
		peel_cut(&b, cut, build_len(&b), &all);
		good &= sound(cut, build_len(&b));
		good &= peel.count == 0U + (cut > 78) + (cut > 128) + (cut > 190);
		good &= peel.len == build_len(&b) - peel.offset;
	}
	ok(good, "every prefix of three tunnels");
}

/* Random bytes put into good packets, cut anywhere; a fixed generator, so that a failure repeats.
 */
static void test_damage(void)
{
	uint64_t state = 88172645463325252U;
	struct build good, b;
	bool all_sound = true;

	stacked_packet(&good);
	for (int round = 0; round < 50000 && all_sound; round++) {
		size_t cut;

		b = good;
		for (int i = 0; i < 4; i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			b.room[b.start + state % build_len(&b)] = (uint8_t)(state >> 32);
		}
		cut = (state >> 40) % (build_len(&b) + 1);
		peel_cut(&b, cut, cut + (state >> 20) % 3, &all);
		all_sound &= sound(cut, cut + (state >> 20) % 3);
	}
	ok(all_sound, "damaged packets");
}

int main(void)
{
	encap_select_all(&all);
	test_plain();
	test_vxlan();
	test_lengths();
	test_udp_lengths();
	test_gre();
	test_gtpu();
	test_ipip();
	test_stacked();
	test_deep();
	test_fragments();
	test_short_headers();
	test_prefixes();
	test_damage();
	return tap_done();
}
