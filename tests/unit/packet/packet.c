/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/tap.h"
#include "packet/packet.h"

static int64_t time_of(uint64_t ticks_per_s, int64_t offset_s, uint64_t ticks)
{
	struct interface interface = { .ticks_per_s = ticks_per_s, .offset_s = offset_s };

	return packet_time_ns(&interface, ticks);
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
	return tap_done();
}
