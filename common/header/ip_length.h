/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Corrects the length of an IP header that is already in a packet. */
#ifndef VTAP_HEADER_IP_LENGTH_H
#define VTAP_HEADER_IP_LENGTH_H

#include "header/headers.h"

/*
 * Writes IPv4's total length, and its checksum anew, or IPv6's payload length, so that the IP
 * packet ends at offset `end` of packet. headers are those of the packet. The caller makes sure
 * that the length fits in 16 bits.
 */
void ip_length_set(struct patch packet, const struct headers *headers, uint64_t end);

#endif
