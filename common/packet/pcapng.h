/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of the pcapng format (draft-ietf-opsawg-pcapng): types and sizes of blocks, and how to
 * read a number in the byte order of its section.
 */
#ifndef VTAP_PACKET_PCAPNG_H
#define VTAP_PACKET_PCAPNG_H

#include "base/span.h"

/* Types of blocks. */
enum {
	PCAPNG_INTERFACE = 1,
	PCAPNG_OLD_PACKET = 2, /* obsolete, still found in files */
	PCAPNG_SIMPLE_PACKET = 3,
	PCAPNG_NAMES = 4,
	PCAPNG_STATISTICS = 5,
	PCAPNG_ENHANCED_PACKET = 6,
	PCAPNG_SECRETS = 10,
	PCAPNG_CUSTOM = 0xBAD,
	PCAPNG_SECTION = 0x0A0D0D0A,
};

/* Returns true if blocks of this type hold a packet. */
static inline bool pcapng_is_packet(uint32_t type)
{
	return type == PCAPNG_ENHANCED_PACKET || type == PCAPNG_SIMPLE_PACKET ||
	       type == PCAPNG_OLD_PACKET;
}

/* Bytes of a block's fixed part, from its type on; PCAPNG_BLOCK_MIN: of the shortest block. */
enum {
	PCAPNG_BLOCK_MIN = 12,
	PCAPNG_SECTION_FIXED = 24,
	PCAPNG_INTERFACE_FIXED = 16,
	PCAPNG_PACKET_FIXED = 28, /* of enhanced and of old packet blocks */
	PCAPNG_SIMPLE_FIXED = 12,
	PCAPNG_STATISTICS_FIXED = 20,
};

/* The number in a section header that shows the section's byte order. */
enum { PCAPNG_BYTE_ORDER = 0x1a2b3c4d };

/* Returns len rounded up to a multiple of 4 bytes, which all parts of a block are padded to. */
static inline size_t pcapng_padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

/*
 * Returns the number of 32 bits at an offset. swapped: it is not in this host's byte order. Returns
 * 0 if the bytes are not there: callers check lengths before.
 */
static inline uint32_t pcapng_u32(struct span bytes, size_t offset, bool swapped)
{
	uint32_t value = 0;

	span_copy(bytes, offset, &value, sizeof(value));
	return swapped ? __builtin_bswap32(value) : value;
}

/* Returns the number of 16 bits at an offset; swapped and the result are as in pcapng_u32(). */
static inline uint16_t pcapng_u16(struct span bytes, size_t offset, bool swapped)
{
	uint16_t value = 0;

	span_copy(bytes, offset, &value, sizeof(value));
	return swapped ? __builtin_bswap16(value) : value;
}

/* Returns true if a section header begins here: its type and, at 8, its byte-order magic. */
static inline bool pcapng_begins(struct span head)
{
	return pcapng_u32(head, 0, false) == PCAPNG_SECTION &&
	       (pcapng_u32(head, 8, false) == PCAPNG_BYTE_ORDER ||
		pcapng_u32(head, 8, true) == PCAPNG_BYTE_ORDER);
}

#endif
