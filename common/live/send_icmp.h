/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ICMP errors about frames that the packet engine sent. The kernel knows no socket that they belong
 * to, so a raw ICMP socket for each target receives them, and they are counted as a UDP socket
 * would have reported them.
 */
#ifndef VTAP_LIVE_SEND_ICMP_H
#define VTAP_LIVE_SEND_ICMP_H

#include "live/send_internal.h"

struct send_icmp {
	int number;   /* the errno that a UDP socket would get */
	uint32_t mtu; /* bytes of an IP packet that the next hop takes, if number is EMSGSIZE; at
			 least what every host must take: 576, or 1280 for IPv6 */
};

/*
 * Fills *icmp from an ICMP message as a raw socket delivers it: with the IPv4 header, but without
 * an IPv6 header. Returns false if it is not an error, or not about a packet with this outer
 * header.
 */
bool send_icmp_parse(const struct outer_header *outer_header, struct span message,
		     struct send_icmp *icmp);

/* Opens path->icmp, which receives errors about the path's destination. Returns false and sets err
 * if the right is missing (CAP_NET_RAW); send_socket_close() closes it. */
bool send_icmp_open(struct send_path *path, struct error *err);

/* Notes that a router takes packets of at most mtu bytes. The path forgets this after 10 minutes
 * (RFC 1191 section 6.3). An mtu above the known one is ignored (RFC 8201 section 4). */
void send_icmp_narrow(struct send_path *path, uint32_t mtu, int64_t now_ns);

/* Returns the path's MTU in bytes: that of the route, or less if a router said so. */
uint32_t send_icmp_mtu(struct send_path *path, int64_t now_ns);

/* Reads all pending ICMP errors (256 at most; the rest waits for the next call), counts them for
 * the target and sets its MTU. */
void send_icmp_drain(struct send_sink *sink, struct send_target *target);

#endif
