/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checksums left to the card are completed, others are left as they are. */
#include "offload/checksum_partial.h"

#include "lib/build.h"
#include "lib/gso_packet.h"
#include "lib/tap.h"
#include "lib/tshark.h"

static struct gso_packet frame;

/* Byte by byte, as RFC 1071 has it. */
static uint32_t sum_of(const uint8_t *bytes, uint32_t len, uint32_t sum)
{
	for (uint32_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint32_t pseudo(void)
{
	bool four = frame.version == 4;
	uint32_t len = frame.payload + frame.payload_len - frame.transport;

	return sum_of(frame.bytes + frame.ip + (four ? 12 : 8), four ? 8 : 32,
		      frame.protocol + (len >> 16) + (len & 0xffff));
}

static uint32_t field(void)
{
	return frame.transport + (frame.protocol == 17 ? 6 : 16);
}

/* What belongs into the field; it is 0 while this is called. */
static uint32_t right(void)
{
	uint32_t sum = ~sum_of(frame.bytes + frame.transport,
			       frame.payload + frame.payload_len - frame.transport, pseudo()) &
		       0xffff;

	return sum == 0 && frame.protocol == 17 ? 0xffff : sum;
}

static void make(uint8_t version, uint8_t protocol, uint32_t len)
{
	memset(&frame, 0, offsetof(struct gso_packet, bytes));
	frame.version = version;
	frame.protocol = protocol;
	frame.payload_len = len;
	frame.padding_len = 9;
	frame.flags = 16;
	if (len > 65400)
		frame.claim = CLAIM_NOTHING;
	if (len > 65400)
		frame.padding_len = 0;
	gso_packet_build(&frame);
}

static bool partial(uint32_t *offset, uint16_t *value)
{
	return checksum_partial_find(&frame.headers, span_of(frame.bytes, frame.len), offset,
				     value);
}

static void test_rows(void)
{
	static const uint32_t lens[] = { 0, 1, 2, 31, 1400, 1401, 65000, 100000 };

	for (unsigned i = 0; i < 4 * sizeof lens / sizeof *lens; i++) {
		uint32_t offset = 0, want;
		uint16_t value = 0;

		make(i % 2 == 0 ? 4 : 6, i / 2 % 2 == 0 ? 6 : 17, lens[i / 4]);
		if (frame.protocol == 17 && frame.payload_len > 65400)
			continue;
		want = right();
		gso_packet_be16(&frame, field(), pseudo());
		ok(partial(&offset, &value) && offset == field() && value == want,
		   "ipv%d, protocol %d, %u bytes", frame.version, frame.protocol,
		   frame.payload_len);
		gso_packet_be16(&frame, field(), want);
		ok(!partial(&offset, &value), "right: stays");
		gso_packet_be16(&frame, field(), want ^ 0x0100);
		ok(!partial(&offset, &value), "wrong: stays");
		gso_packet_be16(&frame, field(), ~pseudo() & 0xffff);
		ok(!partial(&offset, &value), "complemented: stays");
		gso_packet_be16(&frame, field(), 0);
		ok(!partial(&offset, &value), "0: stays");
	}
}

/* A UDP checksum that comes out as 0 is written as ffff (RFC 768). */
static void test_udp_zero(void)
{
	uint32_t offset;
	uint16_t value = 0;

	make(4, 17, 2);
	gso_packet_be16(&frame, frame.payload, 0);
	gso_packet_be16(&frame, frame.payload, right());
	gso_packet_be16(&frame, field(), pseudo());
	ok(partial(&offset, &value) && value == 0xffff, "udp: 0 becomes ffff");
}

/* The payload makes the complete checksum that of the pseudo-header: nobody can tell the two. */
static void test_equal(uint8_t version, uint8_t protocol)
{
	uint32_t offset;
	uint16_t value;

	make(version, protocol, 2);
	gso_packet_be16(&frame, frame.payload, 0);
	gso_packet_be16(&frame, field(), pseudo());
	gso_packet_be16(&frame, frame.payload, right());
	ok(right() == 0 || right() == 0xffff, "the sum of all with the checksum is 0");
	ok(partial(&offset, &value) && value == pseudo(),
	   "ipv%d, protocol %d: it may be complete, and nothing is to be changed", version,
	   protocol);
}

static void test_refusals(void)
{
	uint32_t offset;
	uint16_t value;

	make(4, 6, 100);
	gso_packet_be16(&frame, field(), pseudo());
	frame.bytes[frame.ip + 6] = 0x20;
	headers_parse(&frame.headers, LINK_ETHERNET, span_of(frame.bytes, frame.len), 0);
	ok(!partial(&offset, &value), "a fragment");
	make(4, 17, 100);
	gso_packet_be16(&frame, frame.transport + 4, 8 + 100 + 5);
	gso_packet_be16(&frame, field(), pseudo() + 5);
	headers_parse(&frame.headers, LINK_ETHERNET, span_of(frame.bytes, frame.len), 0);
	ok(!partial(&offset, &value), "a UDP length that IP's does not hold");
	make(4, 1, 100);
	ok(!partial(&offset, &value), "icmp");
	frame.bytes[12] = 0;
	headers_parse(&frame.headers, LINK_ETHERNET, span_of(frame.bytes, frame.len), 0);
	ok(!partial(&offset, &value), "not IP");
}

static void test_prefixes(uint8_t version, uint8_t protocol)
{
	uint32_t whole, offset;
	unsigned good = 0;
	uint16_t value;

	make(version, protocol, 40);
	gso_packet_be16(&frame, field(), pseudo());
	whole = frame.payload + frame.payload_len;
	for (size_t len = 0; len <= frame.len; len++) {
		uint8_t *exact = build_exact(frame.bytes, len);
		struct headers headers;

		headers_parse(&headers, LINK_ETHERNET, span_of(exact, len), 0);
		good += checksum_partial_find(&headers, span_of(exact, len), &offset, &value) ==
			(len >= whole);
		free(exact);
	}
	ok(good == frame.len + 1, "ipv%d, protocol %d: only whole packets", version, protocol);
}

static void test_tshark(void)
{
	struct tshark tshark;
	char got[256];

	tshark_begin(&tshark);
	for (unsigned i = 0; i < 4; i++) {
		uint32_t offset = 0;
		uint16_t value = 0;

		make(i % 2 == 0 ? 4 : 6, i / 2 == 0 ? 6 : 17, 333);
		gso_packet_be16(&frame, field(), pseudo());
		ok(partial(&offset, &value), "partial");
		gso_packet_be16(&frame, offset, value);
		tshark_add(&tshark, frame.bytes, frame.len);
	}
	tshark_run(&tshark,
		   "-o tcp.check_checksum:TRUE -T fields -E separator=, -e tcp.checksum.status "
		   "-e udp.checksum.status",
		   got, sizeof got);
	is_str(got, "1,\n1,\n,1\n,1\n", "tshark finds them right");
	tshark_end(&tshark);
}

int main(void)
{
	test_rows();
	test_udp_zero();
	test_equal(4, 6);
	test_equal(6, 6);
	test_equal(4, 17);
	test_equal(6, 17);
	test_refusals();
	test_prefixes(4, 6);
	test_prefixes(6, 6);
	test_prefixes(4, 17);
	test_prefixes(6, 17);
	test_tshark();
	return tap_done();
}
