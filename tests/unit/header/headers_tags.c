/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What switches and firewalls put in front of IP: tags, IEEE 802.3, a netfilter log. */
#include "header/headers.h"

#include "lib/build.h"
#include "lib/same_headers.h"
#include "lib/tap.h"

#define MAC	   "0200000000020200000000 01"
#define V4(len)	   "4500" len "1234 0000 4011 0000 0a000001 0a000002"
#define V6	   "60000000 0008 1140 20010db8000000000000000000000001 20010db8000000000000000000000002"
#define UDP_HEADER "c350 12b5 0008 0000"
#define IP_UDP	   V4("001c") UDP_HEADER
#define IP6_UDP	   V6 UDP_HEADER
#define ICV	   "00000000000000000000000000000000"

static const struct sample {
	const char *what;
	uint32_t linktype;
	enum headers_end end;
	unsigned depth, vlans;
	uint32_t link_len, network; /* network is 0 where there is no IP */
	uint32_t link_end, trailer_len;
	uint32_t network_end, payload;
	const char *hex;
} samples[] = {
	/* Tags of switches */
	{ "vlan 0x9300", LINK_ETHERNET, HEADERS_TRANSPORT, 4, 1, 18, 18, 0, 0, 46, 46,
	  MAC "9300 0064 0800" IP_UDP },
	{ "0x8200 with ipv4", LINK_ETHERNET, HEADERS_TRANSPORT, 4, 1, 18, 18, 0, 0, 46, 46,
	  MAC "8200 0064 0800" IP_UDP },
	{ "0x8200 with ipv6", LINK_ETHERNET, HEADERS_TRANSPORT, 4, 1, 18, 18, 0, 0, 66, 66,
	  MAC "8200 0064 86dd" IP6_UDP },
	{ "0x8200 with arp", LINK_ETHERNET, HEADERS_NOT_IP, 3, 1, 18, 0, 0, 0, 0, 26,
	  MAC "8200 0064 0806 0001 0800 06 04 0001" },
	{ "0x8200 with a vlan tag", LINK_ETHERNET, HEADERS_TRANSPORT, 5, 2, 22, 22, 0, 0, 50, 50,
	  MAC "8200 0064 8100 0065 0800" IP_UDP },
	{ "0x8200 with something else", LINK_ETHERNET, HEADERS_NOT_IP, 1, 0, 14, 0, 0, 0, 0, 14,
	  MAC "8200 4500 001c 0000" },
	{ "vn-tag", LINK_ETHERNET, HEADERS_TRANSPORT, 4, 0, 20, 20, 0, 0, 48, 48,
	  MAC "8926 00010002 0800" IP_UDP },
	{ "vn-tag and vlan", LINK_ETHERNET, HEADERS_TRANSPORT, 5, 1, 24, 24, 0, 0, 52, 52,
	  MAC "8926 00010002 8100 0064 0800" IP_UDP },
	{ "e-tag", LINK_ETHERNET, HEADERS_TRANSPORT, 4, 0, 22, 22, 0, 0, 50, 50,
	  MAC "893f 000110020304 0800" IP_UDP },
	{ "cisco metadata", LINK_ETHERNET, HEADERS_TRANSPORT, 4, 0, 22, 22, 0, 0, 50, 50,
	  MAC "8909 01 01 00010005 0800" IP_UDP },
	{ "cisco metadata of three options", LINK_ETHERNET, HEADERS_TRANSPORT, 4, 0, 30, 30, 0, 0,
	  58, 58, MAC "8909 01 02 00010005 00010006 00010007 0800" IP_UDP },
	{ "cisco metadata of length 0", LINK_ETHERNET, HEADERS_MALFORMED, 1, 0, 14, 0, 0, 0, 0, 14,
	  MAC "8909 01 00 00010005 0800" IP_UDP },
	{ "fabricpath", LINK_ETHERNET, HEADERS_TRANSPORT, 5, 0, 30, 30, 0, 0, 58, 58,
	  MAC "8903 0460" MAC "0800" IP_UDP },
	{ "fabricpath in vlan, of vlan", LINK_ETHERNET, HEADERS_TRANSPORT, 7, 2, 38, 38, 0, 0, 66,
	  66, MAC "88a8 0064 8903 0460" MAC "8100 0065 0800" IP_UDP },
	{ "i-tag", LINK_ETHERNET, HEADERS_TRANSPORT, 5, 0, 32, 32, 0, 0, 60, 60,
	  MAC "88e7 60000064" MAC "0800" IP_UDP },
	{ "i-tag behind a b-tag, customer addresses used, customer vlan", LINK_ETHERNET,
	  HEADERS_TRANSPORT, 7, 2, 40, 40, 0, 0, 68, 68,
	  MAC "88a8 0064 88e7 6b000064" MAC "8100 0065 0800" IP_UDP },
	{ "i-tag of 802.3", LINK_ETHERNET, HEADERS_NOT_IP, 3, 0, 32, 0, 32 + 38, 0, 0, 32,
	  MAC "88e7 60000064" MAC "0026 424203" },
	{ "hsr", LINK_ETHERNET, HEADERS_TRANSPORT, 4, 0, 20, 20, 0, 0, 48, 48,
	  MAC "892f 00220001 0800" IP_UDP },
	{ "hsr supervision", LINK_ETHERNET, HEADERS_NOT_IP, 2, 0, 20, 0, 0, 0, 0, 20,
	  MAC "892f 00340001 88fb 00010001 1706" MAC },
	{ "macsec", LINK_ETHERNET, HEADERS_TRANSPORT, 4, 0, 22, 22, 0, 16, 50, 50,
	  MAC "88e5 40 1e 00000001 0800" IP_UDP ICV },
	{ "macsec with sci", LINK_ETHERNET, HEADERS_TRANSPORT, 4, 0, 30, 30, 0, 16, 58, 58,
	  MAC "88e5 23 1e 00000001 0200000000010001 0800" IP_UDP ICV },
	{ "macsec, cisco metadata and vlan", LINK_ETHERNET, HEADERS_TRANSPORT, 6, 1, 34, 34, 0, 16,
	  62, 62, MAC "88e5 00 2a 00000001 8909 01 01 00010005 8100 0064 0800" IP_UDP ICV },
	{ "macsec, encrypted", LINK_ETHERNET, HEADERS_NOT_IP, 1, 0, 14, 0, 0, 0, 0, 14,
	  MAC "88e5 2c 1e 00000001 0200000000010001 0800" IP_UDP ICV },
	{ "macsec, changed", LINK_ETHERNET, HEADERS_NOT_IP, 1, 0, 14, 0, 0, 0, 0, 14,
	  MAC "88e5 04 1e 00000001 0800" IP_UDP },
	{ "macsec of the key agreement", LINK_ETHERNET, HEADERS_NOT_IP, 1, 0, 14, 0, 0, 0, 0, 14,
	  MAC "88e5 08 1e 00000001 0800" IP_UDP },
	{ "macsec of another version", LINK_ETHERNET, HEADERS_NOT_IP, 1, 0, 14, 0, 0, 0, 0, 14,
	  MAC "88e5 80 1e 00000001 0800" IP_UDP },
	/* IEEE 802.3 */
	{ "snap", LINK_ETHERNET, HEADERS_TRANSPORT, 4, 0, 22, 22, 14 + 36, 0, 50, 50,
	  MAC "0024 aaaa03 000000 0800" IP_UDP },
	{ "snap in vlan, of 802.1H", LINK_ETHERNET, HEADERS_TRANSPORT, 5, 1, 26, 26, 18 + 56, 0, 74,
	  74, MAC "8100 0064 0038 aaaa03 0000f8 86dd" IP6_UDP },
	{ "snap of another organisation", LINK_ETHERNET, HEADERS_NOT_IP, 1, 0, 14, 0, 14 + 36, 0, 0,
	  14, MAC "0024 aaaa03 00000c 2000 02b4" },
	{ "snap of a length", LINK_ETHERNET, HEADERS_NOT_IP, 2, 0, 22, 0, 14 + 36, 0, 0, 22,
	  MAC "0024 aaaa03 000000 0026 aaaa03 000000 0800" IP_UDP },
	{ "802.3, 1497 bytes", LINK_ETHERNET, HEADERS_NOT_IP, 1, 0, 14, 0, 14 + 1497, 0, 0, 14,
	  MAC "05d9 fefe03 83" },
	{ "802.3, 1500 bytes", LINK_ETHERNET, HEADERS_NOT_IP, 1, 0, 14, 0, 14 + 1500, 0, 0, 14,
	  MAC "05dc fefe03 83" },
	{ "802.3, 1501 bytes", LINK_ETHERNET, HEADERS_NOT_IP, 1, 0, 14, 0, 0, 0, 0, 14,
	  MAC "05dd aaaa03 000000 0800" IP_UDP },
	{ "802.3, 1535 bytes", LINK_ETHERNET, HEADERS_NOT_IP, 1, 0, 14, 0, 0, 0, 0, 14,
	  MAC "05ff fefe03 83" },
	{ "802.3, 0 bytes", LINK_ETHERNET, HEADERS_NOT_IP, 1, 0, 14, 0, 0, 0, 0, 14,
	  MAC "0000 424203" },
	/* Linux netfilter log */
	{ "nflog, little-endian", LINK_NFLOG, HEADERS_TRANSPORT, 3, 0, 0, 16, 0, 0, 44, 44,
	  "02000001 0500 0a00 78 000000 2000 0900" IP_UDP },
	{ "nflog, big-endian", LINK_NFLOG, HEADERS_TRANSPORT, 3, 0, 0, 16, 0, 0, 64, 64,
	  "0a000001 0006 000a 7600 0000 0034 0009" IP6_UDP },
	{ "nflog, padded payload", LINK_NFLOG, HEADERS_TRANSPORT, 3, 0, 0, 8, 0, 0, 37, 36,
	  "02000001 2100 0900" V4("001d") UDP_HEADER "61 000000" },
	{ "nflog, connection in front", LINK_NFLOG, HEADERS_TRANSPORT, 3, 0, 0, 20, 0, 0, 48, 48,
	  "02000001 0c00 1280 0800 0c00 00000001 2000 0900" IP_UDP },
	{ "nflog, connection in front, big-endian", LINK_NFLOG, HEADERS_TRANSPORT, 3, 0, 0, 20, 0,
	  0, 48, 48, "02000001 000c 8012 0008 000c 00000001 0020 0009" IP_UDP },
	{ "nflog, attribute shorter than its head", LINK_NFLOG, HEADERS_MALFORMED, 1, 0, 0, 0, 0, 0,
	  0, 4, "02000001 0300 0a00 2000 0900" IP_UDP },
	{ "nflog without a payload", LINK_NFLOG, HEADERS_TRUNCATED, 1, 0, 0, 0, 0, 0, 0, 12,
	  "02000001 0600 0a00 7600 0000" },
	{ "nflog, payload shorter than IP", LINK_NFLOG, HEADERS_TRUNCATED, 1, 0, 0, 0, 0, 0, 0, 8,
	  "02000001 1000 0900 4500001c 12340000 40110000 0800 0a00 00000000 00000000" },
	{ "nflog of arp", LINK_NFLOG, HEADERS_NOT_IP, 1, 0, 0, 0, 0, 0, 0, 8,
	  "03000001 2000 0900 0001 0800 06 04 0001" },
};

enum { ROOM = 256 };

static bool fits(const struct headers *headers, const struct sample *sample)
{
	return headers->depth == sample->depth && headers->vlans == sample->vlans &&
	       headers->link_len == sample->link_len && headers->network == sample->network &&
	       headers->link_end == sample->link_end &&
	       headers->trailer_len == sample->trailer_len &&
	       headers->network_end == sample->network_end && headers->payload == sample->payload;
}

static void test_sample(const struct sample *sample)
{
	uint8_t room[ROOM], *exact;
	size_t len = build_hex_at(room, ROOM, sample->hex), good = 0;
	struct headers whole, part;

	headers_parse(&whole, sample->linktype, span_of(room, len), 0);
	is_u64(whole.end, sample->end, sample->what);
	ok(fits(&whole, sample) && is_sound(&whole, len), "... its numbers");
	for (size_t n = 0; n <= len; n++) {
		exact = build_exact(room, n);
		headers_parse(&part, sample->linktype, span_of(exact, n), 0);
		good += is_prefix(&part, &whole, n);
		free(exact);
	}
	is_u64(good, len + 1, "... every prefix");
}

int main(void)
{
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
		test_sample(&samples[i]);
	return tap_done();
}
