/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a capture holds: packets, the interfaces they were seen on, the sections
 * those belong to, and other blocks (names, secrets, statistics, custom ones)
 * that pass through untouched. The shape is pcapng's (draft-ietf-opsawg-pcapng);
 * a pcap file is one section with one interface.
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

/* A section of a capture. Lives until its source is closed. */
struct section {
	uint32_t serial; /* unique in this process, from 1 */
	bool swapped;	 /* numbers in its blocks and options are not in this host's byte order */
	struct span options; /* as in the file, without the end-of-options mark; may be empty */
};

/* An interface of a section. Lives until its source is closed. */
struct interface {
	uint32_t serial; /* unique in this process, from 1 */
	const struct section *section;
	uint32_t id;		 /* its number in that section */
	uint32_t linktype;	 /* LINK_... or any other LINKTYPE_ value; never with FCS bits */
	uint32_t linktype_flags; /* pcap: the upper bits of the field, in place; else 0 */
	uint32_t snaplen;	 /* 0: no limit */
	uint32_t mtu;	      /* of a live device: bytes of an IP packet; 0: unknown. May change */
	uint64_t ticks_per_s; /* resolution of struct packet's ticks */
	int64_t offset_s;     /* if_tsoffset: added to every time, seconds */
	const char *name;     /* if_name, NUL-terminated, or NULL */
	const char *description; /* if_description or NULL */
	struct span options; /* all options as in the file, in the section's byte order, without the
				end mark; name and description are written from here when it is not
				empty, from the two fields above when it is */
};

/* How a packet stood in the input. */
enum packet_form {
	PACKET_PLAIN,	 /* pcap, wiretap, live: no pcapng block */
	PACKET_ENHANCED, /* pcapng enhanced packet block */
	PACKET_SIMPLE,	 /* pcapng simple packet block: it has no time; time_ns is 0 */
	PACKET_OLD,	 /* pcapng obsolete packet block (type 2) */
};

/*
 * One packet. All pointers are borrowed: they hold until the next call of
 * source_next() on the source that gave the packet.
 */
struct packet {
	int64_t time_ns; /* since 1970-01-01 UTC, leap seconds not counted */
	uint64_t ticks;	 /* the same instant in interface->ticks_per_s since offset_s, exactly as in
			    the file; who changes interface or time_ns sets this too: packet_retime()
			  */
	const uint8_t *data;
	uint8_t *front;	 /* from here to data are bytes that nobody needs and that may be
			    overwritten; NULL: none */
	uint32_t caplen; /* bytes present at data */
	uint32_t len;	 /* bytes on the wire; may be less than caplen in odd files */
	uint32_t linktype;
	enum packet_form form;
	const struct interface *interface;
	struct span options; /* as in the file, section's byte order, without the end mark */
	struct span block; /* the whole record as in the file: a pcapng block from its type on, or,
			      PACKET_PLAIN, a pcap record from its header on, in this host's byte
			      order and the interface's ticks. Empty for other sources, and once
			      anything but len was changed by packet_changed() */
	struct loan *loan; /* what block stands in; NULL: nothing is lent. Of no meaning when block
			      is empty */
	uint64_t number;   /* 1 for the first packet of its source */
	uint64_t offset;   /* byte offset of its record in the (uncompressed) file */
};

/* What source_next() can bring beside packets. */
enum block_kind {
	BLOCK_SECTION,	 /* a new section begins; section is set */
	BLOCK_INTERFACE, /* section and interface are set */
	BLOCK_OTHER,	 /* any other block; type and bytes are set */
};

struct block {
	enum block_kind kind;
	const struct section *section;
	const struct interface *interface; /* also of interface statistics, when known; else NULL */
	uint32_t type;			   /* pcapng block type, host order */
	struct span bytes; /* the whole block in the section's byte order; lives as packet.data */
};

/* The next serial for a section or an interface made by this process. */
uint32_t packet_serial(void);

/* Nanoseconds since 1970 of ticks on an interface; saturates. Floors what is finer than 1 ns. */
int64_t packet_time_ns(const struct interface *interface, uint64_t ticks);

/* Puts the packet on another interface: sets interface, linktype and ticks (from time_ns). */
void packet_move(struct packet *packet, const struct interface *interface);

/* The packet's bytes with len more in front of them, to be written to; empty when those are not
 * free. */
static inline struct patch packet_around(const struct packet *packet, size_t len)
{
	size_t at = packet->front != NULL ? (size_t)(packet->data - packet->front) : 0;

	if (at < len)
		return (struct patch){ NULL, 0 };
	return (struct patch){ packet->front + (at - len), len + packet->caplen };
}

/*
 * Says that bytes, options or interface differ from packet->block: it is written
 * anew. A change of len alone needs no call. A simple packet becomes an
 * enhanced one with time 0.
 */
void packet_changed(struct packet *packet);

#endif
