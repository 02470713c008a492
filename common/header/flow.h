/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flow that a packet belongs to: addresses, protocol and ports. flow_hash() and a normalised
 * struct flow are equal for both directions, so that tools can keep a conversation together.
 */
#ifndef VTAP_HEADER_FLOW_H
#define VTAP_HEADER_FLOW_H

#include "header/headers.h"

struct flow_end {
	uint8_t address[16]; /* IPv4: the first 4 bytes, the rest is 0 */
	uint16_t port;	     /* in this host's byte order; 0 if the transport has no ports */
};

struct flow {
	uint8_t version;  /* 4 or 6; 0: not IP, the addresses are MACs (filter/sample.c) */
	uint8_t protocol; /* IP protocol number of the transport */
	bool has_ports;	  /* the ports were found: not in later fragments */
	struct flow_end source, destination;
};

/* Fills *flow from a packet whose headers were parsed. Returns false, with *flow all zero, if the
 * packet has no IP header. */
bool flow_of(struct flow *flow, const struct headers *headers, struct span packet);

/* Makes the lower end (by address, then by port) the source, so that both directions of a flow are
 * equal. Compare them by memcmp(): flow_of() sets all padding to 0. Returns true if the ends
 * changed places. */
bool flow_normalise(struct flow *flow);

/* Returns a hash that is equal for both directions of a flow, and for every host and run: its seed
 * is fixed. */
uint64_t flow_hash(const struct flow *flow);

/* Returns flow_hash() of the packet's flow without making a struct flow. The packet must have an IP
 * header. */
uint64_t flow_hash_packet(const struct headers *headers, struct span packet);

/*
 * Computes flow_hash_packet() of a TCP or UDP packet with usual headers (header/headers_usual.h),
 * for callers that need nothing else of them. Returns its UDP destination port, 0 for TCP, or -1 if
 * the packet is another: parse it then.
 */
int flow_hash_usual(uint32_t linktype, struct span packet, uint64_t *hash);

/* Bytes of the text of any address, with the NUL. */
enum { FLOW_ADDRESS_MAX = 46 };

/* Writes the text of an address (RFC 5952), NUL-terminated. version: 4 or 6; address: 4 or 16 bytes
 * as in a packet. IPv4-mapped IPv6 addresses stay IPv6. */
void flow_address(uint8_t version, const uint8_t *address, char text[FLOW_ADDRESS_MAX]);

#endif
