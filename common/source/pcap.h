/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads pcap (draft-ietf-opsawg-pcap): both byte orders, micro- and nanoseconds. */
#ifndef VTAP_SOURCE_PCAP_H
#define VTAP_SOURCE_PCAP_H

#include "input.h"

/* True when the first bytes are those of a pcap file of version 2.4; wiretap knows the odd ones. */
bool source_pcap_knows(struct span head);

/*
 * For who takes records out of the block himself: the input and the interface of the source, as
 * long as it lives. NULL when it is no such source, or numbers are in the other byte order.
 */
struct input *source_pcap_input(struct source *source, const struct interface **interface);
/* Lets go of the packet given last: input_at() is where the next record begins. */
void source_pcap_release(struct source *source);

/* Takes over input (on failure it stays the caller's). */
struct source *source_pcap_open(const char *name, struct input *input, struct error *err);

#endif
