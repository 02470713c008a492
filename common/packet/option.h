/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reader and the writer of pcapng share: numbers in either byte order, options. */
#ifndef VTAP_PACKET_OPTION_H
#define VTAP_PACKET_OPTION_H

#include "base/span.h"

/* Options of interface blocks (if_...). */
enum {
	OPTION_IF_NAME = 2,
	OPTION_IF_DESCRIPTION = 3,
	OPTION_IF_TSRESOL = 9,
	OPTION_IF_TSOFFSET = 14
};

/* Byte sizes of the fixed parts, from the block's type on. */
enum {
	PCAPNG_BLOCK_MIN = 12,
	PCAPNG_SECTION_FIXED = 24,
	PCAPNG_INTERFACE_FIXED = 16,
	PCAPNG_PACKET_FIXED = 28, /* enhanced and old ones */
	PCAPNG_SIMPLE_FIXED = 12,
	PCAPNG_STATISTICS_FIXED = 20,
};

enum { PCAPNG_BYTE_ORDER = 0x1a2b3c4d };

static inline size_t pcapng_padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

/* Numbers at an offset; 0 when the bytes are not there: check lengths before. */
static inline uint32_t pcapng_u32(struct span bytes, size_t offset, bool swapped)
{
	uint32_t value = 0;

	span_copy(bytes, offset, &value, sizeof(value));
	return swapped ? __builtin_bswap32(value) : value;
}

static inline uint16_t pcapng_u16(struct span bytes, size_t offset, bool swapped)
{
	uint16_t value = 0;

	span_copy(bytes, offset, &value, sizeof(value));
	return swapped ? __builtin_bswap16(value) : value;
}

struct pcapng_option {
	uint16_t code;
	struct span value;
	struct span whole; /* code, length, value, padding */
};

/*
 * Takes the next option off the front of options. False at the end mark, at the
 * end, and where an option runs past the end: what is left is then no option.
 */
bool pcapng_option(struct span *options, bool swapped, struct pcapng_option *option);

/* The part of options in front of the end mark (or of the damage). */
struct span pcapng_options(struct span bytes, bool swapped);

#endif
