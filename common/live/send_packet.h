/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packet engine: one packet socket a target, on the interface that the route leads to. It sends
 * whole Ethernet frames, so it needs the next hop's MAC address and follows the route itself.
 * Frames above the MTU go by a raw IP socket, for the kernel to fragment.
 */
#ifndef VTAP_LIVE_SEND_PACKET_H
#define VTAP_LIVE_SEND_PACKET_H

#include "live/send_internal.h"

struct neighbour;
struct route;

/*
 * Opens a packet socket for a path, of which outer_header, zone and engine are set, icmp and
 * oversize are -1 and the rest is 0, along a route. Waits up to 200 ms for the next hop's address;
 * if it does not come, the path is open and path->unreachable is EHOSTUNREACH. now_ns is
 * CLOCK_MONOTONIC_COARSE. Returns false, sets err and leaves nothing open if the right is missing
 * (CAP_NET_RAW) or the route is not plain Ethernet. The caller ends with send_socket_close().
 */
bool send_packet_open(struct send_path *path, const struct route *route, int64_t now_ns,
		      struct error *err);

/* Fills *neighbour with the next hop of a route to outer_header's destination. Returns false and
 * sets err if neighbour_lookup() does. */
bool send_packet_neighbour(struct neighbour *neighbour, const struct outer_header *outer_header,
			   const struct route *route, struct error *err);

/*
 * Brings device, next hop and MTU of an open path up to date with a route. While the next hop's MAC
 * address is not known, the last one that it had stays in use, for 4 s after the kernel last had
 * it; a next hop of another address or on another device begins without one. Returns false and sets
 * err (err->number too, if there is one) if the path can send no frame now.
 */
bool send_packet_update(struct send_path *path, const struct route *route, int64_t now_ns,
			struct error *err);

/*
 * Has the kernel send a frame above the path's MTU as IP fragments, or counts it as failed
 * (EMSGSIZE) if the target does not allow that. To be called while no other frame waits: it goes
 * out at once.
 */
void send_packet_oversize(struct send_sink *sink, struct send_socket *sock,
			  const struct send_frame *frame);

#endif
