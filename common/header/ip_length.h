/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Corrects the length in the IP header of a packet whose payload was shortened. */
#ifndef VTAP_HEADER_IP_LENGTH_H
#define VTAP_HEADER_IP_LENGTH_H

#include "header/headers.h"

/*
 * Makes the IP packet end at offset `end` of packet: writes IPv6's payload length, or IPv4's total
 * length and header checksum. headers: the parsed headers of the packet, which has an IP header.
 * The caller makes sure that `end` is not in front of that header's end (IPv6: of its fixed header)
 * and that the length fits in 16 bits.
 */
void ip_length_set(struct patch packet, const struct headers *headers, uint64_t end);

#endif
