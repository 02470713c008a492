/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The socket engine: connected sockets of one target, where the kernel writes the outer headers.
 * UDP tunnels have a pool of UDP sockets, each with a source port of its own; GRE has one raw IP
 * socket.
 */
#ifndef VTAP_LIVE_SEND_SOCKET_H
#define VTAP_LIVE_SEND_SOCKET_H

#include "live/send_internal.h"

/*
 * Opens the sockets of a path, of which outer_header, zone and engine are set, icmp and oversize
 * are -1 and the rest is 0. ports is the number of UDP sockets; a raw socket is always one. Returns
 * false, sets err and leaves nothing open if an address is not of this host, there is no route, or
 * the right is missing (raw sockets need CAP_NET_RAW). The caller ends with send_socket_close().
 */
bool send_socket_open(struct send_path *path, unsigned ports, struct error *err);

/*
 * Opens a raw IP socket to the destination of a path: it takes packets without their IP header, and
 * the kernel fragments them. The source address need not be this host's. Returns the descriptor, or
 * -1 with err set; send_socket_close() closes it as path->oversize.
 */
int send_socket_open_raw(const struct send_path *path, struct error *err);

/*
 * Asks the kernel for the path MTU, in bytes of an outer IP packet. fd is a connected socket of the
 * path; it is connected again to the same address. Returns 0 if the MTU is not known or there is no
 * route. Does nothing with a packet socket, which cannot be connected, and returns 0.
 */
uint32_t send_socket_mtu(const struct send_path *path, int fd);

/* Closes and frees all sockets of a path, of either engine, path->icmp and path->oversize included.
 * Does nothing if the path is not open. */
void send_socket_close(struct send_path *path);

#endif
