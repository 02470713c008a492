/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What TCP headers say: whole, cut anywhere, fragments, and without IP's length. */
#include "tools/vtap-stat/tcp_segment.h"

#include "header/fields.h"
#include "lib/build.h"
#include "lib/gso_packet.h"
#include "lib/tap.h"

static struct gso_packet packet;
static struct tcp_segment segment;

/* Reads the packet's first len bytes. */
static bool read_first(size_t len)
{
	uint8_t *exact = build_exact(packet.bytes, len);
	struct headers headers;
	bool whole;

	headers_parse(&headers, LINK_ETHERNET, span_of(exact, len), 0);
	whole = tcp_segment_of(&segment, &headers, span_of(exact, len));
	free(exact);
	return whole && segment.whole;
}

static bool read_all(void)
{
	return read_first(packet.len);
}

/* 10 bytes of payload and 3 of padding behind 12 bytes of options. */
static void make(uint8_t version)
{
	memset(&packet, 0, offsetof(struct gso_packet, bytes));
	packet.version = version;
	packet.flags = TCP_PSH | TCP_ACK;
	packet.sequence = 0x89ABCDEF;
	packet.tcp_options_len = 12;
	packet.payload_len = 10;
	packet.padding_len = 3;
	packet.id = 77;
	gso_packet_build(&packet);
	gso_packet_be16(&packet, packet.transport + TCP_CHECKSUM_AT, 0x1111);
}

static void test_whole(uint8_t version)
{
	uint32_t mark;

	make(version);
	ok(read_all(), "ipv%u: whole", version);
	ok(segment.sequence == 0x89ABCDEF && segment.acknowledgment == 0x01020304 &&
		   segment.payload_len == 10 && segment.flags == (TCP_PSH | TCP_ACK),
	   "numbers, length without padding, flags");
	mark = segment.mark;
	ok(segment.marked && read_all() && segment.mark == mark, "a mark");
	packet.bytes[packet.transport + 13] |= TCP_FIN;
	ok(read_all() && segment.mark != mark, "another with FIN");
	packet.bytes[packet.transport + 13] &= (uint8_t)~TCP_FIN;
	packet.bytes[packet.transport + 11]++;
	ok(read_all() && segment.mark != mark, "and with another acknowledgment");
	packet.bytes[packet.transport + 11]--;
	gso_packet_be16(&packet, version == 4 ? packet.ip + 4 : packet.transport + 16, 3);
	ok(read_all() && segment.mark != mark, "and with another identification, or checksum");
	make(version);
	ok(read_all(), "again");
	is_u64(tcp_segment_numbers(&segment), 10, "numbers that it takes");
	segment.flags = TCP_SYN | TCP_FIN;
	is_u64(tcp_segment_numbers(&segment), 12, "and with SYN and FIN");
}

/* Whole from the flags on; the length is that of IP however short it is cut. */
static void test_prefixes(uint8_t version)
{
	unsigned wrong = 0;

	make(version);
	for (size_t len = 0; len <= packet.len; len++) {
		bool whole = len >= packet.transport + 14;

		wrong += read_first(len) != whole || segment.payload_len != (whole ? 10 : 0) ||
			 segment.flags != (whole ? TCP_PSH | TCP_ACK : 0) ||
			 segment.marked != (version == 4 ? whole : len >= packet.transport + 18);
	}
	is_u64(wrong, 0, "whole from the flags on, marked from its field on");
}

static void test_not_whole(void)
{
	make(4);
	packet.fragment = IPV4_MORE_FRAGMENTS;
	gso_packet_build(&packet);
	ok(!read_all() && segment.flags == (TCP_PSH | TCP_ACK), "a fragment has flags only");
	packet.fragment = 2;
	gso_packet_build(&packet);
	ok(!read_all() && segment.flags == 0, "a later one has none");
	packet.fragment = 0;
	packet.claim = CLAIM_NOTHING;
	gso_packet_build(&packet);
	ok(!read_all() && segment.flags == (TCP_PSH | TCP_ACK), "IP length 0");
	packet.claim = CLAIM_RIGHT;
	packet.id = 0;
	gso_packet_build(&packet);
	ok(read_all() && segment.marked && !read_first(packet.transport + 13) &&
		   read_first(packet.transport + 14) && !segment.marked,
	   "an identification of 0 is none, the checksum may be missing");
	packet.bytes[packet.transport + TCP_FLAGS_AT] = 0x40;
	ok(!read_all(), "a data offset below 5");
	packet.bytes[packet.transport + TCP_FLAGS_AT] = 0xF0;
	ok(!read_all(), "a data offset behind the packet's end");
	make(4);
	packet.protocol = IPPROTO_UDP;
	gso_packet_build(&packet);
	ok(!read_all() && segment.flags == 0, "UDP");
	make(6);
	packet.claim = CLAIM_JUMBO;
	packet.payload_len = 70000;
	gso_packet_build(&packet);
	ok(read_all() && segment.payload_len == 70000, "a jumbogram");
	gso_packet_be16(&packet, packet.ip + 44, 0xFFFF);
	ok(!read_all(), "and one of 4 GiB");
}

int main(void)
{
	test_whole(4);
	test_whole(6);
	test_prefixes(4);
	test_prefixes(6);
	test_not_whole();
	return tap_done();
}
