/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packet engine reads ICMP messages, hostile ones among them. */
#include <arpa/inet.h>
#include <errno.h>

#include "header/checksum.h"
#include "lib/build.h"
#include "lib/tap.h"
#include "live/send_icmp.h"

/* Quoted packets from 10.0.0.1 to 10.0.0.2 (fd00::1 to fd00::2), by UDP from port 49152 to 4789, or
 * by GRE. */
#define QUOTE4	     "4500 05dc 0000 4000 4011 0000 0a000001 0a000002 c000 12b5 05c8 0000"
#define QUOTE4_GRE   "4500 05dc 0000 4000 402f 0000 0a000001 0a000002 2000 6558 0000 0005"
#define A6	     "fd00 0000000000000000000000000001"
#define B6	     "fd00 0000000000000000000000000002"
#define QUOTE6	     "60000000 05b4 11 40" A6 B6 "c000 12b5 05b4 0000"
#define QUOTE6_PART  "60000000 05b4 2c 40" A6 B6 "1100 0001 00000007 c000 12b5 05b4 0000"
#define QUOTE6_LATER "60000000 05b4 2c 40" A6 B6 "1100 0b51 00000007 c000 12b5 05b4 0000"
/* The IPv4 header of the router's own packet. */
#define IP4 "4500 0038 0000 0000 4001 0000 0a0000fe 0a000001"

static const struct {
	const char *uri, *hex, *what;
	int number; /* errno; 0 if the message is not about our packets */
	uint32_t mtu;
} messages[] = {
	{ "vxlan://10.0.0.2/1", IP4 "0303 0000 00000000" QUOTE4, "port unreachable", ECONNREFUSED,
	  0 },
	{ "vxlan://10.0.0.2/1", IP4 "0300 0000 00000000" QUOTE4, "net unreachable", ENETUNREACH,
	  0 },
	{ "vxlan://10.0.0.2/1", IP4 "0301 0000 00000000" QUOTE4, "host unreachable", EHOSTUNREACH,
	  0 },
	{ "vxlan://10.0.0.2/1", IP4 "030d 0000 00000000" QUOTE4, "prohibited", EHOSTUNREACH, 0 },
	{ "vxlan://10.0.0.2/1", IP4 "03ff 0000 00000000" QUOTE4, "an unknown code", EHOSTUNREACH,
	  0 },
	{ "vxlan://10.0.0.2/1", IP4 "0b00 0000 00000000" QUOTE4, "time exceeded", EHOSTUNREACH, 0 },
	{ "vxlan://10.0.0.2/1", IP4 "0c00 0000 00000000" QUOTE4, "parameter problem", EPROTO, 0 },
	{ "vxlan://10.0.0.2/1", IP4 "0304 0000 00000578" QUOTE4, "fragmentation needed", EMSGSIZE,
	  1400 },
	{ "vxlan://10.0.0.2/1", IP4 "0304 0000 00000000" QUOTE4, "without an MTU", EMSGSIZE, 576 },
	{ "vxlan://10.0.0.2/1", IP4 "0304 0000 00000044" QUOTE4, "a tiny MTU", EMSGSIZE, 576 },
	{ "vxlan://10.0.0.2/1", IP4 "0304 0000 0000ffff" QUOTE4, "a large MTU", EMSGSIZE, 65535 },
	{ "vxlan://10.0.0.2/1", IP4 "0000 0000 00000000" QUOTE4, "an echo reply", 0, 0 },
	{ "vxlan://10.0.0.2/1", IP4 "0500 0000 00000000" QUOTE4, "a redirect", 0, 0 },
	{ "vxlan://10.0.0.3/1", IP4 "0303 0000 00000000" QUOTE4, "another address", 0, 0 },
	{ "vxlan://10.0.0.2:4790/1", IP4 "0303 0000 00000000" QUOTE4, "another port", 0, 0 },
	{ "gre://10.0.0.2/1", IP4 "0303 0000 00000000" QUOTE4, "UDP, where GRE goes", 0, 0 },
	{ "gre://10.0.0.2/1", IP4 "0302 0000 00000000" QUOTE4_GRE, "GRE is not spoken there",
	  ENOPROTOOPT, 0 },
	{ "vxlan://10.0.0.2/1",
	  IP4 "0303 0000 00000000"
	      "4500 05dc 0000 4000 4011 0000 0a000009 0a000002 c000 12b5 05c8 0000",
	  "another's packet", 0, 0 },
	{ "vxlan://10.0.0.2/1",
	  IP4 "0303 0000 00000000"
	      "4500 05dc 0000 4000 4011 0000 0a000001 0a000002 8000 12b5 05c8 0000",
	  "another source port", 0, 0 },
	{ "vxlan://10.0.0.2/1",
	  IP4 "0303 0000 00000000"
	      "4500 05dc 0000 00b9 4011 0000 0a000001 0a000002 c000 12b5 05c8 0000",
	  "a later fragment", 0, 0 },
	{ "vxlan://10.0.0.2/1",
	  IP4 "0303 0000 00000000"
	      "4100 05dc 0000 4000 4011 0000 0a000001 0a000002 c000 12b5 05c8 0000",
	  "a quoted header of 4 bytes", 0, 0 },
	{ "vxlan://10.0.0.2/1",
	  IP4 "0303 0000 00000000"
	      "4600 05dc 0000 4000 4011 0000 0a000001 0a000002 01010101 c000 12b5 05c8 0000",
	  "quoted options", ECONNREFUSED, 0 },
	{ "vxlan://10.0.0.2/1",
	  "4100 0038 0000 0000 4001 0000 0a0000fe 0a000001 0303 0000 00000000" QUOTE4,
	  "a header of 4 bytes", 0, 0 },
	{ "vxlan://[fd00::2]/1", "0104 0000 00000000" QUOTE6, "IPv6: port unreachable",
	  ECONNREFUSED, 0 },
	{ "vxlan://[fd00::2]/1", "0100 0000 00000000" QUOTE6, "IPv6: no route", ENETUNREACH, 0 },
	{ "vxlan://[fd00::2]/1", "0101 0000 00000000" QUOTE6, "IPv6: prohibited", EACCES, 0 },
	{ "vxlan://[fd00::2]/1", "0103 0000 00000000" QUOTE6, "IPv6: address unreachable",
	  EHOSTUNREACH, 0 },
	{ "vxlan://[fd00::2]/1", "01ff 0000 00000000" QUOTE6, "IPv6: an unknown code", EPROTO, 0 },
	{ "vxlan://[fd00::2]/1", "0200 0000 00000578" QUOTE6, "IPv6: too big", EMSGSIZE, 1400 },
	{ "vxlan://[fd00::2]/1", "0200 0000 00000044" QUOTE6, "IPv6: a tiny MTU", EMSGSIZE, 1280 },
	{ "vxlan://[fd00::2]/1", "0200 0000 ffffffff" QUOTE6, "IPv6: a large MTU", EMSGSIZE,
	  UINT32_MAX },
	{ "vxlan://[fd00::2]/1", "0200 0000 00000578" QUOTE6_PART, "IPv6: of a first fragment",
	  EMSGSIZE, 1400 },
	{ "vxlan://[fd00::2]/1", "0200 0000 00000578" QUOTE6_LATER, "IPv6: of a later fragment", 0,
	  0 },
	{ "vxlan://[fd00::2]/1", "0300 0000 00000000" QUOTE6, "IPv6: time exceeded", EHOSTUNREACH,
	  0 },
	{ "vxlan://[fd00::2]/1", "8100 0000 00000000" QUOTE6, "IPv6: an echo reply", 0, 0 },
	{ "vxlan://[fd00::3]/1", "0104 0000 00000000" QUOTE6, "IPv6: another address", 0, 0 },
	{ "vxlan://[fd00::2]:4790/1", "0104 0000 00000000" QUOTE6, "IPv6: another port", 0, 0 },
	{ "gre://[fd00::2]/1", "0104 0000 00000000" QUOTE6, "IPv6: UDP, where GRE goes", 0, 0 },
};

enum { MESSAGES = sizeof(messages) / sizeof(messages[0]), ROOM = 256 };

static struct outer_header outer_header_of(const char *uri)
{
	struct outer_header outer_header;
	struct target target;
	struct error err;

	if (!target_parse(&target, uri, &err))
		printf("Bail out! %s\n", err.text);
	target_outer_header(&target, &outer_header);
	if (outer_header.version == 4)
		inet_pton(AF_INET, "10.0.0.1", outer_header.source);
	else
		inet_pton(AF_INET6, "fd00::1", outer_header.source);
	return outer_header;
}

/* Corrects the checksum of the ICMP message behind an IP header of len bytes. */
static void icmp_fix_checksum(uint8_t *bytes, size_t total, size_t len)
{
	if (total < len + 4)
		return;
	build_be16(bytes + len + 2, 0);
	build_be16(bytes + len + 2,
		   checksum_fold(checksum_add(0, span_of(bytes + len, total - len))));
}

/* Parses a copy of its own size, so that a sanitizer sees reading past the end. */
static bool icmp_parse(const struct outer_header *outer_header, const uint8_t *bytes, size_t len,
		       struct send_icmp *icmp)
{
	uint8_t *exact = build_exact(bytes, len);
	bool ours = send_icmp_parse(outer_header, span_of(exact, len), icmp);

	free(exact);
	return ours;
}

static void test_message(unsigned at)
{
	struct outer_header outer_header = outer_header_of(messages[at].uri);
	struct send_icmp icmp = { 0 };
	uint8_t bytes[ROOM];
	size_t len = build_hex_at(bytes, sizeof(bytes), messages[at].hex);
	bool ours;

	if (outer_header.version == 4)
		icmp_fix_checksum(bytes, len, 20);
	ours = icmp_parse(&outer_header, bytes, len, &icmp);
	is_u64(ours ? (uint64_t)icmp.number : 0, (uint64_t)messages[at].number, messages[at].what);
	if (messages[at].number == EMSGSIZE)
		is_u64(icmp.mtu, messages[at].mtu, "MTU");
}

/* A message that is cut before the end of the quoted ports is not about our packets. */
static void test_icmp_prefixes(unsigned at)
{
	struct outer_header outer_header = outer_header_of(messages[at].uri);
	uint8_t bytes[ROOM], cut[ROOM];
	size_t len = build_hex_at(bytes, sizeof(bytes), messages[at].hex), n;
	struct send_icmp icmp;
	unsigned wrong = 0;

	for (n = 0; n < len; n++) {
		memcpy(cut, bytes, n);
		if (outer_header.version == 4)
			icmp_fix_checksum(cut, n, 20);
		wrong += icmp_parse(&outer_header, cut, n, &icmp) && n < len - 4 &&
			 outer_header.encap->carrier == CARRIER_UDP;
	}
	is_u64(wrong, 0, messages[at].what);
}

/* Each byte of each message takes all values, with the right checksum, so that all of it is read.
 */
static void test_mutations(void)
{
	unsigned at, value, ours = 0;
	uint8_t bytes[ROOM];
	size_t i;

	for (at = 0; at < MESSAGES; at++) {
		struct outer_header outer_header = outer_header_of(messages[at].uri);
		size_t len = build_hex_at(bytes, sizeof(bytes), messages[at].hex);

		for (i = 0; i < len; i++) {
			uint8_t old = bytes[i];

			for (value = 0; value < 256; value++) {
				struct send_icmp icmp;

				bytes[i] = (uint8_t)value;
				if (outer_header.version == 4)
					icmp_fix_checksum(bytes, len, 20);
				if (!icmp_parse(&outer_header, bytes, len, &icmp))
					continue;
				ours++;
				if (icmp.number <= 0 || icmp.number >= SEND_ERRNOS ||
				    icmp.mtu < 576)
					ok(false, "message %u, byte %zu = %u", at, i, value);
			}
			bytes[i] = old;
		}
	}
	ok(ours > 0, "%u changed messages are ours still", ours);
}

static void test_checksum(void)
{
	struct outer_header outer_header = outer_header_of(messages[0].uri);
	struct send_icmp icmp;
	uint8_t bytes[ROOM];
	size_t len = build_hex_at(bytes, sizeof(bytes), messages[0].hex);

	icmp_fix_checksum(bytes, len, 20);
	bytes[23] ^= 1;
	ok(!icmp_parse(&outer_header, bytes, len, &icmp), "a wrong checksum");
}

static void test_path_mtu(void)
{
	static const int64_t minute_ns = INT64_C(60000000000);
	struct send_path path = { .route_mtu = 1500 };

	is_u64(send_icmp_mtu(&path, minute_ns), 1500, "the route's MTU");
	send_icmp_narrow(&path, 9000, minute_ns);
	is_u64(send_icmp_mtu(&path, minute_ns), 1500, "a message makes it no wider");
	send_icmp_narrow(&path, 1400, minute_ns);
	is_u64(send_icmp_mtu(&path, minute_ns), 1400, "narrower");
	send_icmp_narrow(&path, 1450, 2 * minute_ns);
	is_u64(send_icmp_mtu(&path, 2 * minute_ns), 1400, "not wider again");
	path.route_mtu = 1300;
	is_u64(send_icmp_mtu(&path, 2 * minute_ns), 1300, "never above the route's");
	path.route_mtu = 1500;
	is_u64(send_icmp_mtu(&path, 10 * minute_ns), 1400, "for 10 minutes");
	send_icmp_narrow(&path, 1400, 10 * minute_ns);
	is_u64(send_icmp_mtu(&path, 15 * minute_ns), 1400, "from the last message on");
	is_u64(send_icmp_mtu(&path, 20 * minute_ns), 1500, "then it is forgotten");
}

int main(void)
{
	unsigned at;

	for (at = 0; at < MESSAGES; at++)
		test_message(at);
	for (at = 0; at < MESSAGES; at++)
		test_icmp_prefixes(at);
	test_mutations();
	test_checksum();
	test_path_mtu();
	return tap_done();
}
