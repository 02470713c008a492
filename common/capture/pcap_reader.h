/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads pcap files (draft-ietf-opsawg-pcap) of version 2.4, in both byte orders, with times in
 * micro- and nanoseconds. wiretap reads the variants of other makers.
 */
#ifndef VTAP_CAPTURE_PCAP_READER_H
#define VTAP_CAPTURE_PCAP_READER_H

#include "capture/source.h"
#include "io/input.h"

/* Returns true if a file with these first bytes is one for this reader. Returns false for fewer
 * than 24 bytes. */
bool pcap_reader_knows(struct span head);

/* Returns true if the first 8 bytes are those of such a file: where a record or block is expected,
 * another capture begins. Returns false for fewer than 8 bytes. */
bool pcap_reader_begins(struct span head);

/* Sets err for a file in which another capture begins. offset: bytes in front of it. */
void pcap_reader_joined(uint64_t offset, struct error *err);

/*
 * Returns a source that reads from an input. Nothing of the input may be consumed, and
 * pcap_reader_knows() must have returned true for its first bytes. The source takes over *input by
 * copying the struct, which the caller then frees but does not close. name must outlive the source.
 * Returns NULL and sets err if there is no memory; the input then stays the caller's.
 */
struct source *pcap_reader_open(const char *name, struct input *input, struct error *err);

/*
 * For the fast path, which takes records out of the input itself: returns the input of the source,
 * and sets *interface to that of all its packets. Both live as long as the source. Returns NULL if
 * this reader did not open the source, or if its numbers are not in this host's byte order.
 */
struct input *pcap_reader_input(struct source *source, const struct interface **interface);

/* Ends the use of the packet given last, so that input_data() is where the next record begins. Only
 * for a source for which pcap_reader_input() returned an input. */
void pcap_reader_release(struct source *source);

#endif
