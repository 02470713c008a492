/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watches the kernel's network configuration and tells what kind of thing changed. The caller polls
 * a descriptor, then asks for the new state by host/link.h, host/route.h and so on.
 * rtnetlink(7), through libmnl.
 */
#ifndef VTAP_HOST_MONITOR_H
#define VTAP_HOST_MONITOR_H

#include "base/error.h"

struct monitor;

/* What can change; bits. */
enum {
	MONITOR_LINKS = 1, /* network interfaces */
	MONITOR_ADDRESSES = 2,
	MONITOR_ROUTES = 4,	/* routes, policy rules; also if links or addresses change */
	MONITOR_NEIGHBOURS = 8, /* ARP and NDP entries */
	MONITOR_QDISCS = 16,	/* queueing disciplines, tc(8) */
};

/*
 * Begins to watch the things that `what` names, a set of MONITOR_ bits. Returns NULL and sets err
 * if netlink refuses. The caller ends it with monitor_close().
 */
struct monitor *monitor_open(unsigned what, struct error *err);

/*
 * Returns a descriptor that is readable when something may have changed. It is for poll(2) only,
 * and is the monitor's: monitor_close() closes it.
 */
int monitor_fd(const struct monitor *monitor);

/*
 * Reads all pending notifications without blocking. Returns the MONITOR_ bits of what changed since
 * the last call, limited to what monitor_open() was asked for; returns all of those if the kernel
 * had to drop notifications or netlink fails. A bit means that something may have changed.
 */
unsigned monitor_read(struct monitor *monitor);

/* Stops watching and frees the monitor; NULL is allowed. */
void monitor_close(struct monitor *monitor);

#endif
