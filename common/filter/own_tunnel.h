/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recognises the own tunnels of vtap-tap, which it must not mirror: packets from an address of this
 * host to the address, protocol and port of a target, whichever process sent them, and ICMP errors
 * that quote such a packet. All other packets to a collector are mirrored.
 */
#ifndef VTAP_FILTER_OWN_TUNNEL_H
#define VTAP_FILTER_OWN_TUNNEL_H

#include "header/headers.h"
#include "tunnel/outer_header.h"

enum {
	OWN_TUNNEL_TARGETS_MAX = 64, /* targets; one with this index or a larger one is ignored */
	OWN_TUNNEL_FRAGMENTS = 256,  /* slots for first fragments; a new one replaces an old one */
};

struct own_tunnel_target {
	uint8_t version;     /* 4 or 6; 0 if there is no target */
	uint8_t protocol;    /* IP protocol number */
	uint16_t port;	     /* UDP destination port; 0 without UDP */
	uint8_t address[16]; /* IPv4: the first 4 bytes, the rest is 0 */
};

/* A first fragment of an own tunnel: later fragments of the packet have no ports. */
struct own_tunnel_fragment {
	uint8_t version;  /* 4 or 6; 0 if the slot is free */
	uint8_t protocol; /* IP protocol number */
	uint32_t id;	  /* identification */
	struct headers_addresses addresses;
};

/* The targets, and what own_tunnel_is() remembers. Callers use the functions below only. */
struct own_tunnel {
	bool (*is_local)(void *arg, uint8_t version, const uint8_t *address);
	void *is_local_arg;
	bool fragments;						  /* targets get fragments */
	unsigned count;						  /* targets, with gaps */
	struct own_tunnel_target targets[OWN_TUNNEL_TARGETS_MAX]; /* by index */
	uint64_t protocols[4]; /* bit i is set if a target has IP protocol i */
	uint64_t ports[4];     /* bit i is set if a target's port is i modulo 256 */
	struct own_tunnel_fragment seen[OWN_TUNNEL_FRAGMENTS]; /* by identification */
};

/*
 * Sets *own to have no target, so that no packet is own tunnel. It allocates no memory.
 *
 * is_local: returns true if an address (4 bytes for version 4, 16 for 6) belongs to this host; it
 * gets arg, and is called for packets to a target only. fragments: packets to targets may be
 * fragmented (--oversize fragment), so that later fragments are recognised by the first one.
 */
void own_tunnel_init(struct own_tunnel *own, bool fragments,
		     bool (*is_local)(void *arg, uint8_t version, const uint8_t *address),
		     void *arg);

/* Sets or replaces target number `index`; does nothing if that is OWN_TUNNEL_TARGETS_MAX or more.
 * outer_header: the outer header of packets to the target, which is copied, or NULL to remove the
 * target. */
void own_tunnel_set(struct own_tunnel *own, unsigned index,
		    const struct outer_header *outer_header);

/* Returns true if a packet is own tunnel. headers: the parsed headers of the packet. If packets may
 * be fragmented, call it for all packets in their order. */
bool own_tunnel_is(struct own_tunnel *own, const struct headers *headers, struct span packet);

#endif
