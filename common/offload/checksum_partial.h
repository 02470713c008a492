/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checksums that a host leaves to its network card, as a capture on that host sees them. */
#ifndef VTAP_OFFLOAD_CHECKSUM_PARTIAL_H
#define VTAP_OFFLOAD_CHECKSUM_PARTIAL_H

#include "header/headers.h"

/*
 * True when the packet's TCP or UDP checksum is only the folded sum of the pseudo-header (left to
 * the card): then *offset is where the field stands and *value what belongs there. The packet must
 * be whole: where bytes are missing it is false.
 */
bool checksum_is_partial(const struct headers *headers, struct span packet, uint32_t *offset,
			 uint16_t *value);

#endif
