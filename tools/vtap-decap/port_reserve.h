/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UDP ports that are held while an interface is watched: without a socket there the kernel would
 * answer each datagram with an ICMP error. Nothing ever gets into the sockets.
 */
#ifndef VTAP_DECAP_PORT_RESERVE_H
#define VTAP_DECAP_PORT_RESERVE_H

#include "capture_filter.h"

struct port_reserve {
	unsigned count;
	int fd[CAPTURE_FILTER_PORTS_MAX];
};

/* Binds the ports on all addresses, for IPv4 and IPv6. say hears of those that could not be had. */
void port_reserve_open(struct port_reserve *reserve, const uint16_t *ports, unsigned count,
		       void (*say)(void *arg, const char *text), void *say_arg);
void port_reserve_close(struct port_reserve *reserve);

#endif
