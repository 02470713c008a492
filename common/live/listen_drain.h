/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How listening sockets end without losing a datagram uncounted. The kernel refuses what arrives
 * from now on, and counts it (UdpInErrors of /proc/net/snmp). The queues are finite then, and are
 * read to their ends. A socket that were just closed would discard its queue, and count nothing.
 */
#ifndef VTAP_LIVE_LISTEN_DRAIN_H
#define VTAP_LIVE_LISTEN_DRAIN_H

#include "live/listen_socket.h"

struct listen_drain {
	bool begun;
	int64_t deadline_ns; /* CLOCK_MONOTONIC; INT64_MAX if the queues cannot grow */
};

/*
 * Begins the end of count sockets: each refuses what arrives, and is ready to be read. Where the
 * kernel cannot be asked to refuse, the sockets are read for a second at most.
 */
void listen_drain_begin(struct listen_drain *drain, struct listen_socket *sockets, unsigned count);

/* Returns true if the deadline has passed: what is still queued is lost. */
bool listen_drain_is_late(const struct listen_drain *drain);

/*
 * To be called when no socket is ready: marks those that have got a datagram after all, which
 * another processor had accepted before the kernel began to refuse. Returns false if there is none.
 */
bool listen_drain_has_more(struct listen_socket *sockets, unsigned count);

#endif
