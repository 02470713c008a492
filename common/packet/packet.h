/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a capture holds: packets, the interfaces that captured them, the sections of the file to
 * which those belong, and other blocks (names, secrets, statistics, custom ones) that pass through
 * unchanged. The model is pcapng's (draft-ietf-opsawg-pcapng); a pcap file is one section with one
 * interface.
 */
#ifndef VTAP_PACKET_PACKET_H
#define VTAP_PACKET_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/linktype.h"
#include "base/loan.h"
#include "base/span.h"
#include "packet/option.h"
#include "packet/pcapng.h"

/* A section of a capture. It lives until its source is closed. */
struct section {
	uint32_t serial; /* unique in this process, from 1 */
	bool swapped;	 /* numbers in its blocks and options are not in this host's byte order */
	struct span options; /* as in the file, without the end mark; may be empty */
};

/* An interface of a section. It lives until its source is closed. */
struct interface {
	uint32_t serial; /* unique in this process, from 1 */
	const struct section *section;
	uint32_t id;		 /* number of the interface in its section */
	bool from_block;	 /* a pcapng block of the input describes it */
	uint32_t linktype;	 /* LINK_... or any other LINKTYPE_ value, without flags */
	uint32_t linktype_flags; /* upper 6 bits of a pcap's link type field, in place; else 0 */
	uint32_t snaplen;	 /* bytes kept of a packet, at most; 0: no limit */
	uint32_t fcs_len; /* bytes of the frame check sequence at the end of each packet, which
			     its len includes; 0: none, or it is not known */
	uint32_t mtu;	  /* bytes of an IP packet on a live device, which may change; 0: unknown */
	uint64_t ticks_per_s;	 /* resolution of struct packet's ticks */
	int64_t offset_s;	 /* seconds that are added to every time (if_tsoffset) */
	const char *name;	 /* if_name, or NULL */
	const char *description; /* if_description, or NULL */
	struct span options; /* all options as in the file, in the section's byte order, without the
				end mark. If it is empty, a writer makes options from the two names
				above */
};

/* How a packet stood in the input. */
enum packet_form {
	PACKET_PLAIN,	 /* no pcapng block: from pcap, wiretap or a live interface */
	PACKET_ENHANCED, /* enhanced packet block */
	PACKET_SIMPLE,	 /* simple packet block, which has no time: time_ns is 0 */
	PACKET_OLD,	 /* obsolete packet block (type 2) */
};

/*
 * One packet. All pointers are borrowed: they are valid until the next source_next() on the source
 * that gave the packet.
 */
struct packet {
	int64_t time_ns; /* nanoseconds since 1970-01-01 UTC, leap seconds not counted */
	uint64_t ticks;	 /* time_ns in ticks of the interface (ticks_per_s), counted from its
			    offset_s, exactly as in the file. Whoever changes time_ns calls
			    packet_move(), which computes ticks anew */
	const uint8_t *data;
	uint8_t *front;	 /* start of the bytes in front of data that may be overwritten, or NULL; it
			    means nothing once data points into other memory */
	uint32_t caplen; /* bytes present at data */
	uint32_t len;	 /* bytes on the wire; may be less than caplen in odd files */
	uint32_t linktype;
	enum packet_form form;
	const struct interface *interface;
	struct span options; /* as in the file, in the section's byte order, without the end mark */
	struct span block; /* the whole record as in the file: a pcapng block from its type on, or a
			      pcap record (PACKET_PLAIN) from its header on, in this host's byte
			      order and the interface's ticks. Empty if the source has no such
			      record, and after packet_changed() */
	struct loan *loan; /* of the memory that block is in; NULL if it is not lent. Not used while
			      block is empty */
	uint64_t number;   /* of the packet in its source, from 1 */
	uint64_t offset;   /* of the record in the (uncompressed) file, bytes */
};

/* What source_next() can give besides packets. */
enum block_kind {
	BLOCK_SECTION,	 /* a new section begins; section is set */
	BLOCK_INTERFACE, /* section and interface are set */
	BLOCK_OTHER,	 /* any other block; type and bytes are set */
};

struct block {
	enum block_kind kind;
	const struct section *section;
	const struct interface *interface; /* of BLOCK_INTERFACE, and of statistics whose interface
					      is described; else NULL */
	uint32_t type;			   /* PCAPNG_..., in this host's byte order */
	struct span bytes; /* the whole block in the section's byte order; valid as long as
			      packet.data is */
};

/* Returns the next serial, for a section or an interface that this process makes. */
uint32_t packet_serial(void);

/* Returns true if some of so many ticks a second are no whole number of microseconds. */
static inline bool packet_is_finer_than_micro(uint64_t ticks_per_s)
{
	return ticks_per_s == 0 || 1000000 % ticks_per_s != 0;
}

/*
 * Returns the nanoseconds since 1970 of a time in ticks of an interface. Times that 64 bits cannot
 * hold become the nearest that they can; what is finer than a nanosecond is cut off.
 */
int64_t packet_time_ns(const struct interface *interface, uint64_t ticks);

/*
 * Puts the packet on another interface, or on its own after a change of time_ns: sets interface and
 * linktype, computes ticks from time_ns, and calls packet_changed(). A time before the first that
 * the interface can say becomes 0 ticks, one behind the last UINT64_MAX. time_ns stays as it is.
 */
void packet_move(struct packet *packet, const struct interface *interface);

/*
 * Returns the packet's bytes with len writable bytes in front of them, or an empty patch if there
 * are not so many free bytes. Call it only for a packet whose data is where its source put it.
 */
static inline struct patch packet_around(const struct packet *packet, size_t len)
{
	size_t at = packet->front != NULL ? (size_t)(packet->data - packet->front) : 0;

	if (at < len)
		return (struct patch){ NULL, 0 };
	return (struct patch){ packet->front + (at - len), len + packet->caplen };
}

/*
 * Tells that bytes, options or interface differ from packet->block, so that a sink writes the
 * record anew. A change of len alone needs no call. A simple packet becomes an enhanced one with
 * time 0.
 */
void packet_changed(struct packet *packet);

/* Returns the flags in the packet's options (OPTION_EPB_FLAGS), or 0 if there are none. */
uint32_t packet_flags(const struct packet *packet);

/* The part of packet_fcs_len() for a packet with options. */
uint32_t packet_fcs_len_told(const struct packet *packet);

/*
 * Returns the bytes of the frame check sequence at the end of the packet, which its len includes:
 * what its options say (epb_flags), else what its interface says. Returns 0 if there is none, or if
 * nothing says so.
 */
static inline uint32_t packet_fcs_len(const struct packet *packet)
{
	if (packet->options.len > 0)
		return packet_fcs_len_told(packet);
	return packet->interface->fcs_len;
}

/*
 * Takes len bytes off the end of the packet as it was on the wire, as far as they were captured,
 * and calls packet_changed(). The options stay as they are.
 */
void packet_shorten(struct packet *packet, uint32_t len);

/* Makes other bytes, which the packet borrows, its data: sets data, caplen and front (to NULL), and
 * calls packet_changed(). len stays as it is. */
void packet_replace(struct packet *packet, struct span bytes);

#endif
