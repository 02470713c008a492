/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "encap/geneve_meta.h"

enum { HEADER_LEN = 4, FIXED_LEN = 24, VERSION = 1, WORDS = 0x1f };
enum { FLAG_DIRECTION = 0x03, FLAG_TIME = 0x04, DIRECTION_MAX = 2 };

static bool is_trail(struct span text, size_t at)
{
	uint8_t byte;

	return span_u8(text, at, &byte) && (byte & 0xC0) == 0x80;
}

/* Returns the bytes of the UTF-8 character at offset `at`; 0 if it is a control character or no
 * character (RFC 3629 section 4: surrogates and overlong forms are none). */
static size_t character_len(struct span text, size_t at)
{
	uint8_t first = 0, second = 0;
	size_t len;

	span_u8(text, at, &first);
	span_u8(text, at + 1, &second);
	if (first < 0x80)
		return first >= 0x20 && first != 0x7F;
	if (first < 0xC2 || first > 0xF4)
		return 0;
	len = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
	for (size_t i = 1; i < len; i++)
		if (!is_trail(text, at + i))
			return 0;
	/* The first condition excludes the control characters U+0080 to U+009F. */
	if ((first == 0xC2 && second < 0xA0) || (first == 0xE0 && second < 0xA0) ||
	    (first == 0xED && second > 0x9F) || (first == 0xF0 && second < 0x90) ||
	    (first == 0xF4 && second > 0x8F))
		return 0;
	return len;
}

void geneve_meta_set_name(struct geneve_meta *meta, struct span name)
{
	size_t at = 0, len;
	uint8_t byte;

	while (span_u8(name, at, &byte) && byte != 0) {
		len = character_len(name, at);
		if (at + (len == 0 ? 1 : len) > GENEVE_META_NAME_MAX)
			break;
		if (len == 0)
			meta->name[at++] = '?';
		else if (span_copy(name, at, meta->name + at, len))
			at += len;
	}
	meta->name[at] = '\0';
}

size_t geneve_meta_build(const struct geneve_meta *meta, struct patch room)
{
	size_t name_len = strnlen(meta->name, GENEVE_META_NAME_MAX);
	size_t len = (FIXED_LEN + name_len + 3) / 4 * 4;
	unsigned flags = (meta->direction & FLAG_DIRECTION) | (meta->has_time ? FLAG_TIME : 0);

	patch_be32(room, 0, (uint32_t)GENEVE_META_OPTION << 8 | (uint32_t)(len / 4));
	patch_be32(room, 4, (uint32_t)VERSION << 24 | flags << 16);
	patch_be32(room, 8, meta->len);
	patch_be64(room, 12, meta->has_time ? (uint64_t)meta->time_ns : 0);
	patch_be32(room, 20, meta->instance);
	patch_be32(room, 24, meta->sequence);
	patch_copy(room, HEADER_LEN + FIXED_LEN, meta->name, name_len);
	patch_zero(room, HEADER_LEN + FIXED_LEN + name_len, len - FIXED_LEN - name_len);
	return HEADER_LEN + len;
}

static void read_flags(struct geneve_meta *meta, uint8_t flags, uint32_t high, uint32_t low)
{
	uint8_t direction = flags & FLAG_DIRECTION;

	meta->direction = direction <= DIRECTION_MAX ? direction : 0;
	meta->has_time = flags & FLAG_TIME;
	meta->time_ns = meta->has_time ? (int64_t)((uint64_t)high << 32 | low) : 0;
}

enum geneve_meta_verdict geneve_meta_parse(struct span option, struct geneve_meta *meta)
{
	uint32_t head, high, low;
	struct span data;
	uint8_t version, flags;

	if (!span_be32(option, 0, &head) || head >> 8 != GENEVE_META_OPTION ||
	    !span_sub(option, HEADER_LEN, (size_t)(head & WORDS) * 4, &data) ||
	    !span_u8(data, 0, &version))
		return GENEVE_META_MALFORMED;
	if (version != VERSION)
		return GENEVE_META_UNKNOWN_VERSION;
	if (!span_u8(data, 1, &flags) || !span_be32(data, 4, &meta->len) ||
	    !span_be32(data, 8, &high) || !span_be32(data, 12, &low) ||
	    !span_be32(data, 16, &meta->instance) || !span_be32(data, 20, &meta->sequence) ||
	    data.len > FIXED_LEN + GENEVE_META_NAME_MAX)
		return GENEVE_META_MALFORMED;
	read_flags(meta, flags, high, low);
	geneve_meta_set_name(meta, span_from(data, FIXED_LEN));
	return GENEVE_META_OK;
}
