/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is above the MTU and yet not cut, since nobody could say what the wire showed. */
#include "offload/tcp_gso.h"

#include "lib/build.h"
#include "lib/gso_packet.h"
#include "lib/tap.h"

enum { SYN = 2, RST = 4, ACK = 16, URG = 32 };

static struct gso_packet frame;

static void make(uint8_t version, uint32_t payload_len, uint8_t flags)
{
	memset(&frame, 0, offsetof(struct gso_packet, bytes));
	frame.version = version;
	frame.payload_len = payload_len;
	frame.flags = flags;
	gso_packet_build(&frame);
}

static enum tcp_gso_need begin(struct tcp_gso *tcp_gso, uint32_t mtu)
{
	return tcp_gso_begin(tcp_gso, &frame.headers, span_of(frame.bytes, frame.len), frame.len,
			     mtu, NULL);
}

/* An authentication header (RFC 4302) vouches for the whole packet, so that no segment could have
 * one. */
static void test_authenticated(void)
{
	enum { AH_AT = 34, AH_LEN = 12, PROTOCOL_AT = 23, TOTAL_AT = 16 };
	struct tcp_gso tcp_gso;

	make(4, 5000, ACK);
	memmove(frame.bytes + AH_AT + AH_LEN, frame.bytes + AH_AT, frame.len - AH_AT);
	build_hex_at(frame.bytes + AH_AT, AH_LEN, "0601 0000 00000001 00000002");
	frame.len += AH_LEN;
	frame.bytes[PROTOCOL_AT] = 51;
	build_be16(frame.bytes + TOTAL_AT, frame.len - 14);
	headers_parse(&frame.headers, LINK_ETHERNET, span_of(frame.bytes, frame.len), 0);
	ok(frame.headers.l4 == 6 && begin(&tcp_gso, 1500) == TCP_GSO_UNKNOWN,
	   "TCP behind an authentication header");
}

static void test_unknown(void)
{
	struct tcp_gso tcp_gso;

	make(4, 5000, ACK);
	is_u64(tcp_gso_begin(&tcp_gso, &frame.headers, span_of(frame.bytes, frame.len),
			     frame.len + 1, 1500, NULL),
	       TCP_GSO_UNKNOWN, "a capture cut by a byte");
	is_u64(tcp_gso_begin(&tcp_gso, &frame.headers, span_of(frame.bytes, frame.len - 1),
			     frame.len - 1, 1500, NULL),
	       TCP_GSO_UNKNOWN, "an IP length above the frame's");
	is_u64(begin(&tcp_gso, 40), TCP_GSO_UNKNOWN, "an MTU without room for payload");
	frame.protocol = 17;
	gso_packet_build(&frame);
	is_u64(begin(&tcp_gso, 1500), TCP_GSO_UNKNOWN, "UDP");
	is_u64(begin(&tcp_gso, 5028), TCP_GSO_WHOLE, "UDP that fits");
	frame.protocol = 6;
	frame.fragment = 0x2000;
	gso_packet_build(&frame);
	is_u64(begin(&tcp_gso, 1500), TCP_GSO_UNKNOWN, "a first fragment");
	frame.fragment = 0x2001;
	gso_packet_build(&frame);
	is_u64(begin(&tcp_gso, 1500), TCP_GSO_UNKNOWN, "a later fragment");
	frame.fragment = 0;
	frame.protocol = 50;
	gso_packet_build(&frame);
	is_u64(begin(&tcp_gso, 1500), TCP_GSO_UNKNOWN, "ESP");
	test_authenticated();
	frame.bytes[12] = 0x12;
	headers_parse(&frame.headers, LINK_ETHERNET, span_of(frame.bytes, frame.len), 0);
	is_u64(begin(&tcp_gso, 1500), TCP_GSO_WHOLE, "not IP");
}

static void test_flags(void)
{
	static const uint8_t never[] = { SYN | ACK, RST | ACK, URG | ACK };
	struct tcp_gso tcp_gso;

	for (unsigned i = 0; i < sizeof never; i++) {
		make(4, 5000, never[i]);
		ok(begin(&tcp_gso, 1500) == TCP_GSO_UNKNOWN, "flags 0x%02x", never[i]);
	}
}

static void test_extensions(void)
{
	static const char *const never[] = { "\x33", "\x2c", "\x87", "\x3c\x33" };
	struct tcp_gso tcp_gso;

	make(6, 5000, ACK);
	for (unsigned i = 0; i < sizeof never / sizeof *never; i++) {
		frame.extensions = never[i];
		gso_packet_build(&frame);
		ok(begin(&tcp_gso, 1500) == TCP_GSO_UNKNOWN,
		   "extension headers that cannot be repeated: %u", i);
	}
	frame.extensions = "\x2b";
	gso_packet_build(&frame);
	frame.bytes[frame.ip + 43] = 1;
	is_u64(begin(&tcp_gso, 1500), TCP_GSO_UNKNOWN, "a routing header not at its end");
	frame.claim = CLAIM_JUMBO;
	frame.extensions = "\x3c";
	frame.payload_len = 70000;
	gso_packet_build(&frame);
	memmove(frame.bytes + frame.ip + 46, frame.bytes + frame.ip + 42, 6);
	memcpy(frame.bytes + frame.ip + 40, "\6\1\1\2\0\0", 6);
	memset(frame.bytes + frame.ip + 52, 0, 4);
	headers_parse(&frame.headers, LINK_ETHERNET, span_of(frame.bytes, frame.len), 0);
	is_u64(begin(&tcp_gso, 1500), TCP_GSO_UNKNOWN, "a jumbo option elsewhere");
	memmove(frame.bytes + frame.ip + 42, frame.bytes + frame.ip + 46, 6);
	memcpy(frame.bytes + frame.ip + 48, "\1\6\0\0\0\0\0\0", 8);
	headers_parse(&frame.headers, LINK_ETHERNET, span_of(frame.bytes, frame.len), 0);
	is_u64(begin(&tcp_gso, 1500), TCP_GSO_UNKNOWN, "a jumbo option and more");
}

/* Puts len bytes between the MAC addresses of the frame and its IP packet, in place of the
 * EtherType. */
static void put_link(const char *bytes, size_t len)
{
	make(4, 5000, ACK);
	memmove(frame.bytes + 12 + len, frame.bytes + 14, frame.len - 14);
	memcpy(frame.bytes + 12, bytes, len);
	frame.len += (uint32_t)len - 2;
}

static void check_link(const char *what)
{
	struct tcp_gso tcp_gso;

	headers_parse(&frame.headers, LINK_ETHERNET, span_of(frame.bytes, frame.len), 0);
	is_u64(frame.headers.end, HEADERS_TRANSPORT, what);
	is_u64(begin(&tcp_gso, 1492), TCP_GSO_UNKNOWN, "... is not cut");
}

/* What stands in front of IP has a length, or sums the frame. */
static void test_links(void)
{
	put_link("\x88\x64\x11\0\0\1\0\0\0\x21", 10);
	gso_packet_be16(&frame, 18, frame.len - 20);
	check_link("TCP in PPPoE");
	put_link("\5\xdc\xaa\xaa\3\0\0\0\x08\0", 10);
	check_link("TCP in SNAP");
	put_link("\x88\xe5\0\0\0\0\0\1\x08\0", 10);
	check_link("TCP in MACsec");
}

int main(void)
{
	test_unknown();
	test_flags();
	test_extensions();
	test_links();
	return tap_done();
}
