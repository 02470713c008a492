/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/expression.h"

#include <pcap/pcap.h>

#include "host/libpcap.h"
#include "lib/build.h"
#include "lib/tap.h"
#include "packet/direction.h"

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86DD, UDP = 17 };

static struct expression *expression_or_die(const char *text)
{
	struct error err = { 0 };
	struct expression *expression = expression_new(text, &err);

	if (!expression) {
		printf("Bail out! %s\n", err.text);
		exit(1);
	}
	return expression;
}

/* 'y', 'n', or 'e' for an error. */
static char match(struct expression *expression, uint32_t linktype, const uint8_t *data, size_t len,
		  struct error *err)
{
	struct packet packet = {
		.data = data, .caplen = (uint32_t)len, .len = (uint32_t)len, .linktype = linktype
	};
	bool matched = false;

	if (!expression_match(expression, &packet, &matched, err))
		return 'e';
	return matched ? 'y' : 'n';
}

/* One packet to port 53 behind every link header that this project walks. */
static size_t packet_of(struct build *b, uint32_t linktype, bool six)
{
	build_clear(b);
	build_pad(b, 20, 'x');
	build_udp(b, 53);
	if (six)
		build_ipv6(b, 1, 2, UDP);
	else
		build_ipv4(b, 1, 2, UDP);
	switch (linktype) {
	case LINK_ETHERNET:
		build_ethernet(b, six ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
		break;
	case LINK_SLL:
		build_hex(b, six ? "0000 0001 0006 0200000000010000 86dd"
				 : "0000 0001 0006 0200000000010000 0800");
		break;
	case LINK_SLL2:
		build_hex(b, six ? "86dd 0000 00000001 0001 00 06 0200000000010000"
				 : "0800 0000 00000001 0001 00 06 0200000000010000");
		break;
	case LINK_NULL:
		build_hex(b, six ? "0a000000" : "02000000");
		break;
	case LINK_LOOP:
		build_hex(b, six ? "0000000a" : "00000002");
		break;
	case LINK_PPP:
	case LINK_PPP_HDLC:
		build_hex(b, six ? "ff03 0057" : "ff03 0021");
		break;
	}
	return build_len(b);
}

static const uint32_t links[] = { LINK_ETHERNET, LINK_SLL,	LINK_SLL2, LINK_NULL,
				  LINK_LOOP,	 LINK_PPP_HDLC, LINK_RAW,  LINK_IPV4,
				  LINK_RAW_12,	 LINK_RAW_14,	LINK_PPP,  LINK_IPV6 };
enum { LINKS = sizeof(links) / sizeof(*links) };

/* One expression on packets of all link types in turn, twice, so that each program is found again.
 */
static void every_link(void)
{
	static const struct {
		const char *text;
		const char *four, *six; /* by links[]; '-': the link type cannot carry it */
	} rows[] = {
		{ "", "yyyyyyyyyyy-", "yyyyyyy-yyyy" },
		{ "udp port 53", "yyyyyyyyyyy-", "yyyyyyy-yyyy" },
		{ "udp port 54", "nnnnnnnnnnn-", "nnnnnnn-nnnn" },
		{ "src host 10.0.0.1", "yyyyyyyyyyy-", "nnnnnnn-nnnn" },
		{ "src host 2001:db8::1", "nnnnnnnnnnn-", "yyyyyyy-yyyy" },
		{ "ip6", "nnnnnnnnnnn-", "yyyyyyy-yyyy" },
		{ "ip", "yyyyyyyyyyy-", "nnnnnnn-nnnn" },
		{ "arp", "nnnnnnnnnnn-", "nnnnnnn-nnnn" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct expression *expression = expression_or_die(rows[i].text);
		struct error err = { 0 };
		unsigned wrong = 0;

		for (size_t k = 0; k < (size_t)LINKS * 4; k++) {
			bool six = k / LINKS % 2;
			char want = (six ? rows[i].six : rows[i].four)[k % LINKS], got;
			struct build b;
			size_t len = packet_of(&b, links[k % LINKS], six);

			got = match(expression, links[k % LINKS], build_data(&b), len, &err);
			if (want != '-' && got != want) {
				printf("# link type %u, IPv%d: %c %s\n", links[k % LINKS],
				       six ? 6 : 4, got, got == 'e' ? err.text : "");
				wrong++;
			}
		}
		is_u64(wrong, 0, *rows[i].text ? rows[i].text : "the empty expression");
		expression_free(expression);
	}
}

static void errors(void)
{
	static const struct {
		const char *text;
		uint32_t linktype;
		const char *says;
	} rows[] = {
		{ "tcp port", LINK_ETHERNET, "syntax error" },
		{ "garbage(", LINK_ETHERNET, "syntax error" },
		{ "port 70000", LINK_ETHERNET, "70000" },
		{ "ether host 02:00:00:00:00:01", LINK_RAW, "ether" },
		{ "vlan 5", LINK_RAW, "vlan" },
		{ "ip", 65000, "65000" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct expression *expression = expression_or_die(rows[i].text);
		struct error first = { 0 }, second = { 0 }, third = { 0 };

		expression_compile(expression, rows[i].linktype, &first);
		ok(first.usage && !strncmp(first.text, "filter expression: ", 19) &&
			   strcasestr(first.text, rows[i].says),
		   "%s: %s", rows[i].text, first.text);
		match(expression, rows[i].linktype, NULL, 0, &second);
		expression_compile(expression, rows[i].linktype, &third);
		ok(second.usage && third.usage && !strcmp(first.text, second.text) &&
			   !strcmp(first.text, third.text),
		   "... the same each time");
		expression_free(expression);
	}
}

/* A wrong link type does not spoil the others. */
static void mixed(void)
{
	struct expression *expression = expression_or_die("ether src 02:00:00:00:00:01");
	struct error err = { 0 };
	struct build b;
	size_t len = packet_of(&b, LINK_ETHERNET, false);

	ok(expression_compile(expression, LINK_ETHERNET, &err), "good for Ethernet");
	ok(match(expression, LINK_RAW, build_data(&b), len, &err) == 'e', "an error for bare IP");
	ok(match(expression, LINK_ETHERNET, build_data(&b), len, &err) == 'y',
	   "... still good for Ethernet");
	is_str(expression_text(expression), "ether src 02:00:00:00:00:01", "the text is kept");
	expression_free(expression);
	expression_free(NULL);
}

/* An expression is good if some usual link type has it. */
static void checked(void)
{
	static const struct {
		const char *text;
		const char *says; /* NULL: it is good */
	} rows[] = { { "udp port 53", NULL },
		     { "ether src 02:00:00:00:00:01", NULL },
		     { "ifindex 3", NULL }, /* SLL2 alone */
		     { "garbage(", "syntax error" },
		     { "port 70000", "70000" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct expression *expression = expression_or_die(rows[i].text);
		struct error err = { 0 };
		bool good = expression_check(expression, &err);

		ok(good ? !rows[i].says
			: rows[i].says && err.usage && strcasestr(err.text, rows[i].says),
		   "checked: %s", rows[i].text);
		expression_free(expression);
	}
}

/* A capture may name all link types that there are; each is compiled once. */
static void many_links(void)
{
	struct expression *expression = expression_or_die("ether src 02:00:00:00:00:01");
	struct error err = { 0 };
	struct build b;
	size_t len = packet_of(&b, LINK_ETHERNET, false);
	unsigned wrong = 0;

	for (uint32_t i = 0; i < 6000; i++) {
		uint32_t linktype = 60000 + i % 3000;

		wrong += match(expression, linktype, build_data(&b), len, &err) != 'e';
		if (i % 100 == 0)
			wrong += match(expression, LINK_ETHERNET, build_data(&b), len, &err) != 'y';
	}
	is_u64(wrong, 0, "3000 link types that nobody knows, twice, and Ethernet between them");
	expression_free(expression);
}

/* Packets cut at every length: nothing is read behind the end, `len` is the length on the wire. */
static void prefixes(void)
{
	struct expression *port = expression_or_die("udp port 53"),
			  *wire = expression_or_die("greater 1000");
	struct error err = { 0 };
	struct build b;
	size_t len = packet_of(&b, LINK_ETHERNET, false);
	unsigned wrong = 0;
	bool matched = false;
	struct packet cut = { .data = build_data(&b), .caplen = 14, .len = 1000, .linktype = 1 };

	for (size_t i = 0; i <= len; i++) {
		uint8_t *exact = build_exact(build_data(&b), i);

		wrong += match(port, LINK_ETHERNET, exact, i, &err) != (i >= 38 ? 'y' : 'n');
		free(exact);
	}
	is_u64(wrong, 0, "every prefix: ports are there from byte 38 on");
	ok(expression_match(wire, &cut, &matched, &err) && matched, "length is that on the wire");
	expression_free(port);
	expression_free(wire);
}

/* The DLT_ that libpcap makes of a link type in a file's header, -1 for none. */
static int judge_dlt(uint32_t linktype)
{
	uint32_t header[6] = { 0xA1B2C3D4, 0x00040002, 0, 0, 65535, linktype };
	char text[PCAP_ERRBUF_SIZE];
	FILE *file = fmemopen(header, sizeof(header), "rb");
	pcap_t *pcap = file ? pcap_fopen_offline(file, text) : NULL;
	int dlt = pcap ? pcap_datalink(pcap) : -1;

	if (pcap)
		pcap_close(pcap);
	return dlt;
}

/* The link type that libpcap writes into a file's header for a DLT_, or -1. */
static int64_t judge_linktype(int dlt)
{
	uint32_t header[7] = { 0 };
	FILE *file = fmemopen(header, sizeof(header), "wb");
	pcap_t *pcap = pcap_open_dead(dlt, 65535);
	pcap_dumper_t *dumper = pcap_dump_fopen(pcap, file);

	if (dumper)
		pcap_dump_close(dumper);
	else
		fclose(file);
	pcap_close(pcap);
	return dumper ? (int64_t)header[5] : -1;
}

/* libpcap is the judge; it leaves LINKTYPE_ 14 alone, which is raw IP from OpenBSD. */
static void dlt_numbers(void)
{
	unsigned wrong = 0, back = 0, judged = 0;

	for (uint32_t number = 0; number < 320; number++) {
		int dlt = judge_dlt(number);
		int64_t linktype = judge_linktype((int)number);

		if (number == LINK_RAW_14)
			continue;
		judged += dlt >= 0 && linktype >= 0;
		wrong += dlt >= 0 && libpcap_dlt(number) != dlt;
		back += linktype >= 0 && libpcap_linktype((int)number) != linktype;
	}
	ok(judged > 200, "libpcap judges %u numbers", judged);
	is_u64(wrong, 0, "the DLT_ of every link type");
	is_u64(back, 0, "the link type of every DLT_");
	is_u64((uint64_t)libpcap_dlt(LINK_RAW_14), DLT_RAW, "raw IP of OpenBSD");
}

static void directions(void)
{
	static const struct {
		const char *name, *hex;
		enum direction direction;
		bool swapped;
	} rows[] = {
		{ "none", "", DIRECTION_UNKNOWN, false },
		{ "in", "0200 0400 01000000", DIRECTION_IN, false },
		{ "out, behind a comment", "0100 0300 61626300 0200 0400 02000000", DIRECTION_OUT,
		  false },
		{ "out, other byte order", "0002 0004 00000002", DIRECTION_OUT, true },
		{ "FCS length only", "0200 0400 80000000", DIRECTION_UNKNOWN, false },
		{ "in, with reception type", "0200 0400 25000000", DIRECTION_IN, false },
		{ "the reserved value", "0200 0400 03000000", DIRECTION_UNKNOWN, false },
		{ "a wrong length", "0200 0200 01000000", DIRECTION_UNKNOWN, false },
		{ "longer", "0200 0800 01000000 00000000", DIRECTION_UNKNOWN, false },
		{ "cut", "0200 0400 0100", DIRECTION_UNKNOWN, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint8_t bytes[64];
		size_t len = build_hex_at(bytes, sizeof(bytes), rows[i].hex);
		struct section section = { .swapped = rows[i].swapped };
		struct interface interface = { .section = &section };
		struct packet packet = { .interface = &interface, .options = span_of(bytes, len) };

		ok(direction_of(&packet) == rows[i].direction, "direction: %s", rows[i].name);
	}
	ok(direction_of(&(struct packet){ 0 }) == DIRECTION_UNKNOWN, "direction: no interface");
}

int main(void)
{
	every_link();
	errors();
	mixed();
	checked();
	many_links();
	prefixes();
	dlt_numbers();
	directions();
	return tap_done();
}
