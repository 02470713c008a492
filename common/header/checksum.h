/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Internet checksum (RFC 1071). A sum begins with 0, takes bytes in any number of steps, and is
 * then folded into the value of a checksum field. Sums and values are in the host's byte order:
 * write them with patch_be16().
 */
#ifndef VTAP_HEADER_CHECKSUM_H
#define VTAP_HEADER_CHECKSUM_H

#include "base/span.h"

/* Returns the sum with bytes added. Only the last step may have an odd number of them. */
uint64_t checksum_add(uint64_t sum, struct span bytes);

/*
 * Returns the sum with a pseudo-header added (RFC 768, RFC 8200 section 8.1). addresses: source and
 * destination address, one behind the other (8 or 32 bytes); protocol: IP's number of the
 * transport; len: bytes of the transport header and its payload.
 */
uint64_t checksum_add_pseudo(uint64_t sum, struct span addresses, uint8_t protocol, uint32_t len);

/* Returns the value for a checksum field. It is 0 for the sum of bytes that include a correct
 * checksum. */
static inline uint16_t checksum_fold(uint64_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Returns the value for a UDP checksum field: 0xFFFF instead of 0, which would say that the packet
 * has no checksum (RFC 768). */
uint16_t checksum_fold_udp(uint64_t sum);

#endif
