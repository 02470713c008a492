/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "header/checksum.h"
#include "lib/build.h"
#include "lib/tap.h"

/* RFC 1071 section 1, word by word. */
static uint16_t plain(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++) {
		sum += i % 2 == 0 ? (uint32_t)data[i] << 8 : data[i];
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)~sum;
}

static void test_lengths(void)
{
	bool good = true, in_steps = true;
	uint8_t bytes[300];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 37 + i / 7 + 0x80);
	for (size_t len = 0; len <= sizeof bytes; len++) {
		uint8_t *exact = build_exact(bytes, len);
		struct span all = span_of(exact, len);
		size_t cut = len / 3 / 2 * 2;
		uint64_t sum = checksum_add(0, all);

		good = good && checksum_fold(sum) == plain(bytes, len);
		sum = checksum_add(checksum_add(0, span_first(all, cut)), span_from(all, cut));
		in_steps = in_steps && checksum_fold(sum) == plain(bytes, len);
		free(exact);
	}
	ok(good, "every length up to 300");
	ok(in_steps, "in two steps");
}

static void test_known(void)
{
	uint8_t bytes[64], most[65536];
	size_t len = build_hex_at(bytes, sizeof bytes, "0001f203f4f5f6f7");

	is_u64(checksum_fold(checksum_add(0, span_of(bytes, len))), 0x220d, "RFC 1071 section 3");
	memset(most, 0xff, sizeof most);
	is_u64(checksum_fold(checksum_add(0, span_of(most, sizeof most))), 0, "all bits set");
	is_u64(checksum_fold_udp(0xffff), 0xffff, "UDP never sends 0");
	is_u64(checksum_fold_udp(0xfffe), 1, "and leaves others");
	/* An ICMPv6 packet of 65536 + 8 bytes: the length has 32 bits in RFC 8200 section 8.1. */
	is_u64(checksum_fold(checksum_add_pseudo(0, span_of(bytes, 0), 58, 0x10008)),
	       0xffff - 58 - 1 - 8, "pseudo-header: a long length");
}

int main(void)
{
	test_lengths();
	test_known();
	return tap_done();
}
