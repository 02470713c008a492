/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The maximum segment sizes that SYNs announced (RFC 9293 section 3.7.1), by flow and direction.
 * Bounded: a new flow takes the place of one that nobody has to know anymore.
 */
#ifndef VTAP_OFFLOAD_TCP_MSS_H
#define VTAP_OFFLOAD_TCP_MSS_H

#include "header/headers.h"

struct tcp_mss; /* what SYNs said: bounded memory, old flows are forgotten */

/* NULL: no memory. */
struct tcp_mss *tcp_mss_new(void);

/* Takes note of a SYN's option (RFC 9293 section 3.2, kind 2), or of the default when it has none;
 * anything else is looked at briefly and left. */
void tcp_mss_see(struct tcp_mss *mss, const struct headers *headers, struct span packet);

/* Bytes of payload in a full segment of this packet's direction: what the other side's SYN allowed
 * less the options that this packet carries, TCP's and IP's (RFC 6691); 0: its SYN was not seen. */
uint32_t tcp_mss_of(const struct tcp_mss *mss, const struct headers *headers, struct span packet);

/* The smallest that any SYN announced so far: where payload and TCP's options are no longer,
 * tcp_mss_of() need not be asked. UINT32_MAX before the first. */
uint32_t tcp_mss_least(const struct tcp_mss *mss);

void tcp_mss_free(struct tcp_mss *mss);

#endif
