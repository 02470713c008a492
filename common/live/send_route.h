/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens the path to a target by the best engine, and keeps all paths current while routes, links,
 * neighbours and queueing disciplines change.
 */
#ifndef VTAP_LIVE_SEND_ROUTE_H
#define VTAP_LIVE_SEND_ROUTE_H

#include "live/send_internal.h"

/*
 * Opens a path, of which outer_header and zone are set, icmp and oversize are -1 and the rest is 0,
 * by the engine of config; for ENGINE_AUTO by sockets where a network card completes their
 * checksums, else by the packet engine if it works here. Waits for the next hop's MAC address: up
 * to 200 ms for the packet engine, up to 100 ms for the socket engine, and ENGINE_AUTO may try
 * both. Returns false, sets err and leaves nothing open if there
 * is no route or no permission.
 */
bool send_route_open(const struct send_sink *sink, struct send_path *path,
		     const struct send_config *config, struct error *err);

/* Returns true and sets err if the kernel has no route for a path, of which outer_header and zone
 * are set. Otherwise returns false and leaves err as it was. */
bool send_route_is_missing(const struct send_path *path, struct error *err);

/* Begins to watch the kernel's tables and IPsec policies. Returns false and sets err if netlink
 * refuses. */
bool send_route_begin(struct send_sink *sink, struct error *err);

/* Updates the paths if the kernel's tables changed. To be called often: it asks the kernel only if
 * there is news, and then every 20 ms at most, or every 200 ms while a next hop is resolved. */
void send_route_watch(struct send_sink *sink);

/* Updates all paths now: route, next hop, carrier, MTU, queueing disciplines. */
void send_route_refresh(struct send_sink *sink);

#endif
