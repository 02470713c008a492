/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims of single packets and through tunnels: the larger one, never across a fragment. */
#include "lib/build.h"
#include "lib/peel_select.h"
#include "lib/tap.h"
#include "tunnel/wirelen.h"

enum { UDP = 17, GRE = 47, VXLAN_PORT = 4789, CUT_LEN = 90 };

static struct peel peel;

static enum wirelen_result claim_of(uint32_t linktype, const uint8_t *data, size_t len,
				    uint64_t *claim)
{
	peel_select(&peel, NULL, linktype, data, len, len);
	return wirelen_peel(&peel, claim);
}

static void check(const char *what, uint32_t linktype, const struct build *b,
		  enum wirelen_result result, uint64_t claim)
{
	uint8_t *exact = build_exact(build_data(b), build_len(b));
	char name[160];
	uint64_t got;

	snprintf(name, sizeof name, "%s: result", what);
	is_u64(claim_of(linktype, exact, build_len(b), &got), result, name);
	snprintf(name, sizeof name, "%s: claim", what);
	is_u64(got, claim, name);
	free(exact);
}

static const struct plain {
	const char *what;
	uint32_t linktype;
	enum wirelen_result result;
	uint64_t claim;
	const char *hex;
} plain[] = {
#define V4(len)	      "4500" len "0000 0000 4011 0000 0a000001 0a000002"
#define V6(len, next) "60000000" len next "40" NONE NONE
#define NONE	      "20010db8000000000000000000000001"
#define MAC	      "020000000002020000000001"
	{ "ipv4", LINK_ETHERNET, WIRELEN_KNOWN, 1514, MAC "0800" V4("05dc") },
	{ "ipv4, the largest", LINK_RAW, WIRELEN_KNOWN, 65535, V4("ffff") },
	{ "ipv4, length 0", LINK_ETHERNET, WIRELEN_ZERO, 0, MAC "0800" V4("0000") },
	{ "ipv4, length below the header", LINK_RAW, WIRELEN_MALFORMED, 0, V4("0013") },
	{ "ipv4, cut in front of its length", LINK_RAW, WIRELEN_TRUNCATED, 0, "4500" },
	{ "ipv4, cut behind its length", LINK_RAW, WIRELEN_TRUNCATED, 0, "450005dc" },
	{ "ipv4, cut in its options", LINK_RAW, WIRELEN_TRUNCATED, 0,
	  "460005dc 0000 0000 4011 0000 0a000001 0a000002 0101" },
	{ "ipv6", LINK_ETHERNET, WIRELEN_KNOWN, 1514, MAC "86dd" V6("05b4", "11") },
	{ "ipv6, cut in extension headers", LINK_RAW, WIRELEN_KNOWN, 1500, V6("05b4", "3c") "11" },
	{ "ipv6, length 0", LINK_RAW, WIRELEN_ZERO, 0, V6("0000", "06") },
	{ "ipv6, nothing inside", LINK_RAW, WIRELEN_KNOWN, 40, V6("0000", "3b") },
	{ "ipv6, jumbo", LINK_RAW, WIRELEN_KNOWN, 40 + 0x20000,
	  V6("0000", "00") "11 00 c204 00020000" },
	{ "ipv6, jumbo cut off", LINK_RAW, WIRELEN_TRUNCATED, 0, V6("0000", "00") "11 00 c204" },
	{ "ipv6, absurd jumbo", LINK_RAW, WIRELEN_MALFORMED, 0,
	  V6("0000", "00") "11 00 c204 fffffff0" },
	{ "ipv6, jumbo just too long", LINK_RAW, WIRELEN_MALFORMED, 0,
	  V6("0000", "00") "11 00 c204 0fffffd9" },
	{ "ipv6, jumbo just short enough", LINK_RAW, WIRELEN_KNOWN, 256 << 20,
	  V6("0000", "00") "11 00 c204 0fffffd8" },
	{ "arp", LINK_ETHERNET, WIRELEN_NOT_IP, 0, MAC "0806 0001 0800 0604 0001" },
	{ "llc, its own length", LINK_ETHERNET, WIRELEN_KNOWN, 14 + 38, MAC "0026 424203" },
	{ "802.3 of 1497 bytes", LINK_ETHERNET, WIRELEN_KNOWN, 14 + 1497, MAC "05d9 fefe03 83" },
	{ "802.3, more than a length", LINK_ETHERNET, WIRELEN_NOT_IP, 0, MAC "05dd fefe03 83" },
	{ "snap of ip, ip's claim", LINK_ETHERNET, WIRELEN_KNOWN, 22 + 40,
	  MAC "0100 aaaa03 000000 0800" V4("0028") },
	{ "snap of arp, its own length", LINK_ETHERNET, WIRELEN_KNOWN, 14 + 36,
	  MAC "0024 aaaa03 000000 0806 0001 0800 0604 0001" },
	{ "i-tag of llc, its own length", LINK_ETHERNET, WIRELEN_KNOWN, 32 + 38,
	  MAC "88e7 00000064" MAC "0026 424203" },
	{ "macsec, and its check value", LINK_ETHERNET, WIRELEN_KNOWN, 22 + 40 + 16,
	  MAC "88e5 00 00 00000001 0800" V4("0028") },
	{ "macsec of arp", LINK_ETHERNET, WIRELEN_NOT_IP, 0,
	  MAC "88e5 00 1c 00000001 0806 0001 0800 0604 0001" },
	{ "macsec of ip without a length", LINK_ETHERNET, WIRELEN_ZERO, 0,
	  MAC "88e5 00 00 00000001 0800" V4("0000") },
	{ "pppoe of lcp", LINK_ETHERNET, WIRELEN_KNOWN, 20 + 10,
	  MAC "8864 1100 0001 000a c021 0900" },
	{ "pppoe of ip, ip's claim", LINK_ETHERNET, WIRELEN_KNOWN, 22 + 40,
	  MAC "8864 1100 0001 0100 0021" V4("0028") },
	{ "pppoe of ip, cut", LINK_ETHERNET, WIRELEN_TRUNCATED, 0,
	  MAC "8864 1100 0001 002a 0021 45000028" },
	{ "a fragment's own length", LINK_RAW, WIRELEN_KNOWN, 1500,
	  "450005dc 0000 20b9 4011 0000 0a000001 0a000002" },
	{ "cut ethernet", LINK_ETHERNET, WIRELEN_TRUNCATED, 0, "0200" },
	{ "an unknown link type", 147, WIRELEN_UNKNOWN_LINK, 0, "4500" },
	{ "nothing at all", LINK_ETHERNET, WIRELEN_TRUNCATED, 0, "" },
};

static void test_plain(const struct plain *t)
{
	struct build b;

	build_clear(&b);
	build_hex(&b, t->hex);
	check(t->what, t->linktype, &b, t->result, t->claim);
}

/* An inner frame of 14 + 20 + 8 + payload bytes, cut to CUT_LEN the way a cloud does. */
static void cut_inner(struct build *b, size_t payload)
{
	build_clear(b);
	build_pad(b, payload, 'x');
	build_udp(b, 53);
	build_ipv4(b, 1, 2, UDP);
	build_ethernet(b, 0x0800);
	b->end = b->start + CUT_LEN;
}

static void wrap_vxlan(struct build *b)
{
	build_hex(b, "08000000 000bb800");
	build_udp(b, VXLAN_PORT);
	build_ipv4(b, 8, 9, UDP);
	build_ethernet(b, 0x0800);
}

static void test_tunnels(void)
{
	struct build b;

	cut_inner(&b, 1000);
	wrap_vxlan(&b);
	check("vxlan, cut inner", LINK_ETHERNET, &b, WIRELEN_KNOWN, 50 + 1042);
	cut_inner(&b, 1000);
	wrap_vxlan(&b);
	wrap_vxlan(&b);
	check("vxlan in vxlan, cut inner", LINK_ETHERNET, &b, WIRELEN_KNOWN, 100 + 1042);
	cut_inner(&b, 10);
	wrap_vxlan(&b);
	check("vxlan, inner padded: the outer claim", LINK_ETHERNET, &b, WIRELEN_KNOWN, 50 + 90);
	build_clear(&b);
	build_hex(&b, MAC "0806 0001 0800 0604 0001 000000000000");
	wrap_vxlan(&b);
	check("vxlan of arp: the outer claim", LINK_ETHERNET, &b, WIRELEN_KNOWN, 50 + 28);
	cut_inner(&b, 1000);
	b.end = b.start + 20;
	wrap_vxlan(&b);
	check("vxlan, cut in the inner IP header", LINK_ETHERNET, &b, WIRELEN_TRUNCATED, 50 + 20);
	build_clear(&b);
	build_hex(&b, MAC "0800" V4("0000"));
	wrap_vxlan(&b);
	check("vxlan, inner length 0", LINK_ETHERNET, &b, WIRELEN_ZERO, 50 + 34);
}

static void test_fragment(void)
{
	struct build b;
	uint8_t *ip;

	cut_inner(&b, 1000);
	wrap_vxlan(&b);
	ip = b.room + b.start + 14;
	ip[6] = 0x20;
	check("first fragment of the outer packet: no inner claim", LINK_ETHERNET, &b,
	      WIRELEN_KNOWN, 50 + CUT_LEN);
}

/* ERSPAN II of ARP: only its T bit can say whether the frame was whole. */
static void test_mirror_cut(bool cut)
{
	struct build b;

	build_clear(&b);
	build_hex(&b, MAC "0806 0001 0800 0604 0001 000000000000");
	build_hex(&b, cut ? "100088be 00000001 10000401 00000000"
			  : "100088be 00000001 10000001 00000000");
	build_ipv4(&b, 8, 9, GRE);
	build_ethernet(&b, 0x0800);
	check(cut ? "erspan of arp, cut" : "erspan of arp", LINK_ETHERNET, &b,
	      cut ? WIRELEN_TRUNCATED : WIRELEN_KNOWN, 14 + 20 + 16 + 28);
}

/* A MACsec tag behind the MAC addresses of the outermost header. */
static void put_macsec(struct build *b)
{
	build_front(b, 8);
	memmove(b->room + b->start, b->room + b->start + 8, 12);
	build_hex_at(b->room + b->start + 12, 8, "88e5 00 00 00000001");
}

/* The check value stands behind all that the tag protects, tunnels and what they carry. */
static void test_macsec(void)
{
	struct build b;

	cut_inner(&b, 1000);
	wrap_vxlan(&b);
	put_macsec(&b);
	check("macsec of vxlan, cut inner", LINK_ETHERNET, &b, WIRELEN_KNOWN, 8 + 50 + 1042 + 16);
	cut_inner(&b, 10);
	wrap_vxlan(&b);
	put_macsec(&b);
	check("macsec of vxlan, whole", LINK_ETHERNET, &b, WIRELEN_KNOWN, 8 + 50 + 90 + 16);
	cut_inner(&b, 1000);
	put_macsec(&b);
	wrap_vxlan(&b);
	check("vxlan of macsec, cut inner", LINK_ETHERNET, &b, WIRELEN_KNOWN, 50 + 8 + 1042 + 16);
}

/* What a prefix claims is what the whole claims, or less as long as less was seen. */
static void test_prefixes(void)
{
	struct build b;
	uint64_t whole, part;
	size_t len, good = 0;

	cut_inner(&b, 1000);
	wrap_vxlan(&b);
	wrap_vxlan(&b);
	len = build_len(&b);
	claim_of(LINK_ETHERNET, build_data(&b), len, &whole);
	for (size_t n = 0; n <= len; n++) {
		uint8_t *exact = build_exact(build_data(&b), n);

		claim_of(LINK_ETHERNET, exact, n, &part);
		good += part <= whole && (n < 100 + 34 || part == whole);
		free(exact);
	}
	is_u64(good, len + 1, "every prefix of vxlan in vxlan");
}

int main(void)
{
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		test_plain(&plain[i]);
	test_tunnels();
	test_fragment();
	test_mirror_cut(false);
	test_mirror_cut(true);
	test_macsec();
	test_prefixes();
	return tap_done();
}
