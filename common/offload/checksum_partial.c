/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offload/checksum_partial.h"

#include "header/checksum.h"

enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, TCP_CHECKSUM = 16, UDP_CHECKSUM = 6 };
enum { IPV4_SOURCE = 12, IPV4_ADDRESSES = 8, IPV6_SOURCE = 8, IPV6_ADDRESSES = 32 };

/* The transport's header and payload; without a claim of IP's (superframes) all there is. */
static bool transport_of(const struct layers *layers, struct span packet, struct span *transport)
{
	const struct layer *ip = &layers->layer[layers->ip];
	const struct layer *layer = &layers->layer[layers->transport];
	uint64_t end = ip->end != 0 ? ip->end : packet.len;

	if (layer->protocol == LAYER_UDP && layer->end != 0)
		end = layer->end <= end ? layer->end : UINT64_MAX;
	return end <= packet.len && span_sub(packet, layer->offset, end - layer->offset, transport);
}

static uint64_t pseudo(const struct layers *layers, struct span packet, struct span transport)
{
	const struct layer *ip = &layers->layer[layers->ip];
	bool four = ip->protocol == LAYER_IPV4;
	struct span addresses = { NULL, 0 };

	span_sub(packet, ip->offset + (size_t)(four ? IPV4_SOURCE : IPV6_SOURCE),
		 four ? IPV4_ADDRESSES : IPV6_ADDRESSES, &addresses);
	return checksum_add_pseudo(0, addresses, (uint8_t)ip->next, (uint32_t)transport.len);
}

bool checksum_is_partial(const struct layers *layers, struct span packet, uint32_t *offset,
			 uint16_t *value)
{
	const struct layer *layer = &layers->layer[layers->transport < 0 ? 0 : layers->transport];
	bool udp = layer->protocol == LAYER_UDP;
	struct span transport;
	uint16_t field, sum;

	if (layers->end != LAYERS_TRANSPORT || (!udp && layer->protocol != LAYER_TCP) ||
	    layers->layer[layers->ip].flags & LAYER_FRAGMENT ||
	    !transport_of(layers, packet, &transport) ||
	    !span_be16(transport, udp ? UDP_CHECKSUM : TCP_CHECKSUM, &field))
		return false;
	/* The pseudo-header's sum is never 0, so neither is the field of a UDP packet without one.
	 */
	sum = (uint16_t)~checksum_fold(pseudo(layers, packet, transport));
	if (field != sum)
		return false;
	/* The sum that stands in the field takes the pseudo-header's place. */
	*offset = layer->offset + (udp ? UDP_CHECKSUM : TCP_CHECKSUM);
	*value = udp ? checksum_fold_udp(checksum_add(0, transport))
		     : checksum_fold(checksum_add(0, transport));
	return true;
}
