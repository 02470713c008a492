/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The error queue of a socket of the socket engine: errors that ICMP messages brought for earlier
 * datagrams (IP_RECVERR in ip(7), IPV6_RECVERR in ipv6(7)).
 */
#ifndef VTAP_LIVE_SEND_ERRORS_H
#define VTAP_LIVE_SEND_ERRORS_H

#include "live/send_internal.h"

/*
 * Empties a socket's error queue (512 entries at most; the rest waits for the next call), counts
 * each ICMP error for the target, and asks for the path MTU again if one of them was "packet too
 * big". Returns true if there was any ICMP error.
 */
bool send_errors_drain(struct send_sink *sink, struct send_socket *sock);

#endif
