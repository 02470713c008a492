/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/tap.h"
#include "packet/packet.h"

static int64_t time_of(uint64_t ticks_per_s, int64_t offset_s, uint64_t ticks)
{
	struct interface interface = { .ticks_per_s = ticks_per_s, .offset_s = offset_s };

	return packet_time_ns(&interface, ticks);
}

/* What interface and options say of the frame check sequence. */
static void test_fcs(void)
{
	static const uint8_t little[] = { 2, 0, 4, 0, 0x41, 0, 0, 0 },
			     big[] = { 0, 2, 0, 4, 0, 0, 0, 0x81 },
			     none[] = { 2, 0, 4, 0, 1, 0, 0, 0 }, comment[] = { 1, 0, 0, 0 };
	struct section section = { .swapped = false };
	struct interface interface = { .section = &section, .fcs_len = 4 };
	struct packet packet = { .interface = &interface, .caplen = 60, .len = 64 };

	is_u64(packet_fcs_len(&packet), 4, "the interface says the length of the FCS");
	packet.options = span_of(little, sizeof(little));
	is_u64(packet_fcs_len(&packet), 2, "... but the packet's flags go before");
	packet.options = span_of(none, sizeof(none));
	is_u64(packet_fcs_len(&packet), 4, "... if they say it");
	packet.options = span_of(comment, sizeof(comment));
	is_u64(packet_fcs_len(&packet), 4, "... and if there are flags");
	section.swapped = true;
	packet.options = span_of(big, sizeof(big));
	is_u64(packet_fcs_len(&packet), 4, "... in the section's byte order");
	packet.block = span_of(big, sizeof(big));
	packet_shorten(&packet, 2);
	ok(packet.caplen == 60 && packet.len == 62, "an FCS that was not captured");
	packet_shorten(&packet, 4);
	ok(packet.caplen == 58 && packet.len == 58, "... one that was in part");
	is_u64(packet.block.len, 0, "... the record is written anew");
	packet_shorten(&packet, 100);
	ok(packet.caplen == 0 && packet.len == 0, "no more than there is");
}

int main(void)
{
	const uint64_t pico = 1000000000000;
	struct interface nano = { .ticks_per_s = 1000000000, .linktype = LINK_RAW };
	struct interface early = { .ticks_per_s = 1000000000, .offset_s = -100000000000 };
	struct interface micro = { .ticks_per_s = 1000000 };
	struct interface binary = { .ticks_per_s = 1 << 20, .offset_s = 100 };
	struct packet packet = { .time_ns = 1500000000 };
	uint8_t room[8] = { 0 }, other[3] = { 0 };

	ok(time_of(1000000, 0, 1700000000123456) == 1700000000123456000, "microseconds");
	ok(time_of(pico, 0, 5 * pico + 1999) == 5000000001, "picoseconds are floored");
	ok(time_of(1000, -3600, 1500) == -3600 * 1000000000LL + 1500000000,
	   "milliseconds with an offset");
	ok(time_of(1, 0, UINT64_MAX) == INT64_MAX, "a time beyond 2262 saturates");
	ok(time_of(1ULL << 63, 0, 1ULL << 62) == 500000000, "the finest power of two");
	packet_move(&packet, &nano);
	is_u64(packet.ticks, 1500000000, "moved to a nanosecond interface");
	ok(packet.linktype == LINK_RAW && packet.block.len == 0,
	   "... with its link type, written anew");
	packet.time_ns = 1700000000123456999;
	packet_move(&packet, &micro);
	is_u64(packet.ticks, 1700000000123456, "moved to a microsecond interface");
	packet.time_ns = -1;
	packet_move(&packet, &micro);
	is_u64(packet.ticks, 0, "... from before 1970");
	packet.time_ns = 101500000000;
	packet_move(&packet, &binary);
	is_u64(packet.ticks, (1 << 20) * 3 / 2, "moved to an interface with an offset");
	packet.time_ns = 5;
	packet_move(&packet, &binary);
	is_u64(packet.ticks, 0, "a time before the interface's zero is its zero");
	packet_move(&packet, &early);
	ok(packet.ticks == UINT64_MAX, "a time behind the last that ticks can say is that");
	packet = (struct packet){ .data = room + 4, .front = room, .caplen = 4, .len = 9 };
	packet.block = span_of(room, sizeof(room));
	is_u64(packet_around(&packet, 4).len, 8, "room in front of a packet");
	packet_replace(&packet, span_of(other, sizeof(other)));
	ok(packet.data == other && packet.caplen == 3 && packet.len == 9 && packet.block.len == 0,
	   "other bytes, written anew");
	is_u64(packet_around(&packet, 4).len, 0, "... have no room in front of them");
	test_fcs();
	return tap_done();
}
