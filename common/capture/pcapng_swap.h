/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turns pcapng options and blocks into the other byte order, for the rare section that takes in
 * another one's: the draft's numbers are known, custom and unknown contents are not.
 */
#ifndef VTAP_CAPTURE_PCAPNG_SWAP_H
#define VTAP_CAPTURE_PCAPNG_SWAP_H

#include "base/span.h"

enum pcapng_scope { SCOPE_SECTION, SCOPE_INTERFACE, SCOPE_PACKET, SCOPE_STATISTICS, SCOPE_OTHER };

/* swapped: the byte order that the options have now differs from this host's. */
void pcapng_swap_options(struct patch options, bool swapped, enum pcapng_scope scope);

/* Names, secrets and statistics; false for any other block: nobody can turn it. */
bool pcapng_swap_block(struct patch block, bool swapped);

#endif
