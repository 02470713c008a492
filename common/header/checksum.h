/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Internet checksum (RFC 1071). A sum is begun with 0, fed in any number of steps and then
 * folded; numbers as they read in big-endian.
 */
#ifndef VTAP_HEADER_CHECKSUM_H
#define VTAP_HEADER_CHECKSUM_H

#include "base/span.h"

/* Adds bytes; only the last step may have an odd number of them. */
uint64_t checksum_add(uint64_t sum, struct span bytes);

/* Adds a pseudo-header (RFC 768, RFC 8200 section 8.1): addresses are the source's and the
 * destination's, one behind the other; len is that of the transport's header and payload. */
uint64_t checksum_add_pseudo(uint64_t sum, struct span addresses, uint8_t protocol, uint32_t len);

/* The value for a checksum field; over bytes with a right checksum inside it is 0. */
static inline uint16_t checksum_fold(uint64_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* The same for UDP, where 0 would mean that there is none (RFC 768). */
uint16_t checksum_fold_udp(uint64_t sum);

#endif
