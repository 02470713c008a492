/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP packets above 1500 bytes: superframes, jumbo frames, unknown. */
#include "tools/vtap-stat/oversize.h"

#include "header/fields.h"
#include "lib/gso_packet.h"
#include "lib/tap.h"

enum { NONE = 0, FULL = 1, PUSHED = 2, LARGE = 4 };

static const struct row {
	const char *name;
	uint8_t version, protocol;
	uint16_t mss[2]; /* of both SYNs; 0: not seen */
	unsigned first;	 /* a packet of 1460 bytes (or 1461) came before, with PSH or without */
	unsigned options_len;
	uint32_t payload_len;
	uint16_t fragment;
	enum gso_packet_claim claim;
	enum oversize want;
	uint64_t wire_packets;
} rows[] = {
	{ .name = "1500 bytes", .mss = { 1460, 1460 }, .payload_len = 1460 },
	{ .name = "1501 bytes",
	  .mss = { 1460, 1460 },
	  .payload_len = 1461,
	  .want = OVERSIZE_SUPERFRAME,
	  .wire_packets = 2 },
	{ .name = "two segments",
	  .mss = { 1460, 8960 },
	  .payload_len = 2920,
	  .want = OVERSIZE_SUPERFRAME,
	  .wire_packets = 2 },
	{ .name = "with options",
	  .mss = { 8960, 1460 },
	  .options_len = 12,
	  .payload_len = 2920,
	  .want = OVERSIZE_SUPERFRAME,
	  .wire_packets = 3 },
	{ .name = "one SYN",
	  .mss = { 0, 1000 },
	  .payload_len = 3001,
	  .want = OVERSIZE_SUPERFRAME,
	  .wire_packets = 4 },
	{ .name = "a jumbo frame",
	  .mss = { 8960, 8960 },
	  .payload_len = 8960,
	  .want = OVERSIZE_JUMBO },
	{ .name = "above jumbo frames",
	  .mss = { 8960, 9500 },
	  .payload_len = 8961,
	  .want = OVERSIZE_SUPERFRAME,
	  .wire_packets = 2 },
	{ .name = "no SYN, no full packet", .payload_len = 2920, .want = OVERSIZE_UNKNOWN },
	{ .name = "no SYN, a full packet",
	  .first = FULL,
	  .payload_len = 2920,
	  .want = OVERSIZE_SUPERFRAME,
	  .wire_packets = 2 },
	{ .name = "no SYN, a packet with PSH",
	  .first = PUSHED,
	  .payload_len = 2920,
	  .want = OVERSIZE_UNKNOWN },
	{ .name = "no SYN, a full packet of 1461",
	  .first = LARGE,
	  .payload_len = 2920,
	  .want = OVERSIZE_UNKNOWN },
	{ .name = "no SYN, a full packet, IP options of a jumbo frame",
	  .version = 6,
	  .first = FULL,
	  .options_len = 12,
	  .payload_len = 1456,
	  .want = OVERSIZE_UNKNOWN },
	{ .name = "no SYN, IPv6",
	  .version = 6,
	  .first = FULL,
	  .payload_len = 14400,
	  .want = OVERSIZE_SUPERFRAME,
	  .wire_packets = 10 },
	{ .name = "IP length 0",
	  .mss = { 1460, 1460 },
	  .payload_len = 146000,
	  .claim = CLAIM_NOTHING,
	  .want = OVERSIZE_SUPERFRAME,
	  .wire_packets = 100 },
	{ .name = "a jumbogram",
	  .version = 6,
	  .mss = { 1440, 1440 },
	  .payload_len = 144000,
	  .claim = CLAIM_JUMBO,
	  .want = OVERSIZE_SUPERFRAME,
	  .wire_packets = 100 },
	{ .name = "options above a tiny MSS",
	  .mss = { 1, 1 },
	  .options_len = 40,
	  .payload_len = 4800,
	  .want = OVERSIZE_SUPERFRAME,
	  .wire_packets = 100 },
	{ .name = "a fragment of TCP",
	  .mss = { 1460, 1460 },
	  .payload_len = 2920,
	  .fragment = IPV4_MORE_FRAGMENTS,
	  .want = OVERSIZE_UNKNOWN },
	{ .name = "UDP, nothing known",
	  .protocol = IPPROTO_UDP,
	  .payload_len = 2920,
	  .want = OVERSIZE_UNKNOWN },
	{ .name = "UDP, the source has jumbo frames",
	  .protocol = IPPROTO_UDP,
	  .mss = { 8960, 8960 },
	  .payload_len = 9000 - 28,
	  .want = OVERSIZE_JUMBO },
	{ .name = "UDP, above them",
	  .protocol = IPPROTO_UDP,
	  .mss = { 8960, 8960 },
	  .payload_len = 9001 - 28,
	  .want = OVERSIZE_UNKNOWN },
	{ .name = "UDP over IPv6",
	  .version = 6,
	  .protocol = IPPROTO_UDP,
	  .mss = { 8940, 8960 },
	  .payload_len = 9000 - 48,
	  .want = OVERSIZE_JUMBO },
	{ .name = "UDP, one side has jumbo frames",
	  .protocol = IPPROTO_UDP,
	  .mss = { 1460, 8960 },
	  .payload_len = 2920,
	  .want = OVERSIZE_UNKNOWN },
	{ .name = "UDP, one SYN",
	  .protocol = IPPROTO_UDP,
	  .mss = { 8960, 0 },
	  .payload_len = 2920,
	  .want = OVERSIZE_UNKNOWN },
	{ .name = "a fragment of UDP",
	  .protocol = IPPROTO_UDP,
	  .mss = { 8960, 8960 },
	  .fragment = 100,
	  .payload_len = 8000,
	  .want = OVERSIZE_JUMBO },
};

static struct gso_packet packet;

static void see(struct oversize_flow *flow, struct oversize_source *source, unsigned direction)
{
	struct span bytes = span_of(packet.bytes, packet.len);
	struct tcp_segment segment;

	tcp_segment_of(&segment, &packet.headers, bytes);
	oversize_see(flow, source, direction, &segment, &packet.headers, bytes);
}

static void make(const struct row *row, uint8_t flags, uint32_t payload_len)
{
	memset(&packet, 0, offsetof(struct gso_packet, bytes));
	packet.version = row->version;
	packet.flags = flags;
	packet.payload_len = payload_len;
}

/* What came before. */
static void begin(const struct row *row, struct oversize_flow *flow, struct oversize_source *source)
{
	for (unsigned direction = 0; direction < 2; direction++) {
		make(row, TCP_SYN, 0);
		packet.tcp_options_len = 4;
		gso_packet_build(&packet);
		memcpy(packet.bytes + packet.transport + TCP_MIN_LEN, "\2\4", 2);
		gso_packet_be16(&packet, packet.transport + 22, row->mss[direction]);
		if (row->mss[direction] != 0)
			see(flow, source, direction);
	}
	if (row->first != NONE) {
		make(row, TCP_ACK | (row->first == PUSHED ? TCP_PSH : 0),
		     row->first == LARGE ? 1461 : 1460);
		gso_packet_build(&packet);
		see(flow, source, 0);
	}
	make(row, TCP_ACK, 0);
	gso_packet_build(&packet);
	see(flow, source, 1);
}

static void judge(const struct row *row)
{
	struct oversize_flow flow = { 0 };
	struct oversize_source source = { 0 };
	uint64_t wire_packets = 77;
	enum oversize got;

	begin(row, &flow, &source);
	make(row, TCP_ACK, row->payload_len);
	packet.protocol = row->protocol;
	packet.tcp_options_len = row->options_len;
	packet.fragment = row->fragment;
	packet.claim = row->claim;
	gso_packet_build(&packet);
	got = oversize_judge(&flow, &source, &packet.headers, span_of(packet.bytes, packet.len),
			     packet.len, &wire_packets);
	if (!ok(got == row->want && wire_packets == row->wire_packets, "%s", row->name))
		printf("# %d, %" PRIu64 " packets\n", got, wire_packets);
	got = oversize_judge(NULL, NULL, &packet.headers, span_of(packet.bytes, packet.len),
			     packet.len, &wire_packets);
	ok(got == (row->want == OVERSIZE_NOT ? OVERSIZE_NOT : OVERSIZE_UNKNOWN) &&
		   wire_packets == 0,
	   "nothing is known without flows");
}

/* A packet that is cut is judged by IP's length, from its data offset on. */
static void test_prefixes(void)
{
	struct oversize_flow flow = { .mss = { 1460, 1460 } };
	struct oversize_source source = { 0 };
	const struct row row = { .version = 4 };
	unsigned wrong = 0;

	make(&row, TCP_ACK, 2920);
	gso_packet_build(&packet);
	for (uint32_t len = 0; len <= packet.len; len++) {
		struct span bytes = span_of(packet.bytes, len);
		struct headers headers;
		uint64_t wire_packets;
		enum oversize got;

		headers_parse(&headers, LINK_ETHERNET, bytes, 0);
		got = oversize_judge(&flow, &source, &headers, bytes, packet.len, &wire_packets);
		wrong += got != (len < 34	     ? OVERSIZE_NOT
				 : len < 34 + 12 + 1 ? OVERSIZE_UNKNOWN
						     : OVERSIZE_SUPERFRAME) ||
			 wire_packets != (len < 34 + 12 + 1 ? 0 : 2);
	}
	is_u64(wrong, 0, "each prefix");
}

int main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		judge(&rows[i]);
	test_prefixes();
	return tap_done();
}
