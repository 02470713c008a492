/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layout of an enhanced packet block, which holds a packet in a pcapng file
 * (draft-ietf-opsawg-pcapng, section 4.3): header, packet, padding to 4 bytes, options, and the
 * block's length once more. Numbers are in this host's byte order unless a function says otherwise.
 */
#ifndef VTAP_CAPTURE_PCAPNG_RECORD_H
#define VTAP_CAPTURE_PCAPNG_RECORD_H

#include <stddef.h>

#include "base/span.h"
#include "io/input.h"
#include "packet/pcapng.h"

struct pcapng_record {
	uint32_t type;	    /* PCAPNG_ENHANCED_PACKET */
	uint32_t block_len; /* bytes of the whole block */
	uint32_t interface; /* number of the interface in its section */
	uint32_t time[2];   /* ticks of the interface, upper half first */
	uint32_t caplen;    /* bytes of the packet that follow */
	uint32_t len;	    /* bytes of the packet on the wire */
};

_Static_assert(sizeof(struct pcapng_record) == PCAPNG_PACKET_FIXED, "enhanced packet block");

/* Returns the bytes of a block. caplen: bytes of its packet; options: bytes of its options. */
static inline size_t pcapng_record_size(uint32_t caplen, size_t options)
{
	return sizeof(struct pcapng_record) + pcapng_padded(caplen) + options + sizeof(uint32_t);
}

/*
 * Reads the block at an offset into *record, and sets *whole to all of its bytes. Returns false if
 * not all of it is there, if it is no enhanced packet block, if it has options, or if its two
 * lengths differ.
 */
SPAN_INLINE bool pcapng_record_find(struct span bytes, size_t offset, struct pcapng_record *record,
				    struct span *whole)
{
	uint32_t last;

	return span_copy(bytes, offset, record, sizeof(*record)) &&
	       record->type == PCAPNG_ENHANCED_PACKET &&
	       record->block_len == pcapng_record_size(record->caplen, 0) &&
	       span_sub(bytes, offset, record->block_len, whole) &&
	       span_copy(*whole, record->block_len - sizeof(last), &last, sizeof(last)) &&
	       last == record->block_len;
}

/* Turns the numbers of a header into the other byte order. */
static inline void pcapng_record_swap(struct pcapng_record *record)
{
	record->type = __builtin_bswap32(record->type);
	record->block_len = __builtin_bswap32(record->block_len);
	record->interface = __builtin_bswap32(record->interface);
	record->time[0] = __builtin_bswap32(record->time[0]);
	record->time[1] = __builtin_bswap32(record->time[1]);
	record->caplen = __builtin_bswap32(record->caplen);
	record->len = __builtin_bswap32(record->len);
}

/*
 * Writes header, packet and padding to `to`; the caller writes options and the second length. The
 * header may be in either byte order, so the caller gives caplen, in this host's, once more.
 */
SPAN_INLINE void pcapng_record_write(uint8_t *to, const struct pcapng_record *record,
				     const uint8_t *packet, uint32_t caplen)
{
	/* The last 4 bytes in front of the options become 0 first, so that the padding is 0. The
	 * packet then overwrites those that belong to it; if caplen is 0, the header does. */
	memset(to + sizeof(*record) + pcapng_padded(caplen) - 4, 0, 4);
	memcpy(to, record, sizeof(*record));
	memcpy(to + sizeof(*record), packet, caplen);
}

/* Changes the interface's number in the header at `to`. */
SPAN_INLINE void pcapng_record_set_interface(uint8_t *to, uint32_t interface)
{
	memcpy(to + offsetof(struct pcapng_record, interface), &interface, sizeof(interface));
}

/* Changes the length on the wire in the header at `to`. */
SPAN_INLINE void pcapng_record_set_len(uint8_t *to, uint32_t len)
{
	memcpy(to + offsetof(struct pcapng_record, len), &len, sizeof(len));
}

/* Returns true if an enhanced packet block that begins with this record is all in `ready`, and its
 * lengths agree. */
static inline bool pcapng_record_is_whole(const struct pcapng_record *record, struct span ready)
{
	uint32_t len = record->block_len, last;

	return record->type == PCAPNG_ENHANCED_PACKET && len % 4 == 0 &&
	       len >= PCAPNG_PACKET_FIXED + 4 && len <= INPUT_MAX_RECORD &&
	       span_copy(ready, len - 4, &last, sizeof(last)) && last == len &&
	       record->caplen <= len - PCAPNG_PACKET_FIXED - 4;
}

#endif
