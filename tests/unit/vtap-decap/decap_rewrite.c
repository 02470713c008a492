/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/vtap-decap/decap_rewrite.h"

#include "lib/tap.h"
#include "packet/direction.h"
#include "tunnel/vlan_comment.h"

enum { NS = 1000000000 };

/* Options of a packet: flags with an FCS length of 4, a hash, a comment. */
static void options(bool swapped)
{
	uint8_t bytes[28];
	const uint32_t flags = 0x85, cleared = 0x05;
	struct section here = { .serial = 2, .swapped = swapped };
	struct interface on = { .section = &here, .ticks_per_s = NS };
	struct packet packet = { .interface = &on, .options = span_of(bytes, sizeof(bytes)) };
	uint64_t hashes = 0, fcs = 0;
	struct decap_rewrite rewrite = { 0 };
	uint16_t codes[] = { 2, 4, 3, 5, 1, 3 };
	uint32_t got = 0;

	memset(bytes, 'x', sizeof(bytes));
	for (unsigned i = 0, at = 0; i < 6; i += 2, at += i == 4 ? 12 : 8) {
		uint16_t code = swapped ? __builtin_bswap16(codes[i]) : codes[i];
		uint16_t len = swapped ? __builtin_bswap16(codes[i + 1]) : codes[i + 1];

		memcpy(bytes + at, &code, 2);
		memcpy(bytes + at + 2, &len, 2);
	}
	got = swapped ? __builtin_bswap32(flags) : flags;
	memcpy(bytes + 4, &got, 4);
	ok(decap_rewrite_options(&rewrite, &packet, &hashes, &fcs) && packet.options.len == 16 &&
		   hashes == 1 && fcs == 1,
	   "a hash goes, %s", swapped ? "swapped" : "in this byte order");
	memcpy(&got, packet.options.data + 4, 4);
	is_u64(swapped ? __builtin_bswap32(got) : got, cleared, "... the FCS length too");
	ok(memcmp(packet.options.data + 8, bytes + 20, 8) == 0, "... the comment stays");
	got = swapped ? __builtin_bswap32(cleared) : cleared;
	memcpy(bytes + 4, &got, 4);
	packet.options = span_of(bytes, 8);
	ok(decap_rewrite_options(&rewrite, &packet, &hashes, &fcs) && packet.options.data == bytes,
	   "... and what needs no change is not copied");
	packet.options = span_of(bytes, 15);
	ok(decap_rewrite_options(&rewrite, &packet, &hashes, &fcs),
	   "... and options may be damaged");
	decap_rewrite_free(&rewrite);
}

/* A comment of nearly 64 KiB, which is more than anybody has room for at once, and a hash behind
 * it. */
static void large(void)
{
	enum { COMMENT = 0xfff0 };
	static uint8_t bytes[4 + COMMENT + 8];
	struct section here = { .serial = 2 };
	struct interface on = { .section = &here, .ticks_per_s = NS };
	struct packet packet = { .interface = &on, .options = span_of(bytes, sizeof(bytes)) };
	const uint16_t comment[] = { 1, COMMENT }, hash[] = { 3, 4 };
	uint64_t hashes = 0, fcs = 0;
	struct decap_rewrite rewrite = { 0 };

	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, comment, 4);
	memcpy(bytes + 4 + COMMENT, hash, 4);
	ok(decap_rewrite_options(&rewrite, &packet, &hashes, &fcs) && hashes == 1 &&
		   packet.options.len == 4 + COMMENT && packet.options.data != bytes &&
		   memcmp(packet.options.data, bytes, 4 + COMMENT) == 0,
	   "options may be long");
	decap_rewrite_free(&rewrite);
}

static uint32_t flags_of(const struct packet *packet, size_t at, bool swapped)
{
	uint32_t flags = 0;

	span_copy(packet->options, at, &flags, 4);
	return swapped ? __builtin_bswap32(flags) : flags;
}

/* A flags option with all bits set, a comment, and bytes that are no option. */
static void direction(bool swapped)
{
	uint8_t bytes[] = { 0, 2, 0, 4, 0xff, 0xff, 0xff, 0xff, 0, 1, 0, 1, 'x', 0, 0, 0, 9, 9 };
	struct section here = { .serial = 2, .swapped = swapped };
	struct interface on = { .section = &here, .ticks_per_s = NS };
	struct packet packet = { .interface = &on };
	struct decap_rewrite rewrite = { 0 };

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	bool turn = !swapped;
#else
	bool turn = swapped;
#endif
	for (unsigned i = 0; turn && i < 4; i++) {
		unsigned at = i / 2 * 8 + i % 2 * 2;

		bytes[at] = bytes[at + 1];
		bytes[at + 1] = 0;
	}
	ok(decap_rewrite_direction(&rewrite, &packet, 2) && packet.options.len == 8 &&
		   flags_of(&packet, 4, swapped) == 2,
	   "a direction where there was none");
	ok(decap_rewrite_direction(&rewrite, &packet, 1) && packet.options.len == 8 &&
		   flags_of(&packet, 4, swapped) == 1,
	   "... another one in its place");
	packet.options = span_of(bytes, 16);
	ok(decap_rewrite_direction(&rewrite, &packet, 1) && packet.options.len == 16 &&
		   flags_of(&packet, 4, swapped) == 0xfffffffd && bytes[4] == 0xff,
	   "... other flags stay");
	packet.options = span_of(bytes + 8, 10);
	ok(decap_rewrite_direction(&rewrite, &packet, 2) && packet.options.len == 16 &&
		   packet.options.data[4] == 'x' && flags_of(&packet, 12, swapped) == 2,
	   "... behind other options, in place of what is none");
	decap_rewrite_free(&rewrite);
}

/* A length that a tap claims may be the largest of all. */
static void longest(void)
{
	static const uint32_t lens[][2] = { { 20, 34 },
					    { UINT32_MAX - 15, UINT32_MAX - 1 },
					    { UINT32_MAX - 13, UINT32_MAX },
					    { UINT32_MAX, UINT32_MAX } };
	static const uint8_t bytes[20] = { 0x45 };
	struct decap_rewrite rewrite = { 0 };

	for (unsigned i = 0; i < sizeof lens / sizeof *lens; i++) {
		struct packet packet = { .data = bytes, .caplen = 20, .len = lens[i][0] };

		ok(decap_rewrite_ethernet(&rewrite, &packet) && packet.caplen == 34 &&
			   packet.len == lens[i][1],
		   "an Ethernet header in front of %u bytes", lens[i][0]);
	}
	decap_rewrite_free(&rewrite);
}

/* Ethernet in front of IP stands in the buffer, with nothing in front of it. */
static void ethernet(void)
{
	uint8_t room[28] = { 0 };
	struct packet packet = { .data = room + 8, .front = room, .caplen = 20, .len = 50 };
	struct decap_rewrite rewrite = { 0 };

	room[8] = 0x60;
	ok(decap_rewrite_ethernet(&rewrite, &packet) && packet.caplen == 34 && packet.len == 64 &&
		   memcmp(packet.data + 12, "\x86\xdd\x60", 3) == 0 && packet.front == NULL,
	   "Ethernet in front of IP");
	decap_rewrite_free(&rewrite);
}

/* A direction and a comment behind what the packet has, and where it has nothing. */
static void added(bool swapped)
{
	uint8_t bytes[] = { 1, 0, 2, 0, 'h', 'i', 0, 0 };
	struct section here = { .serial = 2, .swapped = swapped };
	struct interface on = { .section = &here, .ticks_per_s = NS };
	struct packet packet = { .interface = &on };
	struct decap_rewrite rewrite = { 0 };

	ok(decap_rewrite_vlan(&rewrite, &packet, 10) && packet.options.len == 12 &&
		   vlan_comment_of(&packet) == 10,
	   "a VLAN where there are no options");
	if (swapped)
		memcpy(bytes, "\0\1\0\2", 4);
	packet.options = span_of(bytes, sizeof(bytes));
	ok(decap_rewrite_direction(&rewrite, &packet, 2) &&
		   decap_rewrite_vlan(&rewrite, &packet, 4095) && packet.options.len == 8 + 8 + 16,
	   "a direction and a VLAN behind a comment");
	ok(memcmp(packet.options.data, bytes, sizeof(bytes)) == 0 &&
		   direction_of(&packet) == DIRECTION_OUT && vlan_comment_of(&packet) == 4095,
	   "... and all can be read");
	decap_rewrite_free(&rewrite);
}

int main(void)
{
	added(false);
	added(true);
	longest();
	direction(false);
	direction(true);
	options(false);
	options(true);
	large();
	ethernet();
	return tap_done();
}
