/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_glance() says what the walk says, or nothing: over packets of all kinds, cut at every byte
 * and with every byte changed, and over the captures of tests/data.
 */
#include <glob.h>

#include "capture/source_file.h"
#include "header/flow.h"
#include "lib/build.h"
#include "lib/tap.h"

enum { IPV4 = 0x0800, ARP = 0x0806, IPV6 = 0x86DD, VLAN = 0x8100, QINQ = 0x88A8, MPLS = 0x8847 };
enum { ICMP = 1, TCP = 6, UDP = 17, SCTP = 132, HEADERS = 100 };

static uint64_t asked, answered;

/* True when both agree, or the glance has no opinion. */
static bool agrees(uint32_t linktype, const uint8_t *data, size_t len)
{
	struct span packet = span_of(data, len);
	struct layers layers;
	struct flow flow;
	uint64_t hash;

	asked++;
	if (!flow_glance(linktype, packet, &hash))
		return true;
	answered++;
	layers_walk(&layers, linktype, packet, 0);
	return flow_of(&flow, &layers, packet) && flow.has_ports &&
	       !(layers.layer[layers.ip].flags & LAYER_FRAGMENT) && flow_hash(&flow) == hash;
}

/* Cut and changed in all ways, in memory that ends where the packet does. */
static bool all_agree(uint32_t linktype, const uint8_t *data, size_t len)
{
	static const uint8_t changes[] = { 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF };
	size_t most = len < HEADERS ? len : HEADERS;
	bool good = agrees(linktype, data, len);
	uint8_t *exact;

	for (size_t cut = 0; cut <= most; cut++) {
		exact = build_exact(data, cut);
		good &= agrees(linktype, exact, cut);
		free(exact);
	}
	exact = build_exact(data, most);
	for (size_t at = 0; at < most; at++)
		for (size_t i = 0; i < sizeof(changes); i++) {
			exact[at] ^= changes[i];
			good &= agrees(linktype, exact, most);
			exact[at] ^= changes[i];
		}
	free(exact);
	return good;
}

/* From address a to b; both ports are given. */
static void put_packet(struct build *b, bool six, uint8_t protocol, uint8_t a, uint8_t c,
		       uint32_t ports)
{
	uint8_t *transport;

	build_clear(b);
	build_pad(b, 10, 0x55);
	build_hex(b, "00000000 00000000 00000000 50000000 00000000");
	transport = b->room + b->start;
	build_be16(transport, ports >> 16);
	build_be16(transport + 2, ports & 0xFFFF);
	if (six)
		build_ipv6(b, a, c, protocol);
	else
		build_ipv4(b, a, c, protocol);
}

static void put_link(struct build *b, uint16_t type, int tags)
{
	for (int i = 0; i < tags; i++) {
		build_vlan(b, (uint16_t)(i + 1), type);
		type = i == 0 ? VLAN : QINQ;
	}
	build_ethernet(b, type);
}

static void test_stacks(void)
{
	struct build b;

	for (int tags = 0; tags <= 3; tags++)
		for (int six = 0; six <= 1; six++)
			for (int tcp = 0; tcp <= 1; tcp++) {
				uint64_t before;

				put_packet(&b, six, tcp ? TCP : UDP, 1, 2, 0xC350EA69);
				put_link(&b, six ? IPV6 : IPV4, tags);
				before = answered;
				ok(agrees(LINK_ETHERNET, build_data(&b), build_len(&b)) &&
					   answered == before + (tags <= 2),
				   "%d tags, ipv%d, %s: %s", tags, six ? 6 : 4, tcp ? "tcp" : "udp",
				   tags <= 2 ? "a hash, the right one" : "for the walk");
				ok(all_agree(LINK_ETHERNET, build_data(&b), build_len(&b)),
				   "... however it is cut or changed");
			}
}

/* Which end is the lower one: by address, by port, and neither. */
static void test_ends(void)
{
	static const struct {
		uint8_t a, c;
		uint32_t ports;
	} ends[] = { { 1, 2, 0x00070007 }, { 2, 1, 0x00070007 },  { 1, 1, 0x00070009 },
		     { 1, 1, 0x00090007 }, { 1, 1, 0x00070007 },  { 1, 2, 0x00090007 },
		     { 2, 1, 0x00070009 }, { 1, 255, 0xFFFF0000 } };
	struct build b;
	bool good = true;

	for (int six = 0; six <= 1; six++)
		for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
			uint64_t before = answered;

			put_packet(&b, six, UDP, ends[i].a, ends[i].c, ends[i].ports);
			put_link(&b, six ? IPV6 : IPV4, 0);
			good = good && agrees(LINK_ETHERNET, build_data(&b), build_len(&b)) &&
			       answered == before + 1;
		}
	ok(good, "either end may be the lower one");
}

/* Every word of the addresses counts. */
static void test_addresses(void)
{
	struct build b;
	bool good = true;

	put_packet(&b, true, TCP, 1, 1, 0x00070007);
	put_link(&b, IPV6, 0);
	for (size_t at = 22; at < 54; at++) {
		uint64_t before = answered;

		b.room[b.start + at] ^= 0x80;
		good = good && agrees(LINK_ETHERNET, build_data(&b), build_len(&b)) &&
		       answered == before + 1;
		b.room[b.start + at] ^= 0x80;
	}
	ok(good, "every byte of IPv6 addresses");
}

static void test_others(void)
{
	struct build b;
	uint64_t before = answered;
	bool good = true;

	put_packet(&b, false, ICMP, 1, 2, 0);
	put_link(&b, IPV4, 0);
	good &= agrees(LINK_ETHERNET, build_data(&b), build_len(&b));
	put_packet(&b, true, SCTP, 1, 2, 0);
	put_link(&b, IPV6, 0);
	good &= agrees(LINK_ETHERNET, build_data(&b), build_len(&b));
	put_packet(&b, false, UDP, 1, 2, 0);
	build_be16(b.room + b.start + 6, 0x2000);
	put_link(&b, IPV4, 0);
	good &= agrees(LINK_ETHERNET, build_data(&b), build_len(&b));
	put_packet(&b, false, UDP, 1, 2, 0);
	good &= agrees(LINK_RAW, build_data(&b), build_len(&b));
	put_link(&b, MPLS, 0);
	good &= agrees(LINK_ETHERNET, build_data(&b), build_len(&b));
	ok(good && answered == before, "icmp, sctp, a fragment, bare ip and mpls are for the walk");
}

static unsigned check_capture(const char *path)
{
	struct error err = { 0 };
	struct source *source = source_file_open(path, READER_AUTO, &err);
	enum source_result result = SOURCE_BLOCK;
	unsigned wrong = 0;

	assert(source != NULL);
	while (result == SOURCE_PACKET || result == SOURCE_BLOCK) {
		struct packet packet;
		struct block block;

		result = source_next(source, &packet, &block, &err);
		if (result == SOURCE_PACKET && packet.number <= 40)
			wrong += !all_agree(packet.linktype, packet.data, packet.caplen);
		else if (result == SOURCE_PACKET)
			wrong += !agrees(packet.linktype, packet.data, packet.caplen);
	}
	source_close(source);
	return wrong;
}

static void test_captures(void)
{
	glob_t found;
	unsigned wrong = 0;
	uint64_t before = answered;

	assert(glob("tests/data/*.pcap", 0, NULL, &found) == 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		wrong += check_capture(found.gl_pathv[i]);
	globfree(&found);
	is_u64(wrong, 0, "tests/data: what the walk says");
	ok(answered > before + 100000, "... and mostly at a glance");
}

int main(void)
{
	test_stacks();
	test_ends();
	test_addresses();
	test_others();
	test_captures();
	return tap_done();
}
