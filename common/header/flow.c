/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "header/flow.h"

#include <arpa/inet.h>

enum { IPV4_SOURCE = 12, IPV4_LEN = 4, IPV6_SOURCE = 8, IPV6_LEN = 16 };
enum { IPV4_HEADER = 20, IPV6_HEADER = 40, PORTS_LEN = 4, ETHERNET_LEN = 14, TAG_LEN = 4 };
enum { TYPE_IPV4 = 0x0800, TYPE_VLAN = 0x8100, TYPE_IPV6 = 0x86DD, TYPE_QINQ = 0x88A8 };
enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, NO_OPTIONS = 0x45, ANY_FRAGMENT = 0x3FFF };
enum { TAGS_MAX = 2 };
_Static_assert((int)FLOW_ADDRESS_MAX == (int)INET6_ADDRSTRLEN, "inet_ntop fits");

static void set_ports(struct flow *flow, const struct layer *transport)
{
	switch (transport->protocol) {
	case LAYER_UDP:
	case LAYER_TCP:
	case LAYER_SCTP:
		flow->has_ports = true;
		flow->source.port = transport->tag;
		flow->destination.port = transport->tag2;
	}
}

bool flow_of(struct flow *flow, const struct layers *layers, struct span packet)
{
	const struct layer *ip = &layers->layer[layers->ip < 0 ? 0 : layers->ip];
	bool four = layers->ip >= 0 && ip->protocol == LAYER_IPV4;
	size_t len = four ? IPV4_LEN : IPV6_LEN;
	size_t source = ip->offset + (four ? IPV4_SOURCE : IPV6_SOURCE);

	memset(flow, 0, sizeof *flow);
	if (layers->ip < 0 || !span_copy(packet, source, flow->source.address, len) ||
	    !span_copy(packet, source + len, flow->destination.address, len))
		return false;
	flow->version = four ? 4 : 6;
	flow->protocol = (uint8_t)ip->next;
	if (layers->transport >= 0)
		set_ports(flow, &layers->layer[layers->transport]);
	return true;
}

static int compare(const struct flow_end *a, const struct flow_end *b)
{
	int order = memcmp(a->address, b->address, sizeof a->address);

	return order != 0 ? order : a->port - b->port;
}

void flow_normalise(struct flow *flow)
{
	struct flow_end source = flow->source;

	if (compare(&flow->source, &flow->destination) > 0) {
		flow->source = flow->destination;
		flow->destination = source;
	}
}

static inline uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
	return hash ^ hash >> 32;
}

/* An address as two numbers, and not as memory, so that every host computes the same. */
static inline uint64_t mix_end(uint64_t hash, uint64_t high, uint64_t low, uint16_t port)
{
	hash = mix(mix(hash, high >> 32), (uint32_t)high);
	hash = mix(mix(hash, low >> 32), (uint32_t)low);
	return mix(hash, port);
}

static inline uint64_t hash_begin(uint8_t version, uint8_t protocol, bool has_ports)
{
	return mix(UINT64_C(0x51D6F22D9A04B3E7),
		   (uint64_t)version << 16 | (uint64_t)protocol << 8 | has_ports);
}

static inline uint64_t hash_end(uint64_t hash)
{
	return mix(hash, hash >> 29);
}

static inline uint64_t be64(struct span bytes, size_t at)
{
	uint64_t value = 0;

	span_copy(bytes, at, &value, sizeof value);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	value = __builtin_bswap64(value);
#endif
	return value;
}

static uint64_t mix_flow_end(uint64_t hash, const struct flow_end *end)
{
	struct span address = span_of(end->address, sizeof end->address);

	return mix_end(hash, be64(address, 0), be64(address, 8), end->port);
}

uint64_t flow_hash(const struct flow *flow)
{
	struct flow both = *flow;
	uint64_t hash = hash_begin(flow->version, flow->protocol, flow->has_ports);

	flow_normalise(&both);
	return hash_end(mix_flow_end(mix_flow_end(hash, &both.source), &both.destination));
}

static inline bool has_known_ports(uint8_t protocol)
{
	return protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP;
}

/* Address and port as one number, as compare() would order them. */
static inline uint64_t hash_ipv4(uint8_t protocol, uint64_t source, uint64_t destination)
{
	bool turn = source > destination;
	uint64_t low = turn ? destination : source, high = turn ? source : destination;
	uint64_t hash = mix_end(hash_begin(4, protocol, true), low >> 16 << 32, 0, (uint16_t)low);

	return hash_end(mix_end(hash, high >> 16 << 32, 0, (uint16_t)high));
}

static inline bool glance_ipv4(struct span packet, size_t at, uint64_t *hash)
{
	uint16_t first = 0, total = 0, fragment = 0, from = 0, to = 0;
	uint32_t source = 0, destination = 0;
	uint8_t protocol = 0;
	struct span head;

	if (!span_sub(packet, at, IPV4_HEADER + PORTS_LEN, &head))
		return false;
	span_be16(head, 0, &first);
	span_be16(head, 2, &total);
	span_be16(head, 6, &fragment);
	span_u8(head, 9, &protocol);
	if (first >> 8 != NO_OPTIONS || total < IPV4_HEADER + PORTS_LEN ||
	    (fragment & ANY_FRAGMENT) != 0 || !has_known_ports(protocol))
		return false;
	span_be32(head, IPV4_SOURCE, &source);
	span_be32(head, IPV4_SOURCE + IPV4_LEN, &destination);
	span_be16(head, IPV4_HEADER, &from);
	span_be16(head, IPV4_HEADER + 2, &to);
	*hash = hash_ipv4(protocol, (uint64_t)source << 16 | from,
			  (uint64_t)destination << 16 | to);
	return true;
}

/* As hash_ipv4(), of 128 bits and the ports. */
static inline uint64_t hash_ipv6(uint8_t protocol, struct span addresses, uint16_t from,
				 uint16_t to)
{
	uint64_t a = be64(addresses, 0), b = be64(addresses, 8);
	uint64_t c = be64(addresses, 16), d = be64(addresses, 24);
	bool turn = a != c ? a > c : b != d ? b > d : from > to;
	uint64_t hash = hash_begin(6, protocol, true);

	hash = mix_end(hash, turn ? c : a, turn ? d : b, turn ? to : from);
	return hash_end(mix_end(hash, turn ? a : c, turn ? b : d, turn ? from : to));
}

static inline bool glance_ipv6(struct span packet, size_t at, uint64_t *hash)
{
	uint16_t first = 0, payload = 0, from = 0, to = 0;
	uint8_t protocol = 0;
	struct span head;

	if (!span_sub(packet, at, IPV6_HEADER + PORTS_LEN, &head))
		return false;
	span_be16(head, 0, &first);
	span_be16(head, 4, &payload);
	span_u8(head, 6, &protocol);
	if (first >> 12 != 6 || payload < PORTS_LEN || !has_known_ports(protocol))
		return false;
	span_be16(head, IPV6_HEADER, &from);
	span_be16(head, IPV6_HEADER + 2, &to);
	*hash = hash_ipv6(protocol, span_from(head, IPV6_SOURCE), from, to);
	return true;
}

bool flow_glance(uint32_t linktype, struct span packet, uint64_t *hash)
{
	size_t at = ETHERNET_LEN;
	uint16_t type;

	if (linktype != LINK_ETHERNET || !span_be16(packet, ETHERNET_LEN - 2, &type))
		return false;
	for (int i = 0; i < TAGS_MAX && (type == TYPE_VLAN || type == TYPE_QINQ); i++) {
		if (!span_be16(packet, at + TAG_LEN - 2, &type))
			return false;
		at += TAG_LEN;
	}
	if (type == TYPE_IPV4)
		return glance_ipv4(packet, at, hash);
	return type == TYPE_IPV6 && glance_ipv6(packet, at, hash);
}

void flow_address(uint8_t version, const uint8_t *address, char text[FLOW_ADDRESS_MAX])
{
	/* Of the rules of RFC 5952, section 4, glibc's and musl's inet_ntop() keep all. */
	_Static_assert(FLOW_ADDRESS_MAX >= INET6_ADDRSTRLEN, "every address fits");
	inet_ntop(version == 4 ? AF_INET : AF_INET6, address, text, FLOW_ADDRESS_MAX);
}
