/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layout of a pcap file (draft-ietf-opsawg-pcap): the header in front of the file and the one
 * in front of each packet. Numbers are in this host's byte order unless a function says otherwise.
 */
#ifndef VTAP_CAPTURE_PCAP_RECORD_H
#define VTAP_CAPTURE_PCAP_RECORD_H

#include <stddef.h>

#include "base/span.h"

/* The first number of a file: the unit in which records give the fraction of a second. */
#define PCAP_MAGIC_MICRO UINT32_C(0xa1b2c3d4)
#define PCAP_MAGIC_NANO	 UINT32_C(0xa1b23c4d)

struct pcap_file_header {
	uint32_t magic;
	uint16_t major, minor;	 /* version: 2, 4 */
	uint32_t zone, accuracy; /* written as 0, ignored on reading */
	uint32_t snaplen;	 /* bytes kept of a packet, at most; 0: no limit */
	uint32_t linktype;	 /* in the lower 26 bits; flags above */
};

/* Bits of the link type field: the link type, the flag that says that the length of the frame check
 * sequence is there, and that length, in units of 2 bytes. */
#define PCAP_LINKTYPE UINT32_C(0x03ffffff)
#define PCAP_FCS_FLAG UINT32_C(0x04000000)
#define PCAP_FCS_LEN  UINT32_C(0xf0000000)

/* Returns the bytes of the frame check sequence that a link type field tells, or 0. */
static inline uint32_t pcap_record_fcs_len(uint32_t linktype)
{
	return linktype & PCAP_FCS_FLAG ? (linktype & PCAP_FCS_LEN) >> 28 << 1 : 0;
}

_Static_assert(sizeof(struct pcap_file_header) == 24, "pcap file header");

struct pcap_record {
	uint32_t seconds;  /* since 1970, unsigned */
	uint32_t fraction; /* of a second, in the unit that the magic says */
	uint32_t caplen;   /* bytes that follow */
	uint32_t len;	   /* bytes of the packet on the wire */
};

_Static_assert(sizeof(struct pcap_record) == 16, "pcap record header");

/*
 * Reads the record at an offset into *record, and sets *whole to its header and packet.
 * ticks_per_s: units of the fraction in a second. Returns false if not all of the record is there,
 * if the fraction is a second or more, as in damaged files, or if the captured bytes are none or
 * more than the packet has: the caller then leaves the record to the reader, which carries whole
 * seconds over, and finds out if this is the header of another file. Such a header, read as a
 * record, has 0 captured bytes of a packet of 0 bytes.
 */
SPAN_INLINE bool pcap_record_find(struct span bytes, size_t offset, uint64_t ticks_per_s,
				  struct pcap_record *record, struct span *whole)
{
	return span_copy(bytes, offset, record, sizeof(*record)) &&
	       record->fraction < ticks_per_s && record->caplen - 1 < record->len &&
	       span_sub(bytes, offset, sizeof(*record) + record->caplen, whole);
}

/* Writes the header of a record to the 16 bytes at `to`. */
SPAN_INLINE void pcap_record_write(uint8_t *to, const struct pcap_record *record)
{
	memcpy(to, record, sizeof(*record));
}

/* Turns the numbers of a header into the other byte order. */
static inline void pcap_record_swap(struct pcap_record *record)
{
	record->seconds = __builtin_bswap32(record->seconds);
	record->fraction = __builtin_bswap32(record->fraction);
	record->caplen = __builtin_bswap32(record->caplen);
	record->len = __builtin_bswap32(record->len);
}

/* Changes the length on the wire in the header at `to`. */
SPAN_INLINE void pcap_record_set_len(uint8_t *to, uint32_t len)
{
	memcpy(to + offsetof(struct pcap_record, len), &len, sizeof(len));
}

#endif
