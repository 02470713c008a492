/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Remembers the maximum segment sizes (MSS) that SYNs announced (RFC 9293 section 3.7.1), by flow
 * and direction, so that TCP GSO packets are cut as they were on the wire. It holds up to 16384
 * directions, in sets of four: a new one whose set is full replaces an old one of the set.
 */
#ifndef VTAP_OFFLOAD_TCP_MSS_H
#define VTAP_OFFLOAD_TCP_MSS_H

#include "header/headers.h"

struct tcp_mss;

/* Allocates an empty table. Returns NULL if there is no memory. */
struct tcp_mss *tcp_mss_new(void);

/* Frees a table; it may be NULL. */
void tcp_mss_free(struct tcp_mss *mss);

/* Returns the MSS that a SYN announces, in bytes: that of its option (RFC 9293 section 3.2, kind
 * 2), but at least 88, or without the option the default of 536 for IPv4 and 1220 for IPv6. Returns
 * 0 for all other packets, and for SYNs whose options are damaged or cut off. */
uint32_t tcp_mss_announced(const struct headers *headers, struct span packet);

/* Remembers what tcp_mss_announced() returns for a packet; ignores it if that is 0. */
void tcp_mss_see(struct tcp_mss *mss, const struct headers *headers, struct span packet);

/* Returns the bytes of payload in a full segment of a packet's direction: the MSS that the
 * receiver's SYN announced less the TCP and IP options of this packet (RFC 6691), but at least 48.
 * Returns 0 if the table does not have that SYN. */
uint32_t tcp_mss_of(const struct tcp_mss *mss, const struct headers *headers, struct span packet);

/* Returns the smallest MSS that tcp_mss_see() remembered so far, UINT32_MAX before the first. A
 * packet whose payload, TCP options and IP options are not longer in sum exceeds no MSS, and
 * tcp_mss_of() need not be called for it. */
uint32_t tcp_mss_least(const struct tcp_mss *mss);

#endif
