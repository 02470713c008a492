/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds partial checksums: a host leaves TCP and UDP checksums to its network card, and a capture
 * on that host sees packets in which only the sum of the pseudo-header stands. */
#ifndef VTAP_OFFLOAD_CHECKSUM_PARTIAL_H
#define VTAP_OFFLOAD_CHECKSUM_PARTIAL_H

#include "header/headers.h"

/*
 * Returns true if the TCP or UDP checksum of a packet is partial, and sets *offset to where its
 * field stands in packet and *value to the checksum that belongs there. In one packet of about
 * 65,535 the two are equal: it may be complete as it is. Returns false if it is not partial, if the
 * packet is a fragment, or if not all of its bytes are present. headers: the parsed headers of the
 * packet.
 */
bool checksum_partial_find(const struct headers *headers, struct span packet, uint32_t *offset,
			   uint16_t *value);

#endif
