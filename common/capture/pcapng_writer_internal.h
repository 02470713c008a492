/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two halves of the writer of pcapng share: pcapng_writer.c has packets and other blocks,
 * pcapng_writer_describe.c sections and interfaces. */
#ifndef VTAP_CAPTURE_PCAPNG_WRITER_INTERNAL_H
#define VTAP_CAPTURE_PCAPNG_WRITER_INTERNAL_H

#include <string.h>

#include "capture/interface_ids.h"
#include "capture/pcapng_pending.h"
#include "capture/pcapng_swap.h"
#include "capture/sink.h"
#include "io/output.h"

struct pcapng_sink {
	struct sink sink;
	struct output output;
	struct interface_ids ids; /* interfaces described in this section */
	enum interface_order order;
	bool as_they_came;	       /* INTERFACES_WITH_PACKETS: all packets so far allow it */
	bool waiting;		       /* for the first packet of the section */
	struct pcapng_pending pending; /* what stands in front of that packet */
	bool described;		       /* the file has an interface */
	uint32_t linktype, snaplen, simple_snaplen; /* written first: in the file, the section */
	uint32_t section; /* serial of the section that is being written; 0: none yet */
	bool swapped;	  /* its byte order */
	bool one_section, borrow;
};

/* Returns a number in the byte order of the section that is being written. */
static inline uint32_t pcapng_writer_order32(const struct pcapng_sink *ng, uint32_t value)
{
	return ng->swapped ? __builtin_bswap32(value) : value;
}

static inline uint16_t pcapng_writer_order16(const struct pcapng_sink *ng, uint16_t value)
{
	return ng->swapped ? __builtin_bswap16(value) : value;
}

static inline void pcapng_writer_store32(const struct pcapng_sink *ng, uint8_t *at, uint32_t value)
{
	value = pcapng_writer_order32(ng, value);
	memcpy(at, &value, sizeof(value));
}

static inline void pcapng_writer_store16(const struct pcapng_sink *ng, uint8_t *at, uint16_t value)
{
	value = pcapng_writer_order16(ng, value);
	memcpy(at, &value, sizeof(value));
}

/* Returns the bytes that options take in a block, with the end mark. */
static inline size_t pcapng_writer_options_size(struct span options)
{
	return options.len > 0 ? options.len + 4 : 0;
}

/* Copies options to at, which has pcapng_writer_options_size() bytes, and adds the end mark; turns
 * them if swapped, the byte order of their section, is the other one. */
void pcapng_writer_store_options(const struct pcapng_sink *ng, uint8_t *at, struct span options,
				 bool swapped, enum pcapng_scope scope);

/* Begins a section. Returns false and sets err if writing fails. */
bool pcapng_writer_begin_section(struct pcapng_sink *ng, const struct section *section,
				 struct error *err);

/* Returns the link type that an interface has in the file. */
uint32_t pcapng_writer_written_linktype(const struct pcapng_sink *ng,
					const struct interface *interface);

/* Sets *id to the number of an interface in the section, in which it is described now if it is not
 * yet. Returns false and sets err if that fails. */
bool pcapng_writer_number_of(struct pcapng_sink *ng, const struct interface *interface,
			     uint32_t *id, struct error *err);

#endif
