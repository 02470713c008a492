/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP fragments for unit tests of the reassembly. */
#ifndef VTAP_TESTS_LIB_FRAGMENTS_H
#define VTAP_TESTS_LIB_FRAGMENTS_H

#include "header/headers.h"

enum { HEADROOM = 100, PACKET_MAX = HEADROOM + 65535, NS = 1000000000 };

/* A fragment to build: what byte i of the datagram holds is known from i and `fill`. */
struct want {
	unsigned version, vlan, inner_vlan; /* 0: no tag */
	uint32_t id, source;
	uint32_t start, len;
	bool more;
	uint8_t fill;
	int64_t time_ns;
	uint32_t padding;   /* bytes behind the IP packet */
	uint32_t cut;	    /* bytes that the capture lacks */
	bool options;	    /* IPv4: 4 bytes of them; IPv6: a hop-by-hop header */
	bool authenticated; /* an authentication header and options, of different units of length */
	bool atomic;	    /* an atomic fragment header with a reserved byte of 255, and options */
	uint32_t interface; /* serial */
	uint8_t link_options; /* bytes of packet options */
};

struct built {
	uint8_t bytes[PACKET_MAX];
	struct interface interface;
	struct packet packet;
	struct headers headers;
};

static struct built built;

static inline size_t put16(size_t at, uint32_t value)
{
	built.bytes[at] = (uint8_t)(value >> 8);
	built.bytes[at + 1] = (uint8_t)value;
	return at + 2;
}

static inline size_t put_link(const struct want *want)
{
	size_t at = 12;

	memset(built.bytes, 2, at);
	if (want->vlan) {
		at = put16(at, want->inner_vlan ? 0x88A8 : 0x8100);
		at = put16(at, want->vlan);
	}
	if (want->inner_vlan) {
		at = put16(at, 0x8100);
		at = put16(at, want->inner_vlan);
	}
	return put16(at, want->version == 6 ? 0x86DD : 0x0800);
}

static inline size_t put_ipv4(size_t at, const struct want *want)
{
	uint32_t len = want->options ? 24 : 20;

	memset(built.bytes + at, 0, len);
	built.bytes[at] = (uint8_t)(0x40 | len / 4);
	put16(at + 2, len + want->len);
	put16(at + 4, want->id);
	put16(at + 6, (want->more ? 0x2000 : 0) | want->start / 8);
	built.bytes[at + 9] = 17;
	put16(at + 12, want->source >> 16);
	put16(at + 14, want->source);
	built.bytes[at + 19] = 1;
	return at + len;
}

static inline size_t put_ipv6(size_t at, const struct want *want)
{
	bool two = want->authenticated || want->atomic;
	size_t options = at + (want->authenticated ? 52 : 48);
	size_t fragment = two ? options + 8 : at + (want->options ? 48 : 40);

	memset(built.bytes + at, 0, 68);
	built.bytes[at] = 0x60;
	put16(at + 4, (uint32_t)(fragment - at) - 40 + 8 + want->len);
	built.bytes[at + 6] = want->authenticated ? 51 : want->options ? 0 : 44;
	if (want->options)
		built.bytes[at + 40] = 44;
	if (two) {
		built.bytes[at + 40] = 60;
		built.bytes[at + 41] = want->authenticated ? 1 : 255;
		built.bytes[options] = 44;
	}
	put16(at + 20, want->source >> 16);
	put16(at + 22, want->source);
	built.bytes[fragment] = 17;
	put16(fragment + 2, want->start | want->more);
	put16(fragment + 4, want->id >> 16);
	put16(fragment + 6, want->id);
	return fragment + 8;
}

static inline uint8_t byte_at(uint32_t i, uint8_t fill)
{
	return (uint8_t)(i * 7 + i / 256 + fill);
}

static inline const struct packet *build(struct want want)
{
	static const uint8_t options[256];
	size_t at;

	if (want.version == 0)
		want.version = 4;
	at = put_link(&want);
	at = want.version == 6 ? put_ipv6(at, &want) : put_ipv4(at, &want);
	for (uint32_t i = 0; i < want.len; i++)
		built.bytes[at++] = byte_at(want.start + i, want.fill);
	for (uint32_t i = 0; i < want.padding; i++)
		built.bytes[at++] = 0xEE;
	built.interface = (struct interface){ .serial = want.interface, .ticks_per_s = NS };
	built.packet = (struct packet){ .time_ns = want.time_ns,
					.data = built.bytes,
					.caplen = (uint32_t)at - want.cut,
					.len = (uint32_t)at,
					.linktype = LINK_ETHERNET,
					.interface = &built.interface,
					.options = span_of(options, want.link_options) };
	headers_parse(&built.headers, LINK_ETHERNET, span_of(built.bytes, built.packet.caplen), 0);
	return &built.packet;
}

#endif
