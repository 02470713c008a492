/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells whether IPsec may apply to packets that leave this host. Frames from a packet socket would
 * bypass it. netlink(7), NETLINK_XFRM, through libmnl.
 */
#ifndef VTAP_HOST_XFRM_H
#define VTAP_HOST_XFRM_H

#include <stdbool.h>

/*
 * Returns true if an IPsec policy for outgoing packets exists, or if the kernel does not say: it
 * answers only processes with CAP_NET_ADMIN, so call this before privileges_drop().
 */
bool xfrm_has_policies(void);

/* The answer to that question, and what the kernel notifies of later. */
struct xfrm_watch;

/*
 * Asks whether a policy exists, and watches for changes from then on; to be called before
 * privileges_drop(). Returns NULL without memory. The caller ends with xfrm_watch_close().
 */
struct xfrm_watch *xfrm_watch_open(void);

/* Returns true if an IPsec policy exists, if one may have been made or changed since
 * xfrm_watch_open(), or if the kernel does not say; also if watch is NULL. Needs no rights. */
bool xfrm_watch_has_policies(struct xfrm_watch *watch);

/* Stops watching and frees the watch; NULL is allowed. */
void xfrm_watch_close(struct xfrm_watch *watch);

#endif
