/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UDP ports that are held while an interface is watched: without a socket there the kernel would
 * answer each datagram with an ICMP error. Nothing ever gets into the sockets.
 */
#ifndef VTAP_DECAP_HOLDERS_H
#define VTAP_DECAP_HOLDERS_H

#include "selection.h"

struct holders {
	unsigned count;
	int fd[SELECTION_PORTS_MAX];
};

/* Binds the ports on all addresses, for IPv4 and IPv6. say hears of those that could not be had. */
void holders_open(struct holders *holders, const uint16_t *ports, unsigned count,
		  void (*say)(void *arg, const char *text), void *say_arg);
void holders_close(struct holders *holders);

#endif
