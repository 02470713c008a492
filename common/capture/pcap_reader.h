/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads pcap (draft-ietf-opsawg-pcap): both byte orders, micro- and nanoseconds. */
#ifndef VTAP_CAPTURE_PCAP_READER_H
#define VTAP_CAPTURE_PCAP_READER_H

#include "capture/source.h"
#include "io/input.h"

/* True when the first bytes are those of a pcap file of version 2.4; wiretap knows the odd ones. */
bool pcap_reader_knows(struct span head);

/*
 * For who takes records out of the block himself: the input and the interface of the source, as
 * long as it lives. NULL when it is no such source, or numbers are in the other byte order.
 */
struct input *pcap_reader_input(struct source *source, const struct interface **interface);
/* Lets go of the packet given last: input_data() is where the next record begins. */
void pcap_reader_release(struct source *source);

/* Takes over input (on failure it stays the caller's). */
struct source *pcap_reader_open(const char *name, struct input *input, struct error *err);

#endif
