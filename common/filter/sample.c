/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/sample.h"

#include "header/fields.h"
#include "header/flow.h"

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
 * In IPv6 the protocol is the next header of the fragment header, which all fragments have. Only
 * the first fragment has the extension headers behind it (RFC 8200, section 4.5).
 */
static void as_fragment(struct flow *flow, const struct headers *headers, struct span packet)
{
	if (headers->ip_version == 6)
		span_u8(packet, (size_t)headers->network + headers->unfragmentable_len,
			&flow->protocol);
	flow->has_ports = false;
	flow->source.port = 0;
	flow->destination.port = 0;
}

/* A cooked header has a source address only. The destination stays 0, as in the Ethernet header
 * that vtap-tap replaces the cooked header by. */
static void by_link(struct flow *flow, const struct headers *headers, struct span packet)
{
	memset(flow, 0, sizeof(*flow));
	switch (headers->link) {
	case HEADERS_LINK_ETHERNET:
		span_copy(packet, ETHERNET_DST_AT, flow->destination.address, MAC_LEN);
		span_copy(packet, ETHERNET_SRC_AT, flow->source.address, MAC_LEN);
		break;
	case HEADERS_LINK_SLL:
		span_copy(packet, SLL_ADDRESS_AT, flow->source.address, MAC_LEN);
		break;
	case HEADERS_LINK_SLL2:
		span_copy(packet, SLL2_ADDRESS_AT, flow->source.address, MAC_LEN);
		break;
	}
}

/* The last step of splitmix64: a bijection in which each bit of the result depends on all bits. */
static uint64_t scatter(uint64_t hash)
{
	hash = (hash ^ hash >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	hash = (hash ^ hash >> 27) * UINT64_C(0x94D049BB133111EB);
	return hash ^ hash >> 31;
}

uint64_t sample_hash(const struct headers *headers, struct span packet)
{
	struct flow flow;

	if (!flow_of(&flow, headers, packet))
		by_link(&flow, headers, packet);
	else if (headers->flags & HEADERS_ANY_FRAGMENT)
		as_fragment(&flow, headers, packet);
	return scatter(flow_hash(&flow));
}

bool sample_flow(uint64_t every, const struct headers *headers, struct span packet)
{
	return every <= 1 || sample_hash(headers, packet) % every == 0;
}
