/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads pcap files (draft-ietf-opsawg-pcap) of version 2.4, in both byte orders, with times in
 * micro- and nanoseconds. wiretap reads the variants of other makers.
 */
#ifndef VTAP_CAPTURE_PCAP_READER_H
#define VTAP_CAPTURE_PCAP_READER_H

#include "capture/source.h"
#include "io/input.h"

/* Returns true if a file with these first bytes is one for this reader. */
bool pcap_reader_knows(struct span head);

/*
 * Returns a source that reads from an input, of which nothing is consumed and pcap_reader_knows()
 * the first bytes. Takes over *input, of which it makes a copy. Returns NULL and sets err if there
 * is no memory; the input then stays the caller's.
 */
struct source *pcap_reader_open(const char *name, struct input *input, struct error *err);

/*
 * For the fast path, which takes records out of the input itself: returns the input of the source,
 * and sets *interface to that of all its packets. Both live as long as the source. Returns NULL if
 * this reader did not open the source, or if its numbers are not in this host's byte order.
 */
struct input *pcap_reader_input(struct source *source, const struct interface **interface);

/* Ends the use of the packet given last, so that input_data() is where the next record begins. */
void pcap_reader_release(struct source *source);

#endif
