/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turns pcapng options and blocks into the other byte order, where files of both byte orders are
 * merged into one section. What a custom option holds is not known, so only the enterprise number
 * in front of its data is turned. Custom blocks cannot be turned at all.
 */
#ifndef VTAP_CAPTURE_PCAPNG_SWAP_H
#define VTAP_CAPTURE_PCAPNG_SWAP_H

#include "base/span.h"

/* The kind of block that a list of options belongs to: it says what the codes mean. */
enum pcapng_scope { SCOPE_SECTION, SCOPE_INTERFACE, SCOPE_PACKET, SCOPE_STATISTICS, SCOPE_OTHER };

/*
 * Turns a list of options in place, up to its end mark or the first option that is damaged.
 * swapped: the list is not in this host's byte order now. scope: the kind of its block.
 */
void pcapng_swap_options(struct patch options, bool swapped, enum pcapng_scope scope);

/*
 * Turns a whole block of names, secrets or statistics, at least 12 bytes, in place, but for the
 * interface number of statistics, which the caller stores anew. swapped: the block is not in this
 * host's byte order now. Returns false for any other block, and for one that is damaged: a part of
 * it may be turned then, and it cannot be used.
 */
bool pcapng_swap_block(struct patch block, bool swapped);

#endif
