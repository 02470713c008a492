/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flow a packet belongs to: addresses, protocol, ports, in both directions the same. */
#ifndef VTAP_HEADER_FLOW_H
#define VTAP_HEADER_FLOW_H

#include "header/layers.h"

struct flow_end {
	uint8_t address[16]; /* IPv4: the first 4 bytes, the rest zero */
	uint16_t port;	     /* 0 without ports */
};

struct flow {
	uint8_t version;  /* 4 or 6 */
	uint8_t protocol; /* IP protocol number of the transport */
	bool has_ports;
	struct flow_end source, destination;
};

/* Fills flow from a walk; false when it found no IP header. */
bool flow_of(struct flow *flow, const struct layers *layers, struct span packet);

/* Puts the lower end (address, then port) first, so that both directions are equal. Zero padding
 * inside: memcmp works. */
void flow_normalise(struct flow *flow);

/* The same for both directions; fixed seed, the same on every host and run. */
uint64_t flow_hash(const struct flow *flow);

/*
 * One look at the usual packet: Ethernet, up to two VLAN tags, IPv4 without options or IPv6 without
 * extension headers, whole, TCP or UDP. True: *hash is flow_hash() of what flow_of() finds. False:
 * ask them.
 */
bool flow_glance(uint32_t linktype, struct span packet, uint64_t *hash);

enum { FLOW_ADDRESS_MAX = 46 };
/* RFC 5952 text of an address (4 or 6); IPv4-mapped IPv6 stays IPv6. */
void flow_address(uint8_t version, const uint8_t *address, char text[FLOW_ADDRESS_MAX]);

#endif
