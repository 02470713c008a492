/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/span.h"

#include <stdlib.h>

#include "lib/tap.h"

static const uint8_t bytes[] = { 0x01, 0x82, 0x03, 0x84, 0x05 };

static void reads(void)
{
	struct span s = span_of(bytes, sizeof(bytes));
	uint8_t u8 = 0;
	uint16_t u16 = 0;
	uint32_t u32 = 0;

	ok(span_u8(s, 4, &u8) && u8 == 0x05, "u8 at the last byte");
	ok(span_be16(s, 1, &u16) && u16 == 0x8203, "be16");
	ok(span_le16(s, 1, &u16) && u16 == 0x0382, "le16");
	ok(span_be24(s, 1, &u32) && u32 == 0x820384, "be24");
	ok(span_be32(s, 1, &u32) && u32 == 0x82038405, "be32 up to the end");
	ok(span_le32(s, 1, &u32) && u32 == 0x05840382, "le32 up to the end");
}

/* In a heap block of just that size, so that ASan sees a read behind it. */
static void every_prefix(void)
{
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		uint8_t *copy = malloc(len ? len : 1), out[5], u8 = 0xee;
		struct span s = span_of(copy, len);
		uint16_t u16 = 0xeeee;
		uint32_t u32 = 0xeeeeeeee;
		unsigned wrong = 0;

		memcpy(copy, bytes, len);
		for (size_t at = 0; at <= sizeof(bytes) + 1; at++) {
			wrong += span_u8(s, at, &u8) != (at + 1 <= len);
			wrong += span_be16(s, at, &u16) != (at + 2 <= len);
			wrong += span_le16(s, at, &u16) != (at + 2 <= len);
			wrong += span_be24(s, at, &u32) != (at + 3 <= len);
			wrong += span_be32(s, at, &u32) != (at + 4 <= len);
			wrong += span_le32(s, at, &u32) != (at + 4 <= len);
			wrong += span_copy(s, at, out, 5) != (at + 5 <= len);
		}
		ok(wrong == 0, "of %zu bytes, reads succeed exactly inside", len);
		free(copy);
	}
}

static void short_reads_change_nothing(void)
{
	struct span s = span_of(bytes, 1);
	uint32_t u32 = 7;
	uint16_t u16 = 7;

	ok(!span_be16(s, 0, &u16) && !span_le16(s, 0, &u16) && u16 == 7, "short 16 bits");
	ok(!span_be24(s, 0, &u32) && !span_be32(s, 0, &u32) && !span_le32(s, 0, &u32) && u32 == 7,
	   "short 24 and 32 bits");
}

static void views(void)
{
	struct span s = span_of(bytes, sizeof(bytes)), sub = span_of(NULL, 9);

	ok(span_has(s, 5, 0) && !span_has(s, 6, 0), "nothing at the end is there, past it not");
	ok(!span_has(s, SIZE_MAX, 2) && !span_has(s, 2, SIZE_MAX), "sums do not wrap around");
	ok(span_from(s, 2).len == 3 && span_from(s, 2).data == bytes + 2, "from");
	ok(span_from(s, SIZE_MAX).len == 0, "from past the end is empty");
	ok(span_first(s, 2).len == 2 && span_first(s, 9).len == 5, "first never grows");
	ok(span_sub(s, 1, 3, &sub) && sub.data == bytes + 1 && sub.len == 3, "sub");
	ok(!span_sub(s, 3, 3, &sub) && sub.len == 3, "sub past the end leaves the result alone");
}

static void patches(void)
{
	uint8_t room[6] = { 0 };
	struct patch p = { room, 5 };

	ok(patch_be16(p, 3, 0x0102) && room[3] == 1 && room[4] == 2, "be16 up to the end");
	ok(!patch_be16(p, 4, 0xffff) && room[5] == 0, "be16 past it");
	ok(patch_be32(p, 0, 0x0a0b0c0d) && memcmp(room, "\x0a\x0b\x0c\x0d", 4) == 0, "be32");
	ok(patch_copy(p, 4, "z", 1) && room[4] == 'z', "copy");
	ok(!patch_copy(p, 4, "zz", 2) && !patch_copy(p, 6, "", 0) && room[5] == 0,
	   "copy past the end");
	ok(patch_copy(p, 5, NULL, 0) && patch_copy((struct patch){ NULL, 0 }, 0, NULL, 0),
	   "nothing can be copied to anywhere");
}

static void patch_views(void)
{
	uint8_t room[12];
	struct patch p = { room, 11 };

	memset(room, 0xA5, sizeof room);
	ok(patch_u8(p, 10, 1) && room[10] == 1, "u8 up to the end");
	ok(!patch_u8(p, 11, 1) && room[11] == 0xA5, "u8 past it");
	ok(patch_be64(p, 3, UINT64_C(0x0102030405060708)) &&
		   memcmp(room + 3, "\1\2\3\4\5\6\7\10", 8) == 0,
	   "be64");
	ok(patch_zero(p, 9, 2) && room[8] == 6 && room[9] == 0 && room[10] == 0, "zero");
	ok(!patch_be64(p, 4, 0) && room[11] == 0xA5, "be64 past the end");
	ok(!patch_zero(p, 10, 2) && !patch_zero(p, 12, 0) && room[11] == 0xA5, "zero past the end");
	ok(patch_from(p, 4).data == room + 4 && patch_from(p, 4).len == 7, "from");
	ok(patch_from(p, 11).len == 0 && patch_from(p, SIZE_MAX).len == 0,
	   "from past the end is empty");
	ok(patch_first(p, 3).len == 3 && patch_first(p, 99).len == 11, "first never grows");
	ok(patch_span(p).data == room && patch_span(p).len == 11, "what is written can be read");
}

int main(void)
{
	reads();
	every_prefix();
	short_reads_change_nothing();
	views();
	patches();
	patch_views();
	return tap_done();
}
