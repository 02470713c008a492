/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Datagrams of UDP sockets of this host, as packets of LINK_RAW: each has an IPv4 or IPv6 header
 * and a UDP header in front that say from where it came and to where it went, so that a stage sees
 * what a capture would have shown. The kernel has reassembled it and checked its checksum (the
 * field is 0).
 */
#ifndef VTAP_LIVE_LISTEN_H
#define VTAP_LIVE_LISTEN_H

#include "capture/source.h"
#include "encap/encap.h"

enum { LISTEN_MAX = 32 };

/* vxlan://[ADDR][:PORT] and the like. */
struct listen_address {
	const struct encap *encap; /* of CARRIER_UDP */
	uint8_t version;	   /* 4, 6; 0: both, any address */
	uint8_t address[16];
	uint32_t scope; /* of fe80::1%eth0: the interface's index; else 0 */
	uint16_t port;
};

/* False with an error (usage for the text, else what could not be found) that says what was
 * expected. */
bool listen_uri_parse(struct listen_address *address, const char *uri, struct error *err);

struct listen_config {
	const struct listen_address *addresses;
	unsigned count;
	uint64_t buffer; /* bytes of receive buffer a socket; 0: 32 MiB, as far as the kernel gives
			    it */
	void (*say)(void *arg,
		    const char *text); /* the buffer was capped, "at least" ...; may be NULL */
	void *say_arg;
};

/*
 * Binds all sockets, without root. NULL and err: a port in use (names the kernel device that holds
 * it, if one does), an address that is not here. drains is set: after interrupt_seen() it gives
 * what the sockets hold, for a second at most, and ends: what is left then is dropped. All packets
 * are on one interface, "listen", 10^9 ticks.
 */
struct source *listen_open(const struct listen_config *config, struct error *err);

/* Datagrams that were dropped so far because a buffer was full, or left in it at the end. */
uint64_t listen_dropped(struct source *source);

#endif
