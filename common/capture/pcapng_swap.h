/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turns pcapng options and blocks into the other byte order, where files of both byte orders are
 * merged into one section. What custom blocks and options hold is not known, so it stays as it is
 * but for the enterprise number in front of an option's data.
 */
#ifndef VTAP_CAPTURE_PCAPNG_SWAP_H
#define VTAP_CAPTURE_PCAPNG_SWAP_H

#include "base/span.h"

/* The kind of block that a list of options belongs to: it says what the codes mean. */
enum pcapng_scope { SCOPE_SECTION, SCOPE_INTERFACE, SCOPE_PACKET, SCOPE_STATISTICS, SCOPE_OTHER };

/* Turns a list of options in place. swapped: it is not in this host's byte order now. */
void pcapng_swap_options(struct patch options, bool swapped, enum pcapng_scope scope);

/*
 * Turns a block of names, secrets or statistics in place, but for the interface number of
 * statistics, which the caller stores anew. swapped: the block is not in this host's byte order
 * now. Returns false for any other block, and for one that is damaged: a part of it may be turned
 * then, and it cannot be used.
 */
bool pcapng_swap_block(struct patch block, bool swapped);

#endif
