/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each codec on samples by their RFC's picture, on reserved bits and damage, and on every prefix.
 */
#include "encap/encap.h"
#include "lib/build.h"
#include "lib/tap.h"
#include "lib/tunnel_header.h"

enum { NO_ID = -1 };

#define NOTHING NULL, NO_ID, 0, 0, 0

static const struct sample {
	const char *what;
	const char *hex; /* from the tunnel header on */
	enum encap_verdict verdict;
	uint16_t number; /* UDP port; IP protocols are below 256 */
	const char *encap;
	int64_t id;
	unsigned header_len, linktype, anomalies;
} samples[] = {
	/* VXLAN */
	{ "vxlan", "08000000 000bb800 aabb", ENCAP_OK, 4789, "vxlan", 3000, 8, LINK_ETHERNET, 0 },
	{ "vxlan on 8472", "08000000 ffffff00", ENCAP_OK, 8472, "vxlan", 0xffffff, 8, LINK_ETHERNET,
	  0 },
	{ "vxlan without the I flag", "00000000 000bb800", ENCAP_MALFORMED, 4789, NOTHING },
	{ "vxlan with group policy", "88480102 00000700", ENCAP_OK, 4789, "vxlan", 7, 8,
	  LINK_ETHERNET, 0 },
	{ "vxlan, group bits without G", "08000102 00000700", ENCAP_OK, 4789, "vxlan", 7, 8,
	  LINK_ETHERNET, ENCAP_RESERVED_BITS },
	{ "vxlan, reserved flag", "0c000000 00000700", ENCAP_OK, 4789, "vxlan", 7, 8, LINK_ETHERNET,
	  ENCAP_RESERVED_BITS },
	{ "vxlan, reserved last byte", "08000000 00000701", ENCAP_OK, 4789, "vxlan", 7, 8,
	  LINK_ETHERNET, ENCAP_RESERVED_BITS },
	/* VXLAN-GPE */
	{ "gpe of IPv4", "0c000001 00000900", ENCAP_OK, 4790, "vxlan-gpe", 9, 8, LINK_RAW, 0 },
	{ "gpe of IPv6", "0c000002 00000900", ENCAP_OK, 4790, "vxlan-gpe", 9, 8, LINK_RAW, 0 },
	{ "gpe of Ethernet", "0e000003 00000900", ENCAP_OK, 4790, "vxlan-gpe", 9, 8, LINK_ETHERNET,
	  0 },
	{ "gpe of NSH", "0c000004 00000900", ENCAP_UNSUPPORTED, 4790, NOTHING },
	{ "gpe of nothing known", "0c000000 00000900", ENCAP_UNSUPPORTED, 4790, NOTHING },
	{ "gpe without P", "08000000 00000900", ENCAP_OK, 4790, "vxlan-gpe", 9, 8, LINK_ETHERNET,
	  0 },
	{ "gpe without P, next protocol set", "08000001 00000900", ENCAP_OK, 4790, "vxlan-gpe", 9,
	  8, LINK_ETHERNET, ENCAP_RESERVED_BITS },
	{ "gpe, reserved bits", "0c010003 00000900", ENCAP_OK, 4790, "vxlan-gpe", 9, 8,
	  LINK_ETHERNET, ENCAP_RESERVED_BITS },
	{ "gpe OAM", "0d000003 00000900", ENCAP_UNSUPPORTED, 4790, NOTHING },
	{ "gpe version 1", "1c000003 00000900", ENCAP_MALFORMED, 4790, NOTHING },
	{ "gpe without the I flag", "04000003 00000900", ENCAP_MALFORMED, 4790, NOTHING },
	/* GENEVE */
	{ "geneve", "00006558 00000a00", ENCAP_OK, 6081, "geneve", 10, 8, LINK_ETHERNET, 0 },
	{ "geneve of IPv4", "00000800 00000000", ENCAP_OK, 6081, "geneve", 0, 8, LINK_RAW, 0 },
	{ "geneve of IPv6", "000086dd 00000000", ENCAP_OK, 6081, "geneve", 0, 8, LINK_RAW, 0 },
	{ "geneve, options cut off", "04406558 00000a00 01080101 aabbccdd 01088200",
	  ENCAP_TRUNCATED, 6081, NOTHING },
	{ "geneve, two options, one critical", "03406558 00000a00 01080101 aabbccdd 01088200",
	  ENCAP_OK, 6081, "geneve", 10, 20, LINK_ETHERNET, 0 },
	{ "geneve, option past the options", "02006558 00000a00 01080102 aabbccdd", ENCAP_OK, 6081,
	  "geneve", 10, 16, LINK_ETHERNET, ENCAP_DAMAGED_OPTION },
	{ "geneve, second option past the options", "02006558 00000a00 01080100 0108011f", ENCAP_OK,
	  6081, "geneve", 10, 16, LINK_ETHERNET, ENCAP_DAMAGED_OPTION },
	{ "geneve, reserved bits of an option", "01006558 00000a00 010801e0", ENCAP_OK, 6081,
	  "geneve", 10, 12, LINK_ETHERNET, ENCAP_RESERVED_BITS },
	{ "geneve, reserved bits", "00016558 00000a00", ENCAP_OK, 6081, "geneve", 10, 8,
	  LINK_ETHERNET, ENCAP_RESERVED_BITS },
	{ "geneve, reserved last byte", "00006558 00000aff", ENCAP_OK, 6081, "geneve", 10, 8,
	  LINK_ETHERNET, ENCAP_RESERVED_BITS },
	{ "geneve control packet", "00806558 00000a00", ENCAP_UNSUPPORTED, 6081, NOTHING },
	{ "geneve of MPLS, cut", "00008847 00000a00", ENCAP_TRUNCATED, 6081, NOTHING },
	{ "geneve of MPLS of IPv4", "00008847 00000a00 00064140 45", ENCAP_OK, 6081, "geneve", 10,
	  12, LINK_RAW, 0 },
	{ "geneve of MPLS, upstream labels, of IPv6", "00008848 00000a00 00064040 00065140 60",
	  ENCAP_OK, 6081, "geneve", 10, 16, LINK_RAW, 0 },
	{ "geneve of MPLS of a pseudowire",
	  "00008847 00000a00 00064140 00000000 020000000002 020000000001 0800", ENCAP_OK, 6081,
	  "geneve", 10, 16, LINK_ETHERNET, 0 },
	{ "geneve of PPP", "0000880b 00000a00 0021 45", ENCAP_OK, 6081, "geneve", 10, 10, LINK_RAW,
	  0 },
	{ "geneve of MPLS, control", "00808847 00000a00 00064140 45", ENCAP_UNSUPPORTED, 6081,
	  NOTHING },
	{ "geneve of ARP", "00000806 00000a00", ENCAP_UNSUPPORTED, 6081, NOTHING },
	{ "geneve version 1", "40006558 00000a00", ENCAP_MALFORMED, 6081, NOTHING },
	/* GRE */
	{ "gre of Ethernet", "00006558", ENCAP_OK, GRE, "gre", NO_ID, 4, LINK_ETHERNET, 0 },
	{ "gre of IPv4", "00000800", ENCAP_OK, GRE, "gre", NO_ID, 4, LINK_RAW, 0 },
	{ "gre of IPv6", "000086dd", ENCAP_OK, GRE, "gre", NO_ID, 4, LINK_RAW, 0 },
	{ "gre with checksum", "80000800 12340000", ENCAP_OK, GRE, "gre", NO_ID, 8, LINK_RAW, 0 },
	{ "gre with key", "20000800 00000063", ENCAP_OK, GRE, "gre", 99, 8, LINK_RAW, 0 },
	{ "gre with all", "b0000800 12340000 fffffffe 00000005", ENCAP_OK, GRE, "gre", 0xfffffffe,
	  16, LINK_RAW, 0 },
	{ "nvgre", "20006558 00138801", ENCAP_OK, GRE, "gre", 5000 << 8 | 1, 8, LINK_ETHERNET, 0 },
	{ "gre, offset without R", "80000800 12340001", ENCAP_OK, GRE, "gre", NO_ID, 8, LINK_RAW,
	  ENCAP_RESERVED_BITS },
	{ "gre, strict source route", "08000800", ENCAP_OK, GRE, "gre", NO_ID, 4, LINK_RAW,
	  ENCAP_RESERVED_BITS },
	{ "gre with routing", "40000800 00000000 00000000", ENCAP_MALFORMED, GRE, NOTHING },
	{ "gre of PPP of IPv4", "0000880b ff03 0021 45", ENCAP_OK, GRE, "gre", NO_ID, 8, LINK_RAW,
	  0 },
	{ "gre of PPP without address and control", "0000880b 0057 60", ENCAP_OK, GRE, "gre", NO_ID,
	  6, LINK_RAW, 0 },
	{ "gre of PPP, one byte of protocol", "2000880b 00000063 21 45", ENCAP_OK, GRE, "gre", 99,
	  9, LINK_RAW, 0 },
	{ "gre of PPP of MPLS", "0000880b ff03 0281 00064140 45", ENCAP_OK, GRE, "gre", NO_ID, 12,
	  LINK_RAW, 0 },
	{ "gre of PPP, link control", "0000880b ff03 c021 01010004", ENCAP_UNSUPPORTED, GRE,
	  NOTHING },
	{ "gre of MPLS of IPv4", "00008847 00064140 45", ENCAP_OK, GRE, "gre", NO_ID, 8, LINK_RAW,
	  0 },
	{ "gre of MPLS, key and three labels", "20008847 00000063 00010040 00020040 00030140 60",
	  ENCAP_OK, GRE, "gre", 99, 20, LINK_RAW, 0 },
	{ "gre of MPLS without a bottom", "00008847 00064040 00064040", ENCAP_TRUNCATED, GRE,
	  NOTHING },
	{ "gre of MPLS of a pseudowire",
	  "00008847 00064140 00001234 020000000002 020000000001 88cc", ENCAP_OK, GRE, "gre", NO_ID,
	  12, LINK_ETHERNET, 0 },
	{ "gre of MPLS, an 802.3 length",
	  "00008847 00064140 00000000 0180c2000000 020000000001 0026", ENCAP_OK, GRE, "gre", NO_ID,
	  12, LINK_ETHERNET, 0 },
	{ "gre of MPLS, a control word with flags",
	  "00008847 00064140 00120000 020000000002 020000000001 0800", ENCAP_UNSUPPORTED, GRE,
	  NOTHING },
	{ "gre of MPLS, from a group address",
	  "00008847 00064140 00000000 020000000002 030000000001 0800", ENCAP_UNSUPPORTED, GRE,
	  NOTHING },
	{ "gre of MPLS, neither type nor length",
	  "00008847 00064140 00000000 020000000002 020000000001 05dd", ENCAP_UNSUPPORTED, GRE,
	  NOTHING },
	{ "gre of MPLS, an associated channel", "00008847 00064140 10000021 45", ENCAP_UNSUPPORTED,
	  GRE, NOTHING },
	{ "gre of 802.11", "00008200 88020000", ENCAP_UNSUPPORTED, GRE, NOTHING },
	{ "gre version 1, PPTP", "3081880b 00100400 00000001 00000002", ENCAP_UNSUPPORTED, GRE,
	  NOTHING },
	{ "gre version 2", "00020800", ENCAP_MALFORMED, GRE, NOTHING },
	/* ERSPAN */
	{ "erspan1", "000088be aabb", ENCAP_OK, GRE, "erspan1", NO_ID, 4, LINK_ETHERNET, 0 },
	{ "erspan1, GRE version", "000188be aabb", ENCAP_OK, GRE, "erspan1", NO_ID, 4,
	  LINK_ETHERNET, ENCAP_RESERVED_BITS },
	{ "erspan2", "100088be 00000007 1064e7ff 00012345", ENCAP_OK, GRE, "erspan2", 1023, 16,
	  LINK_ETHERNET, 0 },
	{ "erspan2, reserved bits", "100088be 00000007 10640002 fff12345", ENCAP_OK, GRE, "erspan2",
	  2, 16, LINK_ETHERNET, ENCAP_RESERVED_BITS },
	{ "erspan2 of another version", "100088be 00000007 20640002 00012345", ENCAP_MALFORMED, GRE,
	  NOTHING },
	{ "erspan2 with routing", "500088be 00000007 10640002 00012345", ENCAP_MALFORMED, GRE,
	  NOTHING },
	{ "erspan3", "100022eb 00000007 20640005 11223344 00000008", ENCAP_OK, GRE, "erspan3", 5,
	  20, LINK_ETHERNET, 0 },
	{ "erspan3, no sequence", "000022eb 20640005 11223344 00008000", ENCAP_OK, GRE, "erspan3",
	  5, 16, LINK_ETHERNET, 0 },
	{ "erspan3 with subheader", "100022eb 00000007 20640005 11223344 00000001 0123456789abcdef",
	  ENCAP_OK, GRE, "erspan3", 5, 28, LINK_ETHERNET, 0 },
	{ "erspan3 of IP", "100022eb 00000007 20640005 11223344 00000800", ENCAP_OK, GRE, "erspan3",
	  5, 20, LINK_RAW, 0 },
	{ "erspan3 of something else", "100022eb 00000007 20640005 11223344 00000400",
	  ENCAP_UNSUPPORTED, GRE, NOTHING },
	{ "erspan3 of another version", "100022eb 00000007 10640005 11223344 00000000",
	  ENCAP_MALFORMED, GRE, NOTHING },
	{ "gre, 88EB is no ERSPAN", "100088eb 00000007 20640005 11223344 00000008",
	  ENCAP_UNSUPPORTED, GRE, NOTHING },
	/* GTP-U */
	{ "gtpu of IPv4", "30ff0001 00000a0b 45", ENCAP_OK, 2152, "gtpu", 0xa0b, 8, LINK_RAW, 0 },
	{ "gtpu of IPv6", "30ff0001 ffffffff 60", ENCAP_OK, 2152, "gtpu", 0xffffffff, 8, LINK_RAW,
	  0 },
	{ "gtpu with a sequence number", "32ff0005 00000a0b 1234ffff 45", ENCAP_OK, 2152, "gtpu",
	  0xa0b, 12, LINK_RAW, 0 },
	{ "gtpu with an N-PDU number, no extension", "31ff0005 00000a0b 12340185 45", ENCAP_OK,
	  2152, "gtpu", 0xa0b, 12, LINK_RAW, 0 },
	{ "gtpu with an extension cut off",
	  "34ff0111 00000a0b 00000085 01100940 02aabbcc ddeeff85 45", ENCAP_TRUNCATED, 2152,
	  NOTHING },
	{ "gtpu with extensions", "34ff0011 00000a0b 00000085 01100940 02aabbcc ddeeff00 45",
	  ENCAP_OK, 2152, "gtpu", 0xa0b, 24, LINK_RAW, 0 },
	{ "gtpu, empty extension", "34ff0009 00000a0b 00000085 00100900 45", ENCAP_MALFORMED, 2152,
	  NOTHING },
	{ "gtpu, extension past the length", "34ff0008 00000a0b 00000085 02100900 aabbccdd 45",
	  ENCAP_MALFORMED, 2152, NOTHING },
	{ "gtpu, optional part past the length", "32ff0003 00000a0b 00000000 45", ENCAP_MALFORMED,
	  2152, NOTHING },
	{ "gtpu, spare bit", "38ff0001 00000a0b 45", ENCAP_OK, 2152, "gtpu", 0xa0b, 8, LINK_RAW,
	  ENCAP_RESERVED_BITS },
	{ "gtpu of nothing", "30ff0000 00000a0b", ENCAP_MALFORMED, 2152, NOTHING },
	{ "gtpu of Ethernet", "30ff000e 00000a0b 020000000002 020000000001 8892", ENCAP_OK, 2152,
	  "gtpu", 0xa0b, 8, LINK_ETHERNET, 0 },
	{ "gtpu of Ethernet to an address that begins with 4",
	  "30ff0024 00000a0b 450000000002 020000000001 0800 4500", ENCAP_OK, 2152, "gtpu", 0xa0b, 8,
	  LINK_ETHERNET, 0 },
	{ "gtpu of Ethernet to an address that begins with 6",
	  "30ff0024 00000a0b 600000000002 020000000001 8100 0064", ENCAP_OK, 2152, "gtpu", 0xa0b, 8,
	  LINK_ETHERNET, 0 },
	{ "gtpu of IPv4 whose addresses look like an EtherType",
	  "30ff0014 00000a0b 45000014 00000000 40060000 08004001 08004002", ENCAP_OK, 2152, "gtpu",
	  0xa0b, 8, LINK_RAW, 0 },
	{ "gtpu of Ethernet, cut", "30ff0024 00000a0b 020000000002 020000000001", ENCAP_TRUNCATED,
	  2152, NOTHING },
	{ "gtpu of less than an Ethernet header", "30ff0004 00000a0b 02000000", ENCAP_UNSUPPORTED,
	  2152, NOTHING },
	{ "gtpu from a group address", "30ff000e 00000a0b 020000000002 030000000001 8892",
	  ENCAP_UNSUPPORTED, 2152, NOTHING },
	{ "gtpu of PPP", "30ff0002 00000a0b ff03", ENCAP_UNSUPPORTED, 2152, NOTHING },
	{ "gtpu echo request", "32010004 00000000 00010000", ENCAP_UNSUPPORTED, 2152, NOTHING },
	{ "gtp prime", "2eff0001 00000a0b 45", ENCAP_UNSUPPORTED, 2152, NOTHING },
	{ "gtp version 2", "48ff0001 00000a0b 45", ENCAP_UNSUPPORTED, 2152, NOTHING },
	/* IP in IP */
	{ "IPv4 in IP", "45", ENCAP_OK, 4, "ipip", NO_ID, 0, LINK_RAW, 0 },
	{ "IPv6 in IP", "60", ENCAP_OK, 41, "ipip", NO_ID, 0, LINK_RAW, 0 },
	{ "IPv6 as IPv4", "60", ENCAP_MALFORMED, 4, NOTHING },
	{ "IPv4 as IPv6", "45", ENCAP_MALFORMED, 41, NOTHING },
	/* TZSP */
	{ "tzsp", "01000001 01", ENCAP_OK, 37008, "tzsp", NO_ID, 5, LINK_ETHERNET, 0 },
	{ "tzsp for transmit", "01010001 01", ENCAP_OK, 37008, "tzsp", NO_ID, 5, LINK_ETHERNET, 0 },
	{ "tzsp with tags and padding", "01000001 00 0a01c8 00 290205dc 01 ff", ENCAP_OK, 37008,
	  "tzsp", NO_ID, 14, LINK_ETHERNET, 0 },
	{ "tzsp, tag past the end", "01000001 0a09c8 01", ENCAP_TRUNCATED, 37008, NOTHING },
	{ "tzsp keepalive", "01040000", ENCAP_UNSUPPORTED, 37008, NOTHING },
	{ "tzsp configuration", "01030001 01", ENCAP_UNSUPPORTED, 37008, NOTHING },
	{ "tzsp of 802.11", "01000012 0a01c8 01", ENCAP_OK, 37008, "tzsp", NO_ID, 8,
	  LINK_IEEE802_11, 0 },
	{ "tzsp of FDDI", "01000005 01", ENCAP_UNSUPPORTED, 37008, NOTHING },
	{ "tzsp version 2", "02000001 01", ENCAP_MALFORMED, 37008, NOTHING },
	/* EtherIP */
	{ "etherip", "3000", ENCAP_OK, ETHERIP, "etherip", NO_ID, 2, LINK_ETHERNET, 0 },
	{ "etherip, reserved bits", "3001", ENCAP_OK, ETHERIP, "etherip", NO_ID, 2, LINK_ETHERNET,
	  ENCAP_RESERVED_BITS },
	{ "etherip version 4", "4000", ENCAP_MALFORMED, ETHERIP, NOTHING },
	/* MPLS in UDP */
	{ "mpls of IPv4", "00064140 45", ENCAP_OK, 6635, "mpls", 100, 4, LINK_RAW, 0 },
	{ "mpls of IPv6, two labels", "00064040 fffff140 60", ENCAP_OK, 6635, "mpls", 0xfffff, 8,
	  LINK_RAW, 0 },
	{ "mpls of a pseudowire", "00064140 00000000 020000000002 020000000001 0806", ENCAP_OK,
	  6635, "mpls", 100, 8, LINK_ETHERNET, 0 },
	{ "mpls of something else", "00064140 50", ENCAP_UNSUPPORTED, 6635, NOTHING },
	/* GUE */
	{ "gue of IPv4", "00040000 45", ENCAP_OK, 6080, "gue", NO_ID, 4, LINK_RAW, 0 },
	{ "gue of IPv6, an extension", "02290001 0000000000000000 60", ENCAP_OK, 6080, "gue", NO_ID,
	  12, LINK_RAW, 0 },
	{ "gue of Ethernet", "008f0000", ENCAP_OK, 6080, "gue", NO_ID, 4, LINK_ETHERNET, 0 },
	{ "gue of MPLS", "00890000 00064140 45", ENCAP_OK, 6080, "gue", NO_ID, 8, LINK_RAW, 0 },
	{ "gue of TCP", "00060000", ENCAP_UNSUPPORTED, 6080, NOTHING },
	{ "gue of IPv4 that is none", "00040000 60", ENCAP_MALFORMED, 6080, NOTHING },
	{ "gue control", "20010000", ENCAP_UNSUPPORTED, 6080, NOTHING },
	{ "gue variant 1, IPv4", "45", ENCAP_OK, 6080, "gue", NO_ID, 0, LINK_RAW, 0 },
	{ "gue variant 1, IPv6", "60", ENCAP_OK, 6080, "gue", NO_ID, 0, LINK_RAW, 0 },
	{ "gue variant 1, neither", "50", ENCAP_MALFORMED, 6080, NOTHING },
	{ "gue variant 2", "80", ENCAP_MALFORMED, 6080, NOTHING },
	/* Teredo */
	{ "teredo", "60000000", ENCAP_OK, 3544, "teredo", NO_ID, 0, LINK_RAW, 0 },
	{ "teredo with an origin", "0000 1234 0a000001 60", ENCAP_OK, 3544, "teredo", NO_ID, 8,
	  LINK_RAW, 0 },
	{ "teredo with authentication", "0001 0201 6964 aa 0011223344556677 00 6000", ENCAP_OK,
	  3544, "teredo", NO_ID, 16, LINK_RAW, 0 },
	{ "teredo with both", "0001 0000 0011223344556677 00 0000 1234 0a000001 60", ENCAP_OK, 3544,
	  "teredo", NO_ID, 21, LINK_RAW, 0 },
	{ "teredo of IPv4", "45000000", ENCAP_MALFORMED, 3544, NOTHING },
	/* others */
	{ "another port", "08000000 000bb800", ENCAP_NOT_MINE, 53, NOTHING },
	{ "port 0", "08000000 000bb800", ENCAP_NOT_MINE, 256, NOTHING },
	{ "another protocol", "08000000 000bb800", ENCAP_NOT_MINE, 89, NOTHING },
};

enum { SAMPLES = sizeof samples / sizeof samples[0] };

static bool agrees(const struct sample *sample, const struct tunnel *tunnel)
{
	return sample->encap != NULL && strcmp(tunnel->encap->name, sample->encap) == 0 &&
	       tunnel->header_len == sample->header_len && tunnel->linktype == sample->linktype &&
	       tunnel->anomalies == sample->anomalies && tunnel->has_id == (sample->id != NO_ID) &&
	       (!tunnel->has_id || tunnel->id == sample->id);
}

static void test_samples(const struct encap_select *all)
{
	for (unsigned i = 0; i < SAMPLES; i++) {
		struct tunnel tunnel;
		uint8_t bytes[64];
		size_t len = build_hex_at(bytes, sizeof bytes, samples[i].hex);
		enum encap_verdict verdict =
			parse_bytes(bytes, len, samples[i].number, all, &tunnel);

		ok(verdict == samples[i].verdict && (verdict || agrees(&samples[i], &tunnel)), "%s",
		   samples[i].what);
		if (verdict == ENCAP_OK && !agrees(&samples[i], &tunnel))
			printf("#   %s id %u header %u link type %u anomalies %u\n",
			       tunnel.encap->name, tunnel.id, tunnel.header_len, tunnel.linktype,
			       tunnel.anomalies);
		else if (verdict != samples[i].verdict)
			printf("#   verdict %d\n", verdict);
	}
}

/* What is OK when whole is cut at every shorter length down to its header, never anything else; no
 * codec claims bytes that are not there. */
static void test_prefixes(const struct encap_select *all)
{
	for (unsigned i = 0; i < SAMPLES; i++) {
		uint8_t bytes[64];
		size_t len = build_hex_at(bytes, sizeof bytes, samples[i].hex);
		bool good = true;

		for (size_t cut = 0; cut < len; cut++) {
			struct tunnel t;
			enum encap_verdict v = parse_bytes(bytes, cut, samples[i].number, all, &t);

			if (samples[i].verdict == ENCAP_OK && cut < samples[i].header_len)
				good &= v == ENCAP_TRUNCATED;
			good &= v != ENCAP_OK || t.header_len <= cut;
		}
		ok(good, "every prefix: %s", samples[i].what);
	}
}

int main(void)
{
	struct encap_select all;

	encap_select_all(&all);
	test_samples(&all);
	test_prefixes(&all);
	return tap_done();
}
