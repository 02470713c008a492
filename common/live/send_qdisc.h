/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queueing disciplines that cut UDP_SEGMENT packets into datagrams and may drop some of those
 * without telling the sender. Where one is in the path, datagrams are sent one by one, so that
 * every drop is an error of a send.
 */
#ifndef VTAP_LIVE_SEND_QDISC_H
#define VTAP_LIVE_SEND_QDISC_H

#include <stdbool.h>
#include <stdint.h>

enum { SEND_QDISCS_MAX = 32 };

/* Interfaces that have such a queueing discipline. */
struct send_qdiscs {
	unsigned count; /* if above SEND_QDISCS_MAX, device is incomplete: any may have one */
	uint32_t device[SEND_QDISCS_MAX]; /* interface indices */
};

struct send_path;

/* Fills *qdiscs with the interfaces that have such a queueing discipline, as the kernel says. If
 * netlink fails, any interface may have one; returns false then. */
bool send_qdisc_read(struct send_qdiscs *qdiscs);

/* Returns true if packets of the path may pass such a queueing discipline. Where path->device hands
 * packets on to other interfaces (path->stacked), one on any interface counts. */
bool send_qdisc_splits(const struct send_qdiscs *qdiscs, const struct send_path *path);

#endif
