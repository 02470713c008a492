/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounded views of bytes: the only code that touches the bytes of packets. A struct span is read
 * only, a struct patch may be written. data[0] to data[len - 1] can always be accessed. A function
 * that reads returns false, and leaves its result alone, if the bytes are not all there; one that
 * writes then returns false and writes nothing, but for patch_be32() and patch_be64(). Offsets
 * count from data, in bytes. Numbers are big-endian unless the name says le.
 */
#ifndef VTAP_BASE_SPAN_H
#define VTAP_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Marks functions that run for every packet, and whose call would cost more than what they do. */
#define SPAN_INLINE static inline __attribute__((always_inline))

struct span {
	const uint8_t *data;
	size_t len;
};

static inline struct span span_of(const void *data, size_t len)
{
	return (struct span){ (const uint8_t *)data, len };
}

/* Returns true if there are len bytes at an offset. */
SPAN_INLINE bool span_has(struct span s, size_t offset, size_t len)
{
	return offset <= s.len && len <= s.len - offset;
}

/* Returns the bytes from an offset on; they are empty if it is at or past the end. */
static inline struct span span_from(struct span s, size_t offset)
{
	if (offset > s.len)
		offset = s.len;
	return (struct span){ s.data + offset, s.len - offset };
}

/* Returns the first len bytes, or all if there are fewer. */
static inline struct span span_first(struct span s, size_t len)
{
	if (len < s.len)
		s.len = len;
	return s;
}

/* Sets *out to exactly len bytes at an offset. */
SPAN_INLINE bool span_sub(struct span s, size_t offset, size_t len, struct span *out)
{
	if (!span_has(s, offset, len))
		return false;
	*out = (struct span){ s.data + offset, len };
	return true;
}

SPAN_INLINE bool span_u8(struct span s, size_t offset, uint8_t *value)
{
	if (!span_has(s, offset, 1))
		return false;
	*value = s.data[offset];
	return true;
}

SPAN_INLINE bool span_be16(struct span s, size_t offset, uint16_t *value)
{
	uint16_t v;

	if (!span_has(s, offset, 2))
		return false;
	memcpy(&v, s.data + offset, 2);
	*value = __builtin_bswap16(v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	*value = v;
#endif
	return true;
}

static inline bool span_be24(struct span s, size_t offset, uint32_t *value)
{
	if (!span_has(s, offset, 3))
		return false;
	*value = (uint32_t)s.data[offset] << 16 | (uint32_t)s.data[offset + 1] << 8 |
		 s.data[offset + 2];
	return true;
}

SPAN_INLINE bool span_be32(struct span s, size_t offset, uint32_t *value)
{
	uint32_t v;

	if (!span_has(s, offset, 4))
		return false;
	memcpy(&v, s.data + offset, 4);
	*value = __builtin_bswap32(v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	*value = v;
#endif
	return true;
}

static inline bool span_le32(struct span s, size_t offset, uint32_t *value)
{
	if (!span_be32(s, offset, value))
		return false;
	*value = __builtin_bswap32(*value);
	return true;
}

static inline bool span_le16(struct span s, size_t offset, uint16_t *value)
{
	if (!span_be16(s, offset, value))
		return false;
	*value = __builtin_bswap16(*value);
	return true;
}

/*
 * Returns true if needle (at least 2 bytes) is found in s, at an offset or after it. It is fast if
 * the last byte but one of needle is rare in s.
 */
static inline bool span_find(struct span s, size_t offset, struct span needle)
{
	struct span rest = span_from(s, offset);
	size_t pivot = needle.len - 2;

	while (rest.len >= needle.len) {
		const uint8_t *at =
			memchr(rest.data + pivot, needle.data[pivot], rest.len - needle.len + 1);

		if (!at)
			return false;
		rest = span_from(rest, (size_t)(at - rest.data) - pivot);
		if (memcmp(rest.data, needle.data, needle.len) == 0)
			return true;
		rest = span_from(rest, 1);
	}
	return false;
}

/*
 * Returns true if the bytes from an offset on equal `bytes` in all bits that are set in `mask`.
 * words: length of both arrays, in words of 8 bytes, which stand in memory as they do in a packet.
 * Returns false if fewer bytes are there.
 */
static inline bool span_fits(struct span s, size_t offset, const uint64_t *mask,
			     const uint64_t *bytes, size_t words)
{
	uint64_t here, differ = 0;

	if (!span_has(s, offset, words * sizeof(here)))
		return false;
#pragma GCC unroll 8
	for (size_t i = 0; i < words; i++) {
		memcpy(&here, s.data + offset + i * sizeof(here), sizeof(here));
		differ |= (here ^ bytes[i]) & mask[i];
	}
	return differ == 0;
}

/* Copies len bytes at an offset to out. */
SPAN_INLINE bool span_copy(struct span s, size_t offset, void *out, size_t len)
{
	if (!span_has(s, offset, len))
		return false;
	if (len > 0)
		memcpy(out, s.data + offset, len);
	return true;
}

/* Bytes that may be written: copies of packets whose headers are corrected, packets being built. */
struct patch {
	uint8_t *data;
	size_t len;
};

/* Returns a view to read what can be written. */
static inline struct span patch_span(struct patch p)
{
	return (struct span){ p.data, p.len };
}

/* Returns the bytes from an offset on; they are empty if it is at or past the end. */
static inline struct patch patch_from(struct patch p, size_t offset)
{
	if (offset >= p.len)
		return (struct patch){ NULL, 0 };
	return (struct patch){ p.data + offset, p.len - offset };
}

/* Returns the first len bytes, or all if there are fewer. */
static inline struct patch patch_first(struct patch p, size_t len)
{
	if (len < p.len)
		p.len = len;
	return p;
}

static inline bool patch_u8(struct patch p, size_t offset, uint8_t value)
{
	if (offset >= p.len)
		return false;
	p.data[offset] = value;
	return true;
}

static inline bool patch_be16(struct patch p, size_t offset, uint16_t value)
{
	if (offset > p.len || p.len - offset < 2)
		return false;
	p.data[offset] = (uint8_t)(value >> 8);
	p.data[offset + 1] = (uint8_t)value;
	return true;
}

/* If only 2 or 3 bytes are there, the first 2 are written, although it returns false. */
static inline bool patch_be32(struct patch p, size_t offset, uint32_t value)
{
	return patch_be16(p, offset, (uint16_t)(value >> 16)) &&
	       patch_be16(p, offset + 2, (uint16_t)value);
}

/* If only 2 to 7 bytes are there, some of them are written, although it returns false. */
static inline bool patch_be64(struct patch p, size_t offset, uint64_t value)
{
	return patch_be32(p, offset, (uint32_t)(value >> 32)) &&
	       patch_be32(p, offset + 4, (uint32_t)value);
}

/* Writes len bytes of zero. */
static inline bool patch_zero(struct patch p, size_t offset, size_t len)
{
	if (offset > p.len || p.len - offset < len)
		return false;
	if (len > 0)
		memset(p.data + offset, 0, len);
	return true;
}

/* Writes len bytes that are copied from `from`. */
static inline bool patch_copy(struct patch p, size_t offset, const void *from, size_t len)
{
	if (offset > p.len || p.len - offset < len)
		return false;
	if (len > 0)
		memcpy(p.data + offset, from, len);
	return true;
}

#endif
