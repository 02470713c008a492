/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Binds the UDP ports of tunnels while an interface is captured from. Without a socket on a port
 * the kernel would answer each mirrored datagram with an ICMP error (port unreachable). The sockets
 * receive nothing: a socket filter drops all datagrams.
 */
#ifndef VTAP_DECAP_PORT_RESERVE_H
#define VTAP_DECAP_PORT_RESERVE_H

#include "capture_filter.h"

struct port_reserve {
	unsigned count;			  /* sockets in fd */
	int fd[CAPTURE_FILTER_PORTS_MAX]; /* one a port, for IPv4 and IPv6 */
};

/*
 * Binds `count` ports on all addresses, for IPv4 and IPv6. A port that cannot be bound is no error:
 * say() gets a line of text about it, with say_arg as its first argument. The caller closes the
 * sockets with port_reserve_close().
 */
void port_reserve_open(struct port_reserve *reserve, const uint16_t *ports, unsigned count,
		       void (*say)(void *arg, const char *text), void *say_arg);

/* Closes the sockets. Does nothing if *reserve is all zeros. */
void port_reserve_close(struct port_reserve *reserve);

#endif
