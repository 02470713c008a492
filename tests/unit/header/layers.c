/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The walk over samples by their RFC's picture, over damage, and over every prefix of each. */
#include "header/layers.h"
#include "lib/build.h"
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
	enum layers_end end;
	const char *chain;
	uint32_t claim;	  /* end of the IP layer, 0: none */
	uint32_t payload; /* offset behind the last header */
	const char *hex;
} samples[] = {
	/* The transports */
	{ "udp", LINK_ETHERNET, LAYERS_TRANSPORT, "ethernet ipv4 udp", 46, 42,
	  MAC "0800" V4("0020", "0000", "11") UDP_HEADER BODY },
	{ "tcp", LINK_ETHERNET, LAYERS_TRANSPORT, "ethernet ipv4 tcp", 1514, 54,
	  MAC "0800" V4("05dc", "4000", "06") TCP_HEADER },
	{ "tcp with options", LINK_RAW, LAYERS_TRANSPORT, "ipv4 tcp", 44, 44,
	  V4("002c", "0000", "06") "0050 c350 00000001 00000002 6010 ffff 0000 0000 020405b4" },
	{ "tcp, offset below 5", LINK_RAW, LAYERS_MALFORMED, "ipv4 tcp", 40, 20,
	  V4("0028", "0000", "06") "0050 c350 00000001 00000002 4010 ffff 0000 0000" },
	{ "sctp", LINK_RAW, LAYERS_TRANSPORT, "ipv4 sctp", 32, 32,
	  V4("0020", "0000", "84") "0b59 0b5a 00000000 00000000" },
	{ "icmp", LINK_RAW, LAYERS_TRANSPORT, "ipv4 icmp", 28, 28,
	  V4("001c", "0000", "01") "0800 0000 0001 0001" },
	{ "icmp6", LINK_RAW, LAYERS_TRANSPORT, "ipv6 icmp6", 48, 48,
	  V6("0008", "3a") "8000 0000 0001 0001" },
	{ "no room for udp in IP, padded", LINK_ETHERNET, LAYERS_MALFORMED, "ethernet ipv4", 34, 34,
	  MAC "0800" V4("0014", "0000", "11") "0000000000000000 0000" },
	{ "gre", LINK_RAW, LAYERS_IP_PAYLOAD, "ipv4", 24, 20, V4("0018", "0000", "2f") "00006558" },
	/* IPv4 */
	{ "ipv4 options", LINK_RAW, LAYERS_TRANSPORT, "ipv4 udp", 32, 32,
	  "4600 0020 1234 0000 4011 0000 0a000001 0a000002 01010101" UDP_HEADER },
	{ "ipv4 total length 0", LINK_ETHERNET, LAYERS_TRANSPORT, "ethernet ipv4 udp", 0, 42,
	  MAC "0800" V4("0000", "0000", "11") UDP_HEADER },
	{ "ipv4 total length below its header", LINK_RAW, LAYERS_MALFORMED, "ipv4", 0, 0,
	  V4("0013", "0000", "11") UDP_HEADER },
	{ "ipv4 total length below its options", LINK_RAW, LAYERS_MALFORMED, "ipv4", 0, 0,
	  "4600 0016 1234 0000 4011 0000 0a000001 0a000002 01010101" },
	{ "ipv4 header length below 5", LINK_RAW, LAYERS_MALFORMED, "", 0, 0,
	  "4400 0020 1234 0000 4011 0000 0a000001 0a000002" },
	{ "ipv4 of another version", LINK_IPV4, LAYERS_MALFORMED, "", 0, 0, "55" },
	{ "ipv4 first fragment", LINK_RAW, LAYERS_TRANSPORT, "ipv4 udp", 28, 28,
	  V4("001c", "2000", "11") UDP_HEADER },
	{ "ipv4 later fragment", LINK_RAW, LAYERS_FRAGMENT, "ipv4", 28, 20,
	  V4("001c", "2001", "11") UDP_HEADER },
	{ "ipv4 first fragment of gre", LINK_RAW, LAYERS_FRAGMENT, "ipv4", 24, 20,
	  V4("0018", "2000", "2f") "00006558" },
	/* IPv6 */
	{ "ipv6 udp", LINK_ETHERNET, LAYERS_TRANSPORT, "ethernet ipv6 udp", 66, 62,
	  MAC "86dd" V6("000c", "11") UDP_HEADER BODY },
	{ "ipv6 extension headers", LINK_RAW, LAYERS_TRANSPORT, "ipv6 udp", 84, 84,
	  V6("002c", "00") "2b 00 010400000000"
			   "3c 00 00000000 0000"
			   "33 00 010400000000"
			   "11 01 0000 00000001 00000001" UDP_HEADER },
	{ "ipv6 payload length 0", LINK_RAW, LAYERS_TRANSPORT, "ipv6 udp", 0, 48,
	  V6("0000", "11") UDP_HEADER },
	{ "ipv6 no next header", LINK_RAW, LAYERS_IP_PAYLOAD, "ipv6", 40, 40, V6("0000", "3b") },
	{ "ipv6 esp", LINK_RAW, LAYERS_IP_PAYLOAD, "ipv6", 48, 40,
	  V6("0008", "32") "0000000100000001" },
	{ "ipv6 jumbogram", LINK_RAW, LAYERS_TRANSPORT, "ipv6 udp", 40 + 0x11170, 56,
	  V6("0000", "00") "11 00 c204 00011170 c350 12b5 0000 0000" },
	{ "ipv6 jumbo behind padding", LINK_RAW, LAYERS_TRANSPORT, "ipv6 udp", 40 + 0x11170, 64,
	  V6("0000", "00") "11 01 00 0101 00 00 00 c204 00011170 0000 c350 12b5 0000 0000" },
	{ "ipv6 jumbo too small", LINK_RAW, LAYERS_MALFORMED, "ipv6", 0, 0,
	  V6("0000", "00") "11 00 c204 00001000 c350 12b5 0000 0000" },
	{ "ipv6 hop-by-hop without jumbo", LINK_RAW, LAYERS_TRANSPORT, "ipv6 udp", 0, 56,
	  V6("0000", "00") "11 00 010400000000 c350 12b5 0000 0000" },
	{ "ipv6 option past the header", LINK_RAW, LAYERS_TRANSPORT, "ipv6 udp", 0, 56,
	  V6("0000", "00") "11 00 01ff00000000" UDP_HEADER },
	{ "ipv6 extension past the payload", LINK_RAW, LAYERS_MALFORMED, "ipv6", 48, 40,
	  V6("0008", "00") "11 01 010c000000000000000000000000" UDP_HEADER },
	{ "ipv6 first fragment", LINK_RAW, LAYERS_TRANSPORT, "ipv6 udp", 56, 56,
	  V6("0010", "2c") "11 00 0001 00000007" UDP_HEADER },
	{ "ipv6 later fragment", LINK_RAW, LAYERS_FRAGMENT, "ipv6", 64, 56,
	  V6("0018", "3c") "2c 00 010400000000"
			   "11 00 0008 00000007" UDP_HEADER },
	{ "ipv6 atomic fragment", LINK_RAW, LAYERS_TRANSPORT, "ipv6 udp", 56, 56,
	  V6("0010", "2c") "11 00 0000 00000007" UDP_HEADER },
	{ "ipv6 of another version", LINK_IPV6, LAYERS_MALFORMED, "", 0, 0, "45" },
	/* Ethernet and what stands behind it */
	{ "llc", LINK_ETHERNET, LAYERS_NOT_IP, "ethernet", 0, 14, MAC "0026 4242 03" },
	{ "arp", LINK_ETHERNET, LAYERS_NOT_IP, "ethernet arp", 0, 22,
	  MAC "0806 0001 0800 06 04 0001" },
	{ "lldp", LINK_ETHERNET, LAYERS_NOT_IP, "ethernet", 0, 14, MAC "88cc 0207" },
	{ "vlan", LINK_ETHERNET, LAYERS_TRANSPORT, "ethernet vlan ipv4 udp", 46, 46,
	  MAC "8100 6064 0800" V4("001c", "0000", "11") UDP_HEADER },
	{ "four tags", LINK_ETHERNET, LAYERS_TRANSPORT, "ethernet vlan vlan vlan vlan ipv4 udp", 58,
	  58,
	  MAC "88a8 0001 9100 0002 9200 0003 8100 0004 0800" V4("001c", "0000", "11") UDP_HEADER },
	{ "mpls", LINK_ETHERNET, LAYERS_TRANSPORT, "ethernet mpls ipv4 udp", 50, 50,
	  MAC "8847 00010040 00011140" V4("001c", "0000", "11") UDP_HEADER },
	{ "mpls multicast of ipv6", LINK_ETHERNET, LAYERS_TRANSPORT, "ethernet mpls ipv6 udp", 66,
	  66, MAC "8848 00011140" V6("0008", "11") UDP_HEADER },
	{ "pseudowire", LINK_ETHERNET, LAYERS_TRANSPORT, "ethernet mpls ethernet ipv4 udp", 64, 64,
	  MAC "8847 00011140 00000000" MAC "0800" V4("001c", "0000", "11") UDP_HEADER },
	{ "mpls of something else", LINK_ETHERNET, LAYERS_NOT_IP, "ethernet mpls", 0, 18,
	  MAC "8847 00011140 10" },
	{ "pppoe", LINK_ETHERNET, LAYERS_TRANSPORT, "ethernet pppoe ppp ipv4 udp", 50, 50,
	  MAC "8864 1100 0001 001e 0021" V4("001c", "0000", "11") UDP_HEADER },
	{ "pppoe, short protocol, ipv6", LINK_ETHERNET, LAYERS_TRANSPORT,
	  "ethernet pppoe ppp ipv6 udp", 69, 69,
	  MAC "8864 1100 0001 0031 57" V6("0008", "11") UDP_HEADER },
	{ "pppoe of lcp", LINK_ETHERNET, LAYERS_NOT_IP, "ethernet pppoe ppp", 0, 22,
	  MAC "8864 1100 0001 000a c021 09000008" },
	{ "pppoe discovery", LINK_ETHERNET, LAYERS_NOT_IP, "ethernet pppoe", 0, 20,
	  MAC "8863 1109 0000 0004 01010000" },
	{ "pppoe of another version", LINK_ETHERNET, LAYERS_MALFORMED, "ethernet pppoe", 0, 14,
	  MAC "8864 2100 0001 000a" },
	/* Link types */
	{ "raw 12", LINK_RAW_12, LAYERS_TRANSPORT, "ipv4 udp", 28, 28,
	  V4("001c", "0000", "11") UDP_HEADER },
	{ "raw 14", LINK_RAW_14, LAYERS_TRANSPORT, "ipv6 udp", 48, 48,
	  V6("0008", "11") UDP_HEADER },
	{ "raw 228", LINK_IPV4, LAYERS_TRANSPORT, "ipv4 udp", 28, 28,
	  V4("001c", "0000", "11") UDP_HEADER },
	{ "raw 229", LINK_IPV6, LAYERS_TRANSPORT, "ipv6 udp", 48, 48, V6("0008", "11") UDP_HEADER },
	{ "sll", LINK_SLL, LAYERS_TRANSPORT, "sll ipv4 udp", 44, 44,
	  "0000 0001 0006 0200000000010000 0800" V4("001c", "0000", "11") UDP_HEADER },
	{ "sll of netlink", LINK_SLL, LAYERS_NOT_IP, "sll", 0, 16,
	  "0004 0338 0000 0000000000000000 0800" V4("001c", "0000", "11") },
	{ "sll2 with a tag", LINK_SLL2, LAYERS_TRANSPORT, "sll2 vlan ipv4 udp", 52, 52,
	  "8100 0000 00000002 0001 00 06 0200000000010000 0064 0800" V4("001c", "0000", "11")
		  UDP_HEADER },
	{ "null, little-endian", LINK_NULL, LAYERS_TRANSPORT, "null ipv4 udp", 32, 32,
	  "02000000" V4("001c", "0000", "11") UDP_HEADER },
	{ "null, big-endian", LINK_NULL, LAYERS_TRANSPORT, "null ipv4 udp", 32, 32,
	  "00000002" V4("001c", "0000", "11") UDP_HEADER },
	{ "null, FreeBSD's IPv6", LINK_NULL, LAYERS_TRANSPORT, "null ipv6 udp", 52, 52,
	  "1c000000" V6("0008", "11") UDP_HEADER },
	{ "null, another family", LINK_NULL, LAYERS_NOT_IP, "null", 0, 4, "07000000 45" },
	{ "loop", LINK_LOOP, LAYERS_TRANSPORT, "null ipv6 udp", 52, 52,
	  "00000018" V6("0008", "11") UDP_HEADER },
	{ "loop is big-endian", LINK_LOOP, LAYERS_NOT_IP, "null", 0, 4, "02000000 45" },
	{ "ppp", LINK_PPP, LAYERS_TRANSPORT, "ppp ipv4 udp", 30, 30,
	  "0021" V4("001c", "0000", "11") UDP_HEADER },
	{ "ppp with address and control", LINK_PPP, LAYERS_TRANSPORT, "ppp ipv4 udp", 32, 32,
	  "ff030021" V4("001c", "0000", "11") UDP_HEADER },
	{ "ppp of mpls", LINK_PPP_HDLC, LAYERS_TRANSPORT, "ppp mpls ipv4 udp", 36, 36,
	  "ff030281 00011140" V4("001c", "0000", "11") UDP_HEADER },
	{ "cisco hdlc", LINK_PPP_HDLC, LAYERS_TRANSPORT, "ppp ipv4 udp", 32, 32,
	  "0f000800" V4("001c", "0000", "11") UDP_HEADER },
	{ "an unknown link type", 147, LAYERS_UNKNOWN_LINK, "", 0, 0, "4500" },
};

enum { SAMPLES = sizeof samples / sizeof samples[0], ROOM = 512 };

static void chain_of(const struct layers *layers, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < layers->count; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? " " : "",
					 layers_name(layers->layer[i].protocol));
}

static size_t bytes_of(const struct sample *sample, uint8_t room[ROOM])
{
	return build_hex_at(room, ROOM, sample->hex);
}

static uint64_t claim_of(const struct layers *layers)
{
	return layers->ip < 0 ? 0 : layers->layer[layers->ip].end;
}

static void test_sample(const struct sample *sample)
{
	uint8_t room[ROOM];
	size_t len = bytes_of(sample, room);
	struct layers layers;
	char chain[256], name[160];

	layers_walk(&layers, sample->linktype, span_of(room, len), 0);
	chain_of(&layers, chain, sizeof chain);
	is_str(chain, sample->chain, sample->what);
	snprintf(name, sizeof name, "%s: end", sample->what);
	is_u64(layers.end, sample->end, name);
	snprintf(name, sizeof name, "%s: claim", sample->what);
	is_u64(claim_of(&layers), sample->claim, name);
	snprintf(name, sizeof name, "%s: payload", sample->what);
	is_u64(layers.payload, sample->payload, name);
}

/* A prefix is walked as far as the whole is, or says that it is cut. */
static bool prefix_holds(const struct layers *part, const struct layers *whole, size_t len)
{
	if (part->count > whole->count || part->payload > len)
		return false;
	for (uint32_t i = 0; i < part->count; i++)
		if (part->layer[i].protocol != whole->layer[i].protocol ||
		    part->layer[i].offset != whole->layer[i].offset)
			return false;
	if (claim_of(part) != 0 && claim_of(part) != claim_of(whole))
		return false;
	if (part->end == LAYERS_CUT)
		return true;
	return part->end == whole->end && part->count == whole->count &&
	       part->payload == (whole->payload < len ? whole->payload : len);
}

static void test_prefixes(const struct sample *sample, uint32_t offset)
{
	uint8_t room[ROOM] = { 0 }, *exact;
	size_t len = bytes_of(sample, room + offset) + offset, good = 0;
	struct layers whole, part;

	layers_walk(&whole, sample->linktype, span_of(room, len), offset);
	for (size_t n = 0; n <= len; n++) {
		exact = build_exact(room, n);
		/* What was there before must not matter. */
		memset(&part, 0xA5, sizeof part);
		layers_walk(&part, sample->linktype, span_of(exact, n), offset);
		good += prefix_holds(&part, &whole, n);
		free(exact);
	}
	ok(good == len + 1, "%s: every prefix, at %u", sample->what, offset);
}

/* Deep stacks end, and say so. */
static void test_depth(void)
{
	uint8_t room[14 + 4 * 64] = { 0 };
	struct layers layers;

	for (size_t at = 12; at + 2 <= sizeof room; at += 4)
		build_be16(room + at, 0x8100);
	layers_walk(&layers, LINK_ETHERNET, span_of(room, sizeof room), 0);
	is_u64(layers.end, LAYERS_TOO_DEEP, "64 tags: too deep");
	is_u64(layers.count, LAYERS_MAX, "64 tags: as many layers as there is room for");
}

static void test_extensions(void)
{
	enum { HEADERS = 4000 };
	uint8_t *packet = calloc(1, 40 + HEADERS * 8);
	struct layers layers;

	packet[0] = 0x60;
	build_be16(packet + 4, HEADERS * 8);
	packet[6] = 60;
	for (size_t i = 0; i < HEADERS; i++)
		packet[40 + i * 8] = 60;
	layers_walk(&layers, LINK_RAW, span_of(packet, 40 + HEADERS * 8), 0);
	is_u64(layers.end, LAYERS_TOO_DEEP, "4000 extension headers: too deep");
	is_u64(claim_of(&layers), 40 + HEADERS * 8, "4000 extension headers: the claim stands");
	free(packet);
}

static const struct layer *ip_of(struct layers *layers, uint8_t room[ROOM], const char *what)
{
	for (size_t i = 0; i < SAMPLES; i++)
		if (strcmp(samples[i].what, what) == 0)
			layers_walk(layers, samples[i].linktype,
				    span_of(room, bytes_of(&samples[i], room)), 0);
	return &layers->layer[layers->ip];
}

static void test_fields(void)
{
	uint8_t room[ROOM];
	struct layers layers;
	const struct layer *ip = ip_of(&layers, room, "ipv4 later fragment");

	is_u64(ip->flags, LAYER_FRAGMENT | LAYER_LATER_FRAGMENT, "ipv4 later fragment: flags");
	is_u64(ip->fragment_offset, 8, "ipv4 later fragment: offset in bytes");
	is_u64(ip->fragment_id, 0x1234, "ipv4 later fragment: identification");
	ok(ip->more_fragments, "ipv4 later fragment: more follow");
	ip = ip_of(&layers, room, "ipv4 first fragment");
	is_u64(ip->flags, LAYER_FRAGMENT, "ipv4 first fragment: flags");
	ip = ip_of(&layers, room, "ipv6 later fragment");
	is_u64(ip->flags, LAYER_FRAGMENT | LAYER_LATER_FRAGMENT, "ipv6 later fragment: flags");
	is_u64(ip->fragment_offset, 8, "ipv6 later fragment: offset in bytes");
	is_u64(ip->fragment_id, 7, "ipv6 later fragment: identification");
	is_u64(ip->unfragmentable_len, 48, "ipv6 later fragment: unfragmentable part");
	is_u64(ip->header_len, 56, "ipv6 later fragment: header length");
	is_u64(ip->next, 17, "ipv6 later fragment: what is fragmented");
	ok(!ip->more_fragments, "ipv6 later fragment: the last");
	ip = ip_of(&layers, room, "ipv6 atomic fragment");
	is_u64(ip->flags, 0, "ipv6 atomic fragment: none at all");
	ip = ip_of(&layers, room, "ipv6 jumbogram");
	is_u64(ip->flags, LAYER_JUMBO, "ipv6 jumbogram: flags");
	is_u64(layers.layer[layers.transport].end, 0, "ipv6 jumbogram: UDP length 0 is no claim");
	ip = ip_of(&layers, room, "ipv6 payload length 0");
	is_u64(ip->flags, LAYER_NO_LENGTH, "ipv6 payload length 0: flags");
	ip = ip_of(&layers, room, "ipv4 total length 0");
	is_u64(ip->flags, LAYER_NO_LENGTH, "ipv4 total length 0: flags");
	ip_of(&layers, room, "udp");
	is_u64(layers.layer[layers.transport].tag, 50000, "udp: source port");
	is_u64(layers.layer[layers.transport].tag2, 4789, "udp: destination port");
	is_u64(layers.layer[layers.transport].end, 46, "udp: its own length");
	ip_of(&layers, room, "four tags");
	is_u64(layers.layer[3].tag, 3, "four tags: the third VID");
	ip_of(&layers, room, "vlan");
	is_u64(layers.layer[1].tag, 100, "vlan: VID without priority");
	is_u64(layers.layer[1].next, 0x0800, "vlan: next");
}

/* An Ethernet snapshot of 68 bytes cuts an IPv6 TCP header behind its ports. */
static void test_cut_ports(void)
{
	uint8_t room[ROOM];
	size_t len = build_hex_at(room, ROOM, V6("0014", "06") TCP_HEADER);
	struct layers layers;

	layers_walk(&layers, LINK_RAW, span_of(room, len - 10), 0);
	is_u64(layers.end, LAYERS_CUT, "tcp cut: said so");
	is_u64(layers.transport < 0 ? 0 : layers.layer[layers.transport].tag2, 50000,
	       "tcp cut: the ports are known");
	layers_walk(&layers, LINK_RAW, span_of(room, 43), 0);
	ok(layers.end == LAYERS_CUT && layers.transport < 0, "tcp cut inside its ports");
	is_u64(claim_of(&layers), 60, "tcp cut inside its ports: the claim stands");
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
	test_fields();
	test_cut_ports();
	ok(layers_know(LINK_SLL2) && !layers_know(147), "layers_know");
	is_str(layers_name(LAYER_GRE), "gre", "layers_name");
	return tap_done();
}
