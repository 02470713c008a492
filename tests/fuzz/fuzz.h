/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the harnesses share. Each is one LLVMFuzzerTestOneInput(): libFuzzer and AFL++ call it, and
 * replay.c does with files that were kept. Its first comment says `Input:` and a shape:
 *
 *   packet    link (1 byte), selection (1), bytes on the wire more than there are (2), the packet
 *   sequence  options (4), then records: link (1), flags (1), bytes more (2), ms since the record
 *             before (2), caplen (2), caplen bytes
 *   capture   a file as it is
 *   text      what a person writes
 *   bytes     something else, as the harness says
 *
 * seed.c makes inputs of the first three shapes from captures.
 */
#ifndef VTAP_FUZZ_H
#define VTAP_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encap/encap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A claim that holds whatever the bytes are. */
#define FUZZ_CHECK(claim)                                                                     \
	do {                                                                                  \
		if (!(claim)) {                                                               \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #claim); \
			abort();                                                              \
		}                                                                             \
	} while (0)

enum { FUZZ_NS = 1000000000 };

/* A record's flags, for whole stages. */
enum {
	FUZZ_FAST = 2,	/* ask for the fast path first, as the pipeline does */
	FUZZ_OTHER = 4, /* a frame of another Ethernet interface */
};

static const uint32_t fuzz_links[] = {
	LINK_ETHERNET, LINK_NULL, LINK_PPP,  LINK_RAW_12, LINK_RAW_14, LINK_PPP_HDLC, LINK_RAW,
	LINK_LOOP,     LINK_SLL,  LINK_IPV4, LINK_IPV6,	  LINK_SLL2,   LINK_NFLOG,    147,
};
enum { FUZZ_LINKS = sizeof(fuzz_links) / sizeof(fuzz_links[0]) };

/* A number of so many bytes off the front; what is missing is 0. */
static inline uint32_t fuzz_number(struct span *rest, unsigned bytes)
{
	uint32_t number = 0;

	for (unsigned i = 0; i < bytes; i++) {
		uint8_t byte = 0;

		span_u8(*rest, i, &byte);
		number = number << 8 | byte;
	}
	*rest = span_from(*rest, bytes);
	return number;
}

/* Reads each byte, so that a sanitizer sees those that are not there. */
static inline void fuzz_touch(const uint8_t *data, size_t len)
{
	uint8_t all = 0;

	for (size_t i = 0; i < len; i++)
		all ^= data[i];
	__asm__ volatile("" : : "r"(all)); /* somebody wants to know */
}

/* A copy in memory of exactly that size, with a NUL behind it when it is to be text. Freed by the
 * caller. */
static inline uint8_t *fuzz_copy(struct span bytes, bool text)
{
	uint8_t *copy = malloc(bytes.len + (text || bytes.len == 0));

	FUZZ_CHECK(copy != NULL);
	span_copy(bytes, 0, copy, bytes.len);
	if (text)
		copy[bytes.len] = '\0';
	return copy;
}

/* A packet of the shapes above. */
struct fuzz_packet {
	const uint8_t *data;
	uint8_t *copy; /* of a record: the same, to be freed */
	uint32_t caplen, len, linktype;
	uint8_t flags; /* or selection */
	uint32_t after_ms;
};

/* False: too short to be one. The bytes stay where they are: they end where the input ends. */
static inline bool fuzz_packet(struct span input, struct fuzz_packet *packet)
{
	if (input.len < 4)
		return false;
	packet->linktype = fuzz_links[fuzz_number(&input, 1) % FUZZ_LINKS];
	packet->flags = (uint8_t)fuzz_number(&input, 1);
	packet->len = fuzz_number(&input, 2);
	packet->caplen = (uint32_t)input.len;
	packet->len += packet->caplen;
	packet->data = input.data;
	packet->copy = NULL;
	packet->after_ms = 0;
	return true;
}

/* The next record of a sequence: its bytes are a copy, freed by the caller. False: no more. */
static inline bool fuzz_record(struct span *input, struct fuzz_packet *packet)
{
	struct span bytes;
	uint32_t caplen;

	if (input->len < 8)
		return false;
	packet->linktype = fuzz_links[fuzz_number(input, 1) % FUZZ_LINKS];
	packet->flags = (uint8_t)fuzz_number(input, 1);
	packet->len = fuzz_number(input, 2);
	packet->after_ms = fuzz_number(input, 2);
	caplen = fuzz_number(input, 2);
	bytes = span_first(*input, caplen);
	*input = span_from(*input, bytes.len);
	packet->caplen = (uint32_t)bytes.len;
	packet->len += packet->caplen;
	packet->data = packet->copy = fuzz_copy(bytes, false);
	return true;
}

/* Makes of a record its own bytes written over those of the packet before it, at `bytes more`. */
static inline void fuzz_change(struct fuzz_packet *record, const struct fuzz_packet *before)
{
	uint8_t *copy = fuzz_copy(span_of(before->data, before->caplen), false);
	uint32_t at = record->len - record->caplen;

	for (uint32_t i = 0; i < record->caplen && at + i < before->caplen; i++)
		copy[at + i] = record->data[i];
	free(record->copy);
	record->data = record->copy = copy;
	record->caplen = before->caplen;
	record->len = before->len;
	record->linktype = before->linktype;
}

/*
 * Goes on from a packet, which begins as { 0 }, to the next record of a sequence, for harnesses of
 * what remembers packets: a record whose flags are odd changes the packet before it. False: no
 * more, and nothing is left to be freed.
 */
static inline bool fuzz_next(struct span *input, struct fuzz_packet *packet)
{
	struct fuzz_packet record = { 0 };
	bool more = fuzz_record(input, &record);

	if (more && record.flags & 1 && packet->copy)
		fuzz_change(&record, packet);
	free(packet->copy);
	*packet = record;
	return more;
}

static inline void fuzz_port(struct encap_select *select, uint16_t port, const char *name)
{
	select->port[select->ports].port = port;
	select->port[select->ports++].encap = (uint8_t)encap_index(encap_find(name));
}

/* What -e, -p, --id, --depth and --strict may say, by the bits of a byte. */
static inline void fuzz_select(struct encap_select *select, uint8_t bits)
{
	encap_select_all(select);
	select->strict = bits & 1;
	select->depth = bits >> 1 & 3;
	if (bits & 8) {
		select->ranges = 2;
		select->range[0].last = 7;
		select->range[1].first = 3000;
		select->range[1].last = UINT32_MAX;
	}
	if (bits & 16)
		select->wanted = 1U << (bits >> 5) | 1U << encap_index(encap_find("vxlan"));
	if (bits & 32) {
		fuzz_port(select, 53, "vxlan");
		fuzz_port(select, 4789, "geneve");
	}
	if (bits & 64) {
		fuzz_port(select, 4790, "vxlan-gpe");
		fuzz_port(select, 4790, "vxlan");
		fuzz_port(select, 0, "gtpu");
	}
}

#endif
