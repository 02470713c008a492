/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/sample.h"

#include "header/flow.h"

enum { MAC_LEN = 6, SLL_ADDRESS = 6, SLL2_ADDRESS = 12 };

bool sample_next(struct sample *sample)
{
	if (sample->skip > 0) {
		sample->skip--;
		return false;
	}
	sample->skip = sample->every > 0 ? sample->every - 1 : 0;
	return true;
}

/*
 * The fragment header of IPv6 names the same protocol in all fragments; what the
 * walk found behind further extension headers is in the first only (RFC 8200,
 * 4.5).
 */
static void as_fragment(struct flow *flow, const struct layer *ip, struct span packet)
{
	if (ip->protocol == LAYER_IPV6)
		span_u8(packet, (size_t)ip->offset + ip->unfragmentable_len, &flow->protocol);
	flow->has_ports = false;
	flow->source.port = 0;
	flow->destination.port = 0;
}

/* A cooked header has the source only; the destination stays 0, as in the Ethernet header that it
 * is given on sending. */
static void by_link(struct flow *flow, const struct layers *layers, struct span packet)
{
	const struct layer *link = &layers->layer[0];

	memset(flow, 0, sizeof(*flow));
	if (layers->count == 0)
		return;
	switch (link->protocol) {
	case LAYER_ETHERNET:
		span_copy(packet, link->offset, flow->destination.address, MAC_LEN);
		span_copy(packet, link->offset + (size_t)MAC_LEN, flow->source.address, MAC_LEN);
		break;
	case LAYER_SLL:
		span_copy(packet, link->offset + (size_t)SLL_ADDRESS, flow->source.address,
			  MAC_LEN);
		break;
	case LAYER_SLL2:
		span_copy(packet, link->offset + (size_t)SLL2_ADDRESS, flow->source.address,
			  MAC_LEN);
		break;
	}
}

/* The last step of splitmix64: a bijection that leaves no bit where it was. */
static uint64_t scatter(uint64_t hash)
{
	hash = (hash ^ hash >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	hash = (hash ^ hash >> 27) * UINT64_C(0x94D049BB133111EB);
	return hash ^ hash >> 31;
}

uint64_t sample_hash(const struct layers *layers, struct span packet)
{
	struct flow flow;

	if (!flow_of(&flow, layers, packet))
		by_link(&flow, layers, packet);
	else if (layers->layer[layers->ip].flags & LAYER_FRAGMENT)
		as_fragment(&flow, &layers->layer[layers->ip], packet);
	return scatter(flow_hash(&flow));
}

bool sample_flow(uint64_t every, const struct layers *layers, struct span packet)
{
	return every <= 1 || sample_hash(layers, packet) % every == 0;
}
