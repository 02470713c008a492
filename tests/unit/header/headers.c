/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parser over samples by their RFC's picture, over damage, and over every prefix of each. */
#include "header/headers.h"

#include "lib/build.h"
#include "lib/same_headers.h"
#include "lib/tap.h"

#define MAC "0200000000020200000000 01"
#define V4(len, fragment, protocol) \
	"4500" len "1234" fragment "40" protocol "0000 0a000001 0a000002"
#define V6(len, next) \
	"60000000" len next "40 20010db8000000000000000000000001 20010db8000000000000000000000002"
#define UDP_HEADER "c350 12b5 000c 0000"
#define TCP_HEADER "0050 c350 00000001 00000002 5010 ffff 0000 0000"
#define BODY	   "61626364"

static const struct sample {
	const char *what;
	uint32_t linktype;
	enum headers_end end;
	const char *chain; /* of headers */
	uint32_t claim;	   /* end that IP claims, 0: none */
	uint32_t payload;  /* offset behind the last header */
	const char *hex;
} samples[] = {
	/* The transports */
	{ "udp", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet ipv4 udp", 46, 42,
	  MAC "0800" V4("0020", "0000", "11") UDP_HEADER BODY },
	{ "tcp", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet ipv4 tcp", 1514, 54,
	  MAC "0800" V4("05dc", "4000", "06") TCP_HEADER },
	{ "tcp with options", LINK_RAW, HEADERS_TRANSPORT, "ipv4 tcp", 44, 44,
	  V4("002c", "0000", "06") "0050 c350 00000001 00000002 6010 ffff 0000 0000 020405b4" },
	{ "tcp, offset below 5", LINK_RAW, HEADERS_MALFORMED, "ipv4 tcp", 40, 20,
	  V4("0028", "0000", "06") "0050 c350 00000001 00000002 4010 ffff 0000 0000" },
	{ "sctp", LINK_RAW, HEADERS_TRANSPORT, "ipv4 sctp", 32, 32,
	  V4("0020", "0000", "84") "0b59 0b5a 00000000 00000000" },
	{ "udp-lite", LINK_RAW, HEADERS_TRANSPORT, "ipv4 lite", 32, 28,
	  V4("0020", "0000", "88") "c350 12b5 0008 0000" BODY },
	{ "udp-lite, cut", LINK_RAW, HEADERS_TRUNCATED, "ipv4 lite", 32, 26,
	  V4("0020", "0000", "88") "c350 12b5 0008" },
	{ "dccp", LINK_RAW, HEADERS_TRANSPORT, "ipv4 dccp", 36, 36,
	  V4("0024", "0000", "21") "c350 12b5 04 00 0000 01000000 00000001" },
	{ "dccp, data offset below its header", LINK_RAW, HEADERS_MALFORMED, "ipv4 dccp", 36, 20,
	  V4("0024", "0000", "21") "c350 12b5 02 00 0000 01000000 00000001" },
	{ "dccp, data offset past the packet", LINK_RAW, HEADERS_MALFORMED, "ipv4 dccp", 36, 36,
	  V4("0024", "0000", "21") "c350 12b5 40 00 0000 01000000 00000001" },
	{ "icmp", LINK_RAW, HEADERS_TRANSPORT, "ipv4 icmp", 28, 28,
	  V4("001c", "0000", "01") "0800 0000 0001 0001" },
	{ "icmp6", LINK_RAW, HEADERS_TRANSPORT, "ipv6 icmp6", 48, 48,
	  V6("0008", "3a") "8000 0000 0001 0001" },
	{ "no room for udp in IP, padded", LINK_ETHERNET, HEADERS_MALFORMED, "ethernet ipv4", 34,
	  34, MAC "0800" V4("0014", "0000", "11") "0000000000000000 0000" },
	{ "gre", LINK_RAW, HEADERS_IP_PAYLOAD, "ipv4", 24, 20,
	  V4("0018", "0000", "2f") "00006558" },
	/* IPv4 */
	{ "ipv4 with an authentication header", LINK_RAW, HEADERS_TRANSPORT, "ipv4 ah udp", 56, 52,
	  V4("0038", "4000",
	     "33") "1104 0000 00000001 00000002 001122334455667788990011" UDP_HEADER BODY },
	{ "ipv4 with two authentication headers", LINK_RAW, HEADERS_IP_PAYLOAD, "ipv4 ah ah", 48,
	  44,
	  V4("0030", "0000", "33") "3301 0000 00000001 00000002 0401 0000 00000001 00000002"
				   "45000000" },
	{ "ipv4, authentication header past the packet", LINK_RAW, HEADERS_MALFORMED, "ipv4", 40,
	  20, V4("0028", "0000", "33") "1104 0000 00000001 00000002 0011223344556677" },
	{ "ipv4, a fragment of an authentication header", LINK_RAW, HEADERS_FRAGMENT, "ipv4", 40,
	  20, V4("0028", "2000", "33") "1104 0000 00000001 00000002 0011223344556677" },
	{ "ipv4 options", LINK_RAW, HEADERS_TRANSPORT, "ipv4 udp", 32, 32,
	  "4600 0020 1234 0000 4011 0000 0a000001 0a000002 01010101" UDP_HEADER },
	{ "ipv4 total length 0", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet ipv4 udp", 0, 42,
	  MAC "0800" V4("0000", "0000", "11") UDP_HEADER },
	{ "ipv4 total length below its header", LINK_RAW, HEADERS_MALFORMED, "ipv4", 0, 0,
	  V4("0013", "0000", "11") UDP_HEADER },
	{ "ipv4 total length below its options", LINK_RAW, HEADERS_MALFORMED, "ipv4", 0, 0,
	  "4600 0016 1234 0000 4011 0000 0a000001 0a000002 01010101" },
	{ "ipv4 header length below 5", LINK_RAW, HEADERS_MALFORMED, "", 0, 0,
	  "4400 0020 1234 0000 4011 0000 0a000001 0a000002" },
	{ "ipv4 of another version", LINK_IPV4, HEADERS_MALFORMED, "", 0, 0, "55" },
	{ "ipv4 first fragment", LINK_RAW, HEADERS_TRANSPORT, "ipv4 udp", 28, 28,
	  V4("001c", "2000", "11") UDP_HEADER },
	{ "ipv4 later fragment", LINK_RAW, HEADERS_FRAGMENT, "ipv4", 28, 20,
	  V4("001c", "2001", "11") UDP_HEADER },
	{ "ipv4 first fragment of gre", LINK_RAW, HEADERS_FRAGMENT, "ipv4", 24, 20,
	  V4("0018", "2000", "2f") "00006558" },
	/* IPv6 */
	{ "ipv6 udp", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet ipv6 udp", 66, 62,
	  MAC "86dd" V6("000c", "11") UDP_HEADER BODY },
	{ "ipv6 extension headers", LINK_RAW, HEADERS_TRANSPORT, "ipv6 udp", 84, 84,
	  V6("002c", "00") "2b 00 010400000000"
			   "3c 00 00000000 0000"
			   "33 00 010400000000"
			   "11 01 0000 00000001 00000001" UDP_HEADER },
	{ "ipv6 payload length 0", LINK_RAW, HEADERS_TRANSPORT, "ipv6 udp", 0, 48,
	  V6("0000", "11") UDP_HEADER },
	{ "ipv6 no next header", LINK_RAW, HEADERS_IP_PAYLOAD, "ipv6", 40, 40, V6("0000", "3b") },
	{ "ipv6 esp", LINK_RAW, HEADERS_IP_PAYLOAD, "ipv6", 48, 40,
	  V6("0008", "32") "0000000100000001" },
	{ "ipv6 jumbogram", LINK_RAW, HEADERS_TRANSPORT, "ipv6 udp", 40 + 0x11170, 56,
	  V6("0000", "00") "11 00 c204 00011170 c350 12b5 0000 0000" },
	{ "ipv6 jumbo behind padding", LINK_RAW, HEADERS_TRANSPORT, "ipv6 udp", 40 + 0x11170, 64,
	  V6("0000", "00") "11 01 00 0101 00 00 00 c204 00011170 0000 c350 12b5 0000 0000" },
	{ "ipv6 jumbo too small", LINK_RAW, HEADERS_MALFORMED, "ipv6", 0, 0,
	  V6("0000", "00") "11 00 c204 00001000 c350 12b5 0000 0000" },
	{ "ipv6 hop-by-hop without jumbo", LINK_RAW, HEADERS_TRANSPORT, "ipv6 udp", 0, 56,
	  V6("0000", "00") "11 00 010400000000 c350 12b5 0000 0000" },
	{ "ipv6 option past the header", LINK_RAW, HEADERS_TRANSPORT, "ipv6 udp", 0, 56,
	  V6("0000", "00") "11 00 01ff00000000" UDP_HEADER },
	{ "ipv6 extension past the payload", LINK_RAW, HEADERS_MALFORMED, "ipv6", 48, 40,
	  V6("0008", "00") "11 01 010c000000000000000000000000" UDP_HEADER },
	{ "ipv6 first fragment", LINK_RAW, HEADERS_TRANSPORT, "ipv6 udp", 56, 56,
	  V6("0010", "2c") "11 00 0001 00000007" UDP_HEADER },
	{ "ipv6 later fragment", LINK_RAW, HEADERS_FRAGMENT, "ipv6", 64, 56,
	  V6("0018", "3c") "2c 00 010400000000"
			   "11 00 0008 00000007" UDP_HEADER },
	{ "ipv6 atomic fragment", LINK_RAW, HEADERS_TRANSPORT, "ipv6 udp", 56, 56,
	  V6("0010", "2c") "11 00 0000 00000007" UDP_HEADER },
	{ "ipv6 of another version", LINK_IPV6, HEADERS_MALFORMED, "", 0, 0, "45" },
	/* Ethernet and what stands behind it */
	{ "llc", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet", 0, 14, MAC "0026 4242 03" },
	{ "arp", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet arp", 0, 22,
	  MAC "0806 0001 0800 06 04 0001" },
	{ "lldp", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet", 0, 14, MAC "88cc 0207" },
	{ "vlan", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet vlan ipv4 udp", 46, 46,
	  MAC "8100 6064 0800" V4("001c", "0000", "11") UDP_HEADER },
	{ "four tags", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet vlan vlan vlan vlan ipv4 udp",
	  58, 58,
	  MAC "88a8 0001 9100 0002 9200 0003 8100 0004 0800" V4("001c", "0000", "11") UDP_HEADER },
	{ "mpls", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet mpls ipv4 udp", 50, 50,
	  MAC "8847 00010040 00011140" V4("001c", "0000", "11") UDP_HEADER },
	{ "mpls multicast of ipv6", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet mpls ipv6 udp", 66,
	  66, MAC "8848 00011140" V6("0008", "11") UDP_HEADER },
	{ "pseudowire", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet mpls ethernet ipv4 udp", 64, 64,
	  MAC "8847 00011140 00000000" MAC "0800" V4("001c", "0000", "11") UDP_HEADER },
	{ "mpls of something else", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet mpls", 0, 18,
	  MAC "8847 00011140 10" },
	{ "pppoe", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet pppoe ppp ipv4 udp", 50, 50,
	  MAC "8864 1100 0001 001e 0021" V4("001c", "0000", "11") UDP_HEADER },
	{ "pppoe, short protocol, ipv6", LINK_ETHERNET, HEADERS_TRANSPORT,
	  "ethernet pppoe ppp ipv6 udp", 69, 69,
	  MAC "8864 1100 0001 0031 57" V6("0008", "11") UDP_HEADER },
	{ "pppoe of lcp", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet pppoe ppp", 0, 22,
	  MAC "8864 1100 0001 000a c021 09000008" },
	{ "pppoe discovery", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet pppoe", 0, 20,
	  MAC "8863 1109 0000 0004 01010000" },
	{ "pppoe of another version", LINK_ETHERNET, HEADERS_MALFORMED, "ethernet pppoe", 0, 14,
	  MAC "8864 2100 0001 000a" },
	/* Link types */
	{ "raw 12", LINK_RAW_12, HEADERS_TRANSPORT, "ipv4 udp", 28, 28,
	  V4("001c", "0000", "11") UDP_HEADER },
	{ "raw 14", LINK_RAW_14, HEADERS_TRANSPORT, "ipv6 udp", 48, 48,
	  V6("0008", "11") UDP_HEADER },
	{ "raw 228", LINK_IPV4, HEADERS_TRANSPORT, "ipv4 udp", 28, 28,
	  V4("001c", "0000", "11") UDP_HEADER },
	{ "raw 229", LINK_IPV6, HEADERS_TRANSPORT, "ipv6 udp", 48, 48,
	  V6("0008", "11") UDP_HEADER },
	{ "sll", LINK_SLL, HEADERS_TRANSPORT, "sll ipv4 udp", 44, 44,
	  "0000 0001 0006 0200000000010000 0800" V4("001c", "0000", "11") UDP_HEADER },
	{ "sll of netlink", LINK_SLL, HEADERS_NOT_IP, "sll", 0, 16,
	  "0004 0338 0000 0000000000000000 0800" V4("001c", "0000", "11") },
	{ "sll2 with a tag", LINK_SLL2, HEADERS_TRANSPORT, "sll2 vlan ipv4 udp", 52, 52,
	  "8100 0000 00000002 0001 00 06 0200000000010000 0064 0800" V4("001c", "0000", "11")
		  UDP_HEADER },
	{ "null, little-endian", LINK_NULL, HEADERS_TRANSPORT, "null ipv4 udp", 32, 32,
	  "02000000" V4("001c", "0000", "11") UDP_HEADER },
	{ "null, big-endian", LINK_NULL, HEADERS_TRANSPORT, "null ipv4 udp", 32, 32,
	  "00000002" V4("001c", "0000", "11") UDP_HEADER },
	{ "null, FreeBSD's IPv6", LINK_NULL, HEADERS_TRANSPORT, "null ipv6 udp", 52, 52,
	  "1c000000" V6("0008", "11") UDP_HEADER },
	{ "null, another family", LINK_NULL, HEADERS_NOT_IP, "null", 0, 4, "07000000 45" },
	{ "loop", LINK_LOOP, HEADERS_TRANSPORT, "null ipv6 udp", 52, 52,
	  "00000018" V6("0008", "11") UDP_HEADER },
	{ "loop is big-endian", LINK_LOOP, HEADERS_NOT_IP, "null", 0, 4, "02000000 45" },
	{ "ppp", LINK_PPP, HEADERS_TRANSPORT, "ppp ipv4 udp", 30, 30,
	  "0021" V4("001c", "0000", "11") UDP_HEADER },
	{ "ppp with address and control", LINK_PPP, HEADERS_TRANSPORT, "ppp ipv4 udp", 32, 32,
	  "ff030021" V4("001c", "0000", "11") UDP_HEADER },
	{ "ppp of mpls", LINK_PPP_HDLC, HEADERS_TRANSPORT, "ppp mpls ipv4 udp", 36, 36,
	  "ff030281 00011140" V4("001c", "0000", "11") UDP_HEADER },
	{ "cisco hdlc", LINK_PPP_HDLC, HEADERS_TRANSPORT, "ppp ipv4 udp", 32, 32,
	  "0f000800" V4("001c", "0000", "11") UDP_HEADER },
	{ "an unknown link type", 147, HEADERS_UNKNOWN_LINK, "", 0, 0, "4500" },
};

enum { SAMPLES = sizeof samples / sizeof samples[0], ROOM = 512 };

static unsigned count_of(const char *chain, const char *word)
{
	unsigned count = 0;

	for (const char *at = chain; (at = strstr(at, word)) != NULL; at += strlen(word))
		count++;
	return count;
}

enum { WORDS = 7 };

struct word {
	const char *word;
	unsigned number;
};

/* The number of the last of the words that stands in the chain, 0 if it has none. */
static unsigned number_of(const char *chain, const struct word words[WORDS])
{
	unsigned number = 0;

	for (int i = 0; i < WORDS && words[i].word != NULL; i++)
		if (strstr(chain, words[i].word) != NULL)
			number = words[i].number;
	return number;
}

static bool chain_fits(const struct headers *headers, const char *chain)
{
	static const struct word links[WORDS] = { { "null", HEADERS_LINK_NULL },
						  { "ppp", HEADERS_LINK_PPP },
						  { "sll", HEADERS_LINK_SLL },
						  { "sll2", HEADERS_LINK_SLL2 },
						  { "ethernet", HEADERS_LINK_ETHERNET } };
	static const struct word ips[WORDS] = { { "ipv4", 4 }, { "ipv6", 6 } };
	static const struct word transports[WORDS] = { { "tcp", 6 },	{ "udp", 17 },
						       { "sctp", 132 }, { "icmp", 1 },
						       { "icmp6", 58 }, { "lite", 136 },
						       { "dccp", 33 } };

	return headers->depth == (*chain != '\0') + count_of(chain, " ") &&
	       headers->vlans == count_of(chain, "vlan") &&
	       headers->link == number_of(chain, links) &&
	       headers->ip_version == number_of(chain, ips) &&
	       headers->l4 == number_of(chain, transports);
}

static size_t bytes_of(const struct sample *sample, uint8_t room[ROOM])
{
	return build_hex_at(room, ROOM, sample->hex);
}

static void test_sample(const struct sample *sample)
{
	uint8_t room[ROOM];
	size_t len = bytes_of(sample, room);
	struct headers headers;
	char name[160];

	headers_parse(&headers, sample->linktype, span_of(room, len), 0);
	ok(chain_fits(&headers, sample->chain), "%s: %s", sample->what, sample->chain);
	snprintf(name, sizeof name, "%s: end", sample->what);
	is_u64(headers.end, sample->end, name);
	snprintf(name, sizeof name, "%s: claim", sample->what);
	is_u64(headers.network_end, sample->claim, name);
	snprintf(name, sizeof name, "%s: payload", sample->what);
	is_u64(headers.payload, sample->payload, name);
	ok(is_sound(&headers, len), "%s: is sound", sample->what);
}

static void test_prefixes(const struct sample *sample, uint32_t offset)
{
	uint8_t room[ROOM] = { 0 }, *exact;
	size_t len = bytes_of(sample, room + offset) + offset, good = 0;
	struct headers whole, part;

	headers_parse(&whole, sample->linktype, span_of(room, len), offset);
	for (size_t n = 0; n <= len; n++) {
		exact = build_exact(room, n);
		/* What was there before must not matter. */
		memset(&part, 0xA5, sizeof part);
		headers_parse(&part, sample->linktype, span_of(exact, n), offset);
		good += is_prefix(&part, &whole, n);
		free(exact);
	}
	ok(good == len + 1, "%s: every prefix, at %u", sample->what, offset);
}

/* Deep stacks end, and say so. */
static void test_depth(void)
{
	enum { TAGS = HEADERS_DEPTH_MAX - 1 };
	uint8_t room[14 + 4 * 64] = { 0 };
	uint16_t vids[TAGS + 2] = { 0 };
	struct span packet = span_of(room, sizeof room);
	struct headers headers;
	unsigned good = 0;

	for (size_t at = 12; at + 2 <= sizeof room; at += 4)
		build_be16(room + at, 0x8100);
	for (size_t i = 0; i < 64; i++)
		room[15 + 4 * i] = (uint8_t)(i + 1);
	headers_parse(&headers, LINK_ETHERNET, packet, 0);
	ok(headers.end == HEADERS_TOO_DEEP && headers.depth == HEADERS_DEPTH_MAX,
	   "64 tags: too deep, with as many headers as there may be");
	ok(headers.vlans == TAGS && headers.vlan[HEADERS_VLANS - 1] == HEADERS_VLANS,
	   "64 tags: all are counted, and the first VIDs known");
	is_u64(headers_vlans(LINK_ETHERNET, packet, 0, vids, TAGS + 1), TAGS, "64 tags: VIDs");
	for (uint16_t i = 0; i < TAGS; i++)
		good += vids[i] == i + 1;
	ok(good == TAGS && vids[TAGS] == 0, "64 tags: all VIDs, and no more");
	memset(vids, 0, sizeof vids);
	ok(headers_vlans(LINK_ETHERNET, packet, 0, vids, 3) == 3 && vids[2] == 3 && vids[3] == 0,
	   "64 tags: as many VIDs as there is room for");
}

static void test_extensions(void)
{
	enum { HEADERS = 4000 };
	uint8_t *packet = calloc(1, 40 + HEADERS * 8);
	struct headers headers;

	packet[0] = 0x60;
	build_be16(packet + 4, HEADERS * 8);
	packet[6] = 60;
	for (size_t i = 0; i < HEADERS; i++)
		packet[40 + i * 8] = 60;
	headers_parse(&headers, LINK_RAW, span_of(packet, 40 + HEADERS * 8), 0);
	is_u64(headers.end, HEADERS_TOO_DEEP, "4000 extension headers: too deep");
	is_u64(headers.network_end, 40 + HEADERS * 8, "4000 extension headers: the claim stands");
	free(packet);
}

static struct headers headers_of(const char *what)
{
	uint8_t room[ROOM];
	struct headers headers = { 0 };

	for (size_t i = 0; i < SAMPLES; i++)
		if (strcmp(samples[i].what, what) == 0)
			headers_parse(&headers, samples[i].linktype,
				      span_of(room, bytes_of(&samples[i], room)), 0);
	return headers;
}

static void test_fragments(void)
{
	enum { LATER = HEADERS_ANY_FRAGMENT | HEADERS_LATER_FRAGMENT };
	struct headers headers = headers_of("ipv4 later fragment");

	is_u64(headers.flags, LATER, "ipv4 later fragment: flags");
	ok(headers.fragment_offset == 8 && headers.fragment_id == 0x1234,
	   "ipv4 later fragment: offset in bytes, identification");
	ok(headers.more_fragments, "ipv4 later fragment: more follow");
	is_u64(headers_of("ipv4 first fragment").flags, HEADERS_ANY_FRAGMENT,
	       "ipv4 first fragment: flags");
	headers = headers_of("ipv6 later fragment");
	is_u64(headers.flags, LATER, "ipv6 later fragment: flags");
	ok(headers.fragment_offset == 8 && headers.fragment_id == 7,
	   "ipv6 later fragment: offset in bytes, identification");
	ok(headers.unfragmentable_len == 48 && headers.network_len == 56,
	   "ipv6 later fragment: unfragmentable part, header length");
	is_u64(headers.protocol, 17, "ipv6 later fragment: what is fragmented");
	ok(!headers.more_fragments, "ipv6 later fragment: the last");
	is_u64(headers_of("ipv6 atomic fragment").flags, 0, "ipv6 atomic fragment: none at all");
}

static void test_fields(void)
{
	struct headers headers = headers_of("ipv6 jumbogram");

	ok(headers.flags == HEADERS_JUMBO && headers.transport_end == 0,
	   "ipv6 jumbogram: flags, and UDP's length 0 is no claim");
	is_u64(headers_of("ipv6 payload length 0").flags, HEADERS_NO_LENGTH, "IPv6 length 0");
	is_u64(headers_of("ipv4 total length 0").flags, HEADERS_NO_LENGTH, "IPv4 length 0");
	headers = headers_of("udp");
	ok(headers.src_port == 50000 && headers.dst_port == 4789, "udp: ports");
	is_u64(headers.transport_end, 46, "udp: its own length");
	ok(headers.network == 14 && headers.network_len == 20, "udp: IP's header");
	ok(headers.transport == 34 && headers.transport_len == 8, "udp: its header");
	is_u64(headers_of("tcp with options").transport_len, 24, "TCP options");
	is_u64(headers_of("ipv4 options").network_len, 24, "IPv4 options");
	headers = headers_of("four tags");
	ok(headers.vlan[2] == 3 && headers.link_len == 30, "four tags: third VID, length");
	is_u64(headers_of("vlan").vlan[0], 100, "vlan: VID without priority");
	headers = headers_of("pseudowire");
	ok(headers.network == 36 && headers.link_len == 28, "pseudowire: MPLS does not count");
	headers = headers_of("udp-lite");
	ok(headers.dst_port == 4789 && headers.transport_end == 0 && !headers_is_udp(&headers),
	   "udp-lite: ports, no length, no tunnel");
	headers = headers_of("dccp");
	ok(headers.dst_port == 4789 && headers.transport_len == 16, "dccp: ports, its header");
	headers = headers_of("pppoe");
	ok(headers.link_end == 50 && headers.link_len == 14, "pppoe: its own length");
	is_u64(headers_of("pppoe discovery").link_end, 24, "pppoe discovery: its own length");
}

static void test_addresses(void)
{
	static const struct {
		const char *what, *hex;
		size_t at, len;
	} rows[] = { { "IPv4, the rest zero", V4("001c", "0000", "11") UDP_HEADER, 12, 4 },
		     { "IPv6", V6("0008", "11") UDP_HEADER, 8, 16 },
		     { "no IP", "4500", 0, 0 } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t room[ROOM], want[2][16] = { { 0 } };
		struct span packet = span_of(room, build_hex_at(room, ROOM, rows[i].hex));
		struct headers_addresses addresses;
		struct headers headers;

		memcpy(want[0], room + rows[i].at, rows[i].len);
		memcpy(want[1], room + rows[i].at + rows[i].len, rows[i].len);
		memset(&addresses, 0xA5, sizeof addresses);
		headers_parse(&headers, LINK_RAW, packet, 0);
		ok(headers_copy_addresses(&headers, packet, &addresses) == (rows[i].len > 0) &&
			   memcmp(addresses.src, want[0], 16) == 0 &&
			   memcmp(addresses.dst, want[1], 16) == 0 &&
			   headers_address_bytes(&headers, packet).len == 2 * rows[i].len,
		   "addresses: %s", rows[i].what);
	}
}

/* An Ethernet snapshot of 68 bytes cuts an IPv6 TCP header behind its ports. */
static void test_cut_ports(void)
{
	uint8_t room[ROOM];
	size_t len = build_hex_at(room, ROOM, V6("0014", "06") TCP_HEADER);
	struct headers headers;

	headers_parse(&headers, LINK_RAW, span_of(room, len - 10), 0);
	ok(headers.end == HEADERS_TRUNCATED && headers.l4 == 6 && headers.dst_port == 50000,
	   "tcp cut: said so, and the ports are known");
	headers_parse(&headers, LINK_RAW, span_of(room, 43), 0);
	ok(headers.end == HEADERS_TRUNCATED && headers.l4 == 0, "tcp cut inside its ports");
	is_u64(headers.network_end, 60, "tcp cut inside its ports: the claim stands");
}

int main(void)
{
	for (size_t i = 0; i < SAMPLES; i++) {
		test_sample(&samples[i]);
		test_prefixes(&samples[i], 0);
		test_prefixes(&samples[i], 5);
	}
	test_depth();
	test_extensions();
	test_fragments();
	test_fields();
	test_addresses();
	test_cut_ports();
	ok(headers_know(LINK_SLL2) && !headers_know(147), "headers_know");
	return tap_done();
}
