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

#endif
