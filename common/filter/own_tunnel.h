/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a tap must not mirror: its own tunnels, and those of other taps on the same host. A packet
 * is one when it goes from an address of this host to a target's (address, protocol, port),
 * whichever process sent it; so is an ICMP error that quotes such a packet. Everything else to the
 * same collector is real traffic.
 */
#ifndef VTAP_FILTER_OWN_TUNNEL_H
#define VTAP_FILTER_OWN_TUNNEL_H

#include "header/headers.h"
#include "tunnel/outer_header.h"

enum { OWN_TUNNEL_TARGETS_MAX = 64, OWN_TUNNEL_FRAGMENTS = 256 };

struct own_tunnel_target {
	uint8_t version; /* 4 or 6; 0: none */
	uint8_t protocol;
	uint16_t port; /* UDP destination; 0 without UDP */
	uint8_t address[16];
};

/* A first fragment that was own tunnel: the rest of that packet shows no ports. */
struct own_tunnel_fragment {
	uint8_t version; /* 0: the slot is free */
	uint8_t protocol;
	uint32_t id;
	struct headers_addresses addresses;
};

struct own_tunnel {
	bool (*is_local)(void *arg, uint8_t version, const uint8_t *address);
	void *is_local_arg;
	bool fragments;
	unsigned count;
	struct own_tunnel_target targets[OWN_TUNNEL_TARGETS_MAX];
	uint64_t protocols[4]; /* bits: some target has this protocol */
	uint64_t ports[4];     /* ... a UDP port with these lower 8 bits */
	struct own_tunnel_fragment seen[OWN_TUNNEL_FRAGMENTS];
};

/*
 * No target yet, so nothing is own tunnel. is_local: true when the address (4 bytes for version 4,
 * 16 for 6) is this host's; it is only asked about packets to a target. fragments: the targets'
 * packets may be fragments (--oversize fragment): later ones count when the first was seen among
 * the last OWN_TUNNEL_FRAGMENTS or so. Allocates nothing.
 */
void own_tunnel_init(struct own_tunnel *own, bool fragments,
		     bool (*is_local)(void *arg, uint8_t version, const uint8_t *address),
		     void *arg);

/* Target number index (below OWN_TUNNEL_TARGETS_MAX; gaps are fine) goes where the outer_header
 * says, from now on; NULL: nowhere. */
void own_tunnel_set(struct own_tunnel *own, unsigned index,
		    const struct outer_header *outer_header);

/* headers: of packet, from headers_parse(). Every packet seen has to be shown, in order, where
 * fragments count. A few nanoseconds for what goes elsewhere. */
bool own_tunnel_is(struct own_tunnel *own, const struct headers *headers, struct span packet);

#endif
