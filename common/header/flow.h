/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flow a packet belongs to: addresses, protocol, ports, in both directions the same. */
#ifndef VTAP_HEADER_FLOW_H
#define VTAP_HEADER_FLOW_H

#include "header/headers.h"

struct flow_end {
	uint8_t address[16]; /* IPv4: the first 4 bytes, the rest zero */
	uint16_t port;	     /* 0 without ports */
};

struct flow {
	uint8_t version;  /* 4 or 6; 0: addresses are of another kind (filter/sample.c) */
	uint8_t protocol; /* IP protocol number of the transport */
	bool has_ports;
	struct flow_end source, destination;
};

/* Fills flow with the flow of a packet whose headers were parsed; returns false, with all zero, if
 * there is no IP header. */
bool flow_of(struct flow *flow, const struct headers *headers, struct span packet);

/* Puts the lower end (address, then port) first, so that both directions are equal. Zero padding
 * inside: memcmp works. */
void flow_normalise(struct flow *flow);

/* A hash that both directions of a flow share. Its seed is fixed: every host and run computes the
 * same. */
uint64_t flow_hash(const struct flow *flow);

/* flow_hash() of the flow of a packet that has an IP header, without making a struct flow. */
uint64_t flow_hash_packet(const struct headers *headers, struct span packet);

/*
 * flow_hash_packet() of a usual packet (header/headers_usual.h) of TCP or UDP, for callers that
 * need nothing else of its headers. Returns false if the packet is another.
 */
bool flow_hash_usual(uint32_t linktype, struct span packet, uint64_t *hash);

enum { FLOW_ADDRESS_MAX = 46 };
/* RFC 5952 text of an address (4 or 6); IPv4-mapped IPv6 stays IPv6. */
void flow_address(uint8_t version, const uint8_t *address, char text[FLOW_ADDRESS_MAX]);

#endif
