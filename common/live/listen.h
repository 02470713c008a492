/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A source that receives tunnel packets on UDP sockets of this host. Each datagram becomes a packet
 * of LINK_RAW with an IP and a UDP header that say where it came from and went to, as a capture
 * would have shown it. The kernel has reassembled the datagram and verified its checksum; the UDP
 * checksum field is 0.
 */
#ifndef VTAP_LIVE_LISTEN_H
#define VTAP_LIVE_LISTEN_H

#include "capture/source.h"
#include "live/listen_uri.h"

enum { LISTEN_MAX = 32 }; /* sockets; listen_open() refuses more */

struct listen_config {
	const struct listen_address *addresses; /* one socket each */
	unsigned count;				/* of addresses: 1 to LISTEN_MAX */
	uint64_t buffer; /* bytes of the receive buffer of each socket; 0: 32 MiB. The kernel may
			    give less */
	/* Called with a message for the user: if the kernel gives a smaller buffer, and if its
	 * count of dropped datagrams may be too low. May be NULL. */
	void (*say)(void *arg, const char *text);
	void *say_arg; /* first argument of say */
};

/*
 * Binds all sockets; needs no rights for ports above 1023. config->addresses is read within this
 * call only, say and say_arg until source_close(). The section comes first, before any packet does,
 * so that a sink can write its header. All packets are on one interface, "listen", with 10^9 ticks
 * a second. The source drains: after interrupt_seen() the kernel refuses what arrives, the source
 * delivers what the sockets hold, however long its reader takes, and ends. It ends with
 * SOURCE_ERROR if a socket breaks. Returns NULL and sets err if a port is in use (err names the
 * tunnel device of the kernel that holds it, if one does), if an address is not of this host, or if
 * memory or a right is missing. The caller ends with source_close().
 */
struct source *listen_open(const struct listen_config *config, struct error *err);

/*
 * The number of datagrams that the kernel has dropped because a buffer was full. Those that it
 * refused at the end are not among them. To be called before source_close(); it asks the kernel.
 * Tells the user once, by config.say, if the number is only a lower limit.
 */
uint64_t listen_dropped(struct source *source);

#endif
