/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tags in front of IP, IEEE 802.3, NFLOG, and transports with ports that carry no tunnel. */
#include "header/headers.h"

#include <stdlib.h>

#include "lib/build.h"
#include "lib/tap.h"

#define MAC "0200000000020200000000 01"
#define V4(len, fragment, protocol) \
	"4500" len "1234" fragment "40" protocol "0000 0a000001 0a000002"
#define V6(len, next) \
	"60000000" len next "40 20010db8000000000000000000000001 20010db8000000000000000000000002"
#define UDP_HEADER "c350 12b5 000c 0000"
#define BODY	   "61626364"
#define IP_UDP	   V4("001c", "0000", "11") UDP_HEADER
#define ICV	   "00000000000000000000000000000000"

static const struct sample {
	const char *what;
	uint32_t linktype;
	enum headers_end end;
	const char *chain; /* of headers */
	uint32_t claim;	   /* end that IP claims, 0: none */
	uint32_t payload;  /* offset behind the last header */
	const char *hex;
} samples[] = {
	{ "udp-lite", LINK_RAW, HEADERS_TRANSPORT, "ipv4 lite", 32, 28,
	  V4("0020", "0000", "88") "c350 12b5 0008 0000" BODY },
	{ "udp-lite, cut", LINK_RAW, HEADERS_CUT, "ipv4 lite", 32, 26,
	  V4("0020", "0000", "88") "c350 12b5 0008" },
	{ "dccp", LINK_RAW, HEADERS_TRANSPORT, "ipv4 dccp", 36, 36,
	  V4("0024", "0000", "21") "c350 12b5 04 00 0000 01000000 00000001" },
	{ "dccp, data offset below its header", LINK_RAW, HEADERS_MALFORMED, "ipv4 dccp", 36, 20,
	  V4("0024", "0000", "21") "c350 12b5 02 00 0000 01000000 00000001" },
	{ "dccp, data offset past the packet", LINK_RAW, HEADERS_MALFORMED, "ipv4 dccp", 36, 36,
	  V4("0024", "0000", "21") "c350 12b5 40 00 0000 01000000 00000001" },
	{ "llc", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet", 0, 14, MAC "0026 4242 03" },
	/* Tags of switches */
	{ "vlan 0x9300", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet vlan ipv4 udp", 46, 46,
	  MAC "9300 0064 0800" IP_UDP },
	{ "0x8200 with ipv4", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet vlan ipv4 udp", 46, 46,
	  MAC "8200 0064 0800" IP_UDP },
	{ "0x8200 with ipv6", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet vlan ipv6 udp", 66, 66,
	  MAC "8200 0064 86dd" V6("0008", "11") UDP_HEADER },
	{ "0x8200 with arp", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet vlan arp", 0, 26,
	  MAC "8200 0064 0806 0001 0800 06 04 0001" },
	{ "0x8200 with a vlan tag", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet vlan vlan ipv4 udp",
	  50, 50, MAC "8200 0064 8100 0065 0800" IP_UDP },
	{ "0x8200 with something else", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet", 0, 14,
	  MAC "8200 4500 001c 0000" },
	{ "vn-tag", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet tag ipv4 udp", 48, 48,
	  MAC "8926 00010002 0800" IP_UDP },
	{ "vn-tag and vlan", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet tag vlan ipv4 udp", 52, 52,
	  MAC "8926 00010002 8100 0064 0800" IP_UDP },
	{ "e-tag", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet tag ipv4 udp", 50, 50,
	  MAC "893f 000110020304 0800" IP_UDP },
	{ "cisco metadata", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet tag ipv4 udp", 50, 50,
	  MAC "8909 01 01 00010005 0800" IP_UDP },
	{ "cisco metadata of three options", LINK_ETHERNET, HEADERS_TRANSPORT,
	  "ethernet tag ipv4 udp", 58, 58,
	  MAC "8909 01 02 00010005 00010006 00010007 0800" IP_UDP },
	{ "cisco metadata of length 0", LINK_ETHERNET, HEADERS_MALFORMED, "ethernet", 0, 14,
	  MAC "8909 01 00 00010005 0800" IP_UDP },
	{ "fabricpath", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet tag ethernet ipv4 udp", 58, 58,
	  MAC "8903 0460" MAC "0800" IP_UDP },
	{ "fabricpath in vlan, of vlan", LINK_ETHERNET, HEADERS_TRANSPORT,
	  "ethernet vlan tag ethernet vlan ipv4 udp", 66, 66,
	  MAC "88a8 0064 8903 0460" MAC "8100 0065 0800" IP_UDP },
	{ "i-tag", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet tag ethernet ipv4 udp", 60, 60,
	  MAC "88e7 60000064" MAC "0800" IP_UDP },
	{ "i-tag behind a b-tag, customer addresses used, customer vlan", LINK_ETHERNET,
	  HEADERS_TRANSPORT, "ethernet vlan tag ethernet vlan ipv4 udp", 68, 68,
	  MAC "88a8 0064 88e7 6b000064" MAC "8100 0065 0800" IP_UDP },
	{ "i-tag of 802.3", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet tag ethernet", 0, 32,
	  MAC "88e7 60000064" MAC "0026 424203" },
	{ "hsr", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet tag ipv4 udp", 48, 48,
	  MAC "892f 00220001 0800" IP_UDP },
	{ "hsr supervision", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet tag", 0, 20,
	  MAC "892f 00340001 88fb 00010001 1706" MAC },
	{ "macsec", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet tag ipv4 udp", 50, 50,
	  MAC "88e5 40 1e 00000001 0800" IP_UDP ICV },
	{ "macsec with sci", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet tag ipv4 udp", 58, 58,
	  MAC "88e5 23 1e 00000001 0200000000010001 0800" IP_UDP ICV },
	{ "macsec, cisco metadata and vlan", LINK_ETHERNET, HEADERS_TRANSPORT,
	  "ethernet tag tag vlan ipv4 udp", 62, 62,
	  MAC "88e5 00 2a 00000001 8909 01 01 00010005 8100 0064 0800" IP_UDP ICV },
	{ "macsec, encrypted", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet", 0, 14,
	  MAC "88e5 2c 1e 00000001 0200000000010001 0800" IP_UDP ICV },
	{ "macsec, changed", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet", 0, 14,
	  MAC "88e5 04 1e 00000001 0800" IP_UDP },
	{ "macsec of the key agreement", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet", 0, 14,
	  MAC "88e5 08 1e 00000001 0800" IP_UDP },
	{ "macsec of another version", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet", 0, 14,
	  MAC "88e5 80 1e 00000001 0800" IP_UDP },
	/* IEEE 802.3 */
	{ "snap", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet tag ipv4 udp", 50, 50,
	  MAC "0024 aaaa03 000000 0800" IP_UDP },
	{ "snap in vlan, of 802.1H", LINK_ETHERNET, HEADERS_TRANSPORT, "ethernet vlan tag ipv6 udp",
	  74, 74, MAC "8100 0064 0038 aaaa03 0000f8 86dd" V6("0008", "11") UDP_HEADER },
	{ "snap of another organisation", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet", 0, 14,
	  MAC "0024 aaaa03 00000c 2000 02b4" },
	{ "snap of a length", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet tag", 0, 22,
	  MAC "0024 aaaa03 000000 0026 aaaa03 000000 0800" IP_UDP },
	{ "802.3, 1497 bytes", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet", 0, 14,
	  MAC "05d9 fefe03 83" },
	{ "802.3, 1500 bytes", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet", 0, 14,
	  MAC "05dc fefe03 83" },
	{ "802.3, 1501 bytes", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet", 0, 14,
	  MAC "05dd aaaa03 000000 0800" IP_UDP },
	{ "802.3, 1535 bytes", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet", 0, 14,
	  MAC "05ff fefe03 83" },
	{ "802.3, 0 bytes", LINK_ETHERNET, HEADERS_NOT_IP, "ethernet", 0, 14, MAC "0000 424203" },
	{ "nflog, little-endian", LINK_NFLOG, HEADERS_TRANSPORT, "nflog ipv4 udp", 44, 44,
	  "02000001 0500 0a00 78 000000 2000 0900" IP_UDP },
	{ "nflog, big-endian", LINK_NFLOG, HEADERS_TRANSPORT, "nflog ipv6 udp", 64, 64,
	  "0a000001 0006 000a 7600 0000 0034 0009" V6("0008", "11") UDP_HEADER },
	{ "nflog, padded payload", LINK_NFLOG, HEADERS_TRANSPORT, "nflog ipv4 udp", 37, 36,
	  "02000001 2100 0900" V4("001d", "0000", "11") UDP_HEADER "61 000000" },
	{ "nflog, connection in front", LINK_NFLOG, HEADERS_TRANSPORT, "nflog ipv4 udp", 48, 48,
	  "02000001 0c00 1280 0800 0c00 00000001 2000 0900" IP_UDP },
	{ "nflog, connection in front, big-endian", LINK_NFLOG, HEADERS_TRANSPORT, "nflog ipv4 udp",
	  48, 48, "02000001 000c 8012 0008 000c 00000001 0020 0009" IP_UDP },
	{ "nflog, attribute shorter than its head", LINK_NFLOG, HEADERS_MALFORMED, "nflog", 0, 4,
	  "02000001 0300 0a00 2000 0900" IP_UDP },
	{ "nflog without a payload", LINK_NFLOG, HEADERS_CUT, "nflog", 0, 12,
	  "02000001 0600 0a00 7600 0000" },
	{ "nflog, payload shorter than IP", LINK_NFLOG, HEADERS_CUT, "nflog", 0, 8,
	  "02000001 1000 0900 4500001c 12340000 40110000 0800 0a00 00000000 00000000" },
	{ "nflog of arp", LINK_NFLOG, HEADERS_NOT_IP, "nflog", 0, 8,
	  "03000001 2000 0900 0001 0800 06 04 0001" },
};

/* What stands in front of IP, of the samples above; the others have nothing of it. */
static const struct front {
	const char *what;
	uint32_t link_len, network; /* network is 0 where there is no IP */
	uint32_t link_end;
	uint16_t trailer_len;
} fronts[] = {
	{ "vlan 0x9300", 18, 18, 0, 0 },
	{ "0x8200 with ipv4", 18, 18, 0, 0 },
	{ "0x8200 with ipv6", 18, 18, 0, 0 },
	{ "0x8200 with arp", 18, 0, 0, 0 },
	{ "0x8200 with a vlan tag", 22, 22, 0, 0 },
	{ "0x8200 with something else", 14, 0, 0, 0 },
	{ "vn-tag", 20, 20, 0, 0 },
	{ "vn-tag and vlan", 24, 24, 0, 0 },
	{ "e-tag", 22, 22, 0, 0 },
	{ "cisco metadata", 22, 22, 0, 0 },
	{ "cisco metadata of three options", 30, 30, 0, 0 },
	{ "cisco metadata of length 0", 14, 0, 0, 0 },
	{ "fabricpath", 30, 30, 0, 0 },
	{ "fabricpath in vlan, of vlan", 38, 38, 0, 0 },
	{ "i-tag", 32, 32, 0, 0 },
	{ "i-tag behind a b-tag, customer addresses used, customer vlan", 40, 40, 0, 0 },
	{ "i-tag of 802.3", 32, 0, 32 + 38, 0 },
	{ "hsr", 20, 20, 0, 0 },
	{ "hsr supervision", 20, 0, 0, 0 },
	{ "macsec", 22, 22, 0, 16 },
	{ "macsec with sci", 30, 30, 0, 16 },
	{ "macsec, cisco metadata and vlan", 34, 34, 0, 16 },
	{ "macsec, encrypted", 14, 0, 0, 0 },
	{ "macsec, changed", 14, 0, 0, 0 },
	{ "macsec of the key agreement", 14, 0, 0, 0 },
	{ "macsec of another version", 14, 0, 0, 0 },
	{ "llc", 14, 0, 14 + 38, 0 },
	{ "snap", 22, 22, 14 + 36, 0 },
	{ "snap in vlan, of 802.1H", 26, 26, 18 + 56, 0 },
	{ "snap of another organisation", 14, 0, 14 + 36, 0 },
	{ "snap of a length", 22, 0, 14 + 36, 0 },
	{ "802.3, 1497 bytes", 14, 0, 14 + 1497, 0 },
	{ "802.3, 1500 bytes", 14, 0, 14 + 1500, 0 },
	{ "802.3, 1501 bytes", 14, 0, 0, 0 },
	{ "802.3, 1535 bytes", 14, 0, 0, 0 },
	{ "802.3, 0 bytes", 14, 0, 0, 0 },
	{ "nflog, little-endian", 0, 16, 0, 0 },
	{ "nflog, big-endian", 0, 16, 0, 0 },
	{ "nflog, connection in front", 0, 20, 0, 0 },
};

enum { SAMPLES = sizeof samples / sizeof samples[0], ROOM = 512 };

static unsigned count_of(const char *chain, const char *word)
{
	unsigned count = 0;

	for (const char *at = chain; (at = strstr(at, word)) != NULL; at += strlen(word))
		count++;
	return count;
}

/* The number of the last of the words that the chain has, 0 if it has none. */
static unsigned number_of(const char *chain, const char *const *words, const uint8_t *numbers,
			  bool first)
{
	unsigned number = 0;

	for (; *words != NULL; words++, numbers++) {
		const char *at = strstr(chain, *words);

		if (at != NULL && (!first || at == chain))
			number = *numbers;
	}
	return number;
}

/* What a chain of headers says of *headers. */
static bool chain_fits(const struct headers *headers, const char *chain)
{
	static const char *const links[] = { "ethernet", "sll", "sll2", "ppp", "null", NULL };
	static const uint8_t link[] = { HEADERS_LINK_ETHERNET, HEADERS_LINK_SLL, HEADERS_LINK_SLL2,
					HEADERS_LINK_PPP, HEADERS_LINK_NULL };
	static const char *const ips[] = { "ipv4", "ipv6", NULL };
	static const uint8_t ip[] = { 4, 6 };
	static const char *const transports[] = { "tcp",   "udp",  "sctp", "icmp",
						  "icmp6", "lite", "dccp", NULL };
	static const uint8_t l4[] = { 6, 17, 132, 1, 58, 136, 33 };

	return headers->depth == (*chain != '\0') + count_of(chain, " ") &&
	       headers->vlans == count_of(chain, "vlan") &&
	       headers->link == number_of(chain, links, link, true) &&
	       headers->ip_version == number_of(chain, ips, ip, false) &&
	       headers->l4 == number_of(chain, transports, l4, false);
}

/* What holds of any headers: they stand one behind the other, and say only what was found. */
static bool is_sound(const struct headers *headers, size_t len)
{
	uint32_t behind = headers->l4 != 0 ? headers->transport + headers->transport_len
					   : headers->network + headers->network_len;
	bool whole = headers->end == HEADERS_TRANSPORT || headers->end == HEADERS_IP_PAYLOAD ||
		     headers->end == HEADERS_FRAGMENT;

	return headers->payload <= len &&
	       (headers->end == HEADERS_TRANSPORT) <= (headers->l4 != 0) &&
	       whole <= (headers->ip_version != 0) && (!whole || behind == headers->payload) &&
	       (headers->l4 == 0 ||
		headers->transport == headers->network + headers->network_len) &&
	       (headers->ip_version != 0 || (headers->network_end | headers->network_len) == 0) &&
	       (headers->l4 != 0 || (headers->transport_len | headers->transport_end |
				     headers->src_port | headers->dst_port) == 0);
}

static size_t bytes_of(const struct sample *sample, uint8_t room[ROOM])
{
	return build_hex_at(room, ROOM, sample->hex);
}

static bool front_fits(const struct headers *headers, const char *what)
{
	for (size_t i = 0; i < sizeof fronts / sizeof fronts[0]; i++)
		if (strcmp(fronts[i].what, what) == 0)
			return headers->link_len == fronts[i].link_len &&
			       headers->network == fronts[i].network &&
			       headers->link_end == fronts[i].link_end &&
			       headers->trailer_len == fronts[i].trailer_len;
	return headers->link_end == 0 && headers->trailer_len == 0;
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
	ok(front_fits(&headers, sample->what), "%s: what stands in front of IP", sample->what);
	ok(is_sound(&headers, len), "%s: is sound", sample->what);
}

/* What was found in front of a transport header is the same, and the ports. */
static bool same_front(const struct headers *a, const struct headers *b)
{
	return a->ip_version == b->ip_version && a->protocol == b->protocol && a->l4 == b->l4 &&
	       a->flags == b->flags && a->more_fragments == b->more_fragments &&
	       a->src_port == b->src_port && a->dst_port == b->dst_port &&
	       a->network == b->network && a->network_len == b->network_len &&
	       a->transport == b->transport && a->fragment_id == b->fragment_id &&
	       a->fragment_offset == b->fragment_offset &&
	       a->unfragmentable_len == b->unfragmentable_len && a->link_end == b->link_end &&
	       a->network_end == b->network_end && a->trailer_len == b->trailer_len;
}

/* A prefix is parsed as far as the whole is, or says that it is cut. */
static bool prefix_holds(const struct headers *part, const struct headers *whole, size_t len)
{
	if (!is_sound(part, len) || part->depth > whole->depth || part->vlans > whole->vlans ||
	    memcmp(part->vlan, whole->vlan, part->vlans * sizeof *part->vlan) != 0 ||
	    (part->depth > 0 && part->link != whole->link))
		return false;
	if (part->ip_version != 0 &&
	    (part->ip_version != whole->ip_version || part->network != whole->network))
		return false;
	if ((part->network_end != 0 && part->network_end != whole->network_end) ||
	    (part->transport_end != 0 && part->transport_end != whole->transport_end) ||
	    (part->l4 != 0 && !same_front(part, whole)))
		return false;
	if (part->end == HEADERS_CUT)
		return true;
	return part->end == whole->end && part->depth == whole->depth && same_front(part, whole) &&
	       part->link_len == whole->link_len && part->transport_len == whole->transport_len &&
	       part->payload == (whole->payload < len ? whole->payload : len);
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
		good += prefix_holds(&part, &whole, n);
		free(exact);
	}
	ok(good == len + 1, "%s: every prefix, at %u", sample->what, offset);
}

int main(void)
{
	for (size_t i = 0; i < SAMPLES; i++) {
		test_sample(&samples[i]);
		test_prefixes(&samples[i], 0);
		test_prefixes(&samples[i], 5);
	}
	return tap_done();
}
