/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow.h"

#include <arpa/inet.h>

enum { IPV4_SOURCE = 12, IPV4_LEN = 4, IPV6_SOURCE = 8, IPV6_LEN = 16 };
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

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
	return hash ^ hash >> 32;
}

static uint64_t mix_end(uint64_t hash, const struct flow_end *end)
{
	struct span address = span_of(end->address, sizeof end->address);
	uint32_t word = 0;

	/* By numbers, not memory, so that every host computes the same. */
	for (size_t at = 0; at < sizeof end->address; at += sizeof word) {
		span_be32(address, at, &word);
		hash = mix(hash, word);
	}
	return mix(hash, end->port);
}

uint64_t flow_hash(const struct flow *flow)
{
	struct flow both = *flow;
	uint64_t hash;

	flow_normalise(&both);
	hash = mix(UINT64_C(0x51D6F22D9A04B3E7),
		   (uint64_t)both.version << 16 | (uint64_t)both.protocol << 8 | both.has_ports);
	hash = mix_end(mix_end(hash, &both.source), &both.destination);
	return mix(hash, hash >> 29);
}

void flow_address(uint8_t version, const uint8_t *address, char text[FLOW_ADDRESS_MAX])
{
	/* Of the rules of RFC 5952, section 4, glibc's and musl's inet_ntop() keep all. */
	if (inet_ntop(version == 4 ? AF_INET : AF_INET6, address, text, FLOW_ADDRESS_MAX) == NULL)
		text[0] = '\0';
}
