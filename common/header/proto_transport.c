/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UDP (RFC 768), TCP (RFC 9293), SCTP (RFC 9260), ICMP (RFC 792), ICMPv6 (RFC 4443): ports, where
 * there are any, and the header's length. A header cut behind its ports still gives them.
 */
#include "header/layers_internal.h"

enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ICMP6 = 58 };
enum { PROTOCOL_SCTP = 132 };
enum { ICMP_LEN = 8, TCP_LEN = 20, UDP_LEN = 8, SCTP_LEN = 12, PORTS_LEN = 4 };

static struct layer *push(struct walk *walk, enum layer_protocol protocol, size_t offset,
			  size_t header_len)
{
	struct layer *layer = walk_push(walk, protocol, offset, header_len);

	if (layer != NULL)
		walk->layers->transport = (int32_t)walk->layers->count - 1;
	return layer;
}

static void finish(struct walk *walk, uint64_t claim, const struct layer *layer)
{
	if (walk_has_within(walk, claim, layer->offset, layer->header_len))
		walk_end(walk, LAYERS_TRANSPORT, layer->offset + (size_t)layer->header_len);
	else
		walk_end(walk, walk->layers->end, layer->offset + (size_t)layer->header_len);
}

static struct layer *ports(struct walk *walk, uint64_t claim, enum layer_protocol protocol,
			   size_t offset, size_t header_len)
{
	struct layer *layer;

	if (!walk_has_within(walk, claim, offset, PORTS_LEN))
		return NULL;
	layer = push(walk, protocol, offset, header_len);
	if (layer == NULL)
		return NULL;
	span_be16(walk->packet, offset, &layer->tag);
	span_be16(walk->packet, offset + 2, &layer->tag2);
	return layer;
}

/* A length below 8 is no claim: 0 stands in jumbograms (RFC 2675, 4), the rest is damage. */
static void udp(struct walk *walk, uint64_t claim, size_t offset)
{
	struct layer *layer = ports(walk, claim, LAYER_UDP, offset, UDP_LEN);
	uint16_t length = 0;

	if (layer == NULL)
		return;
	span_be16(walk->packet, offset + 4, &length);
	if (length >= UDP_LEN)
		layer->end = offset + length;
	finish(walk, claim, layer);
}

static void tcp(struct walk *walk, uint64_t claim, size_t offset)
{
	struct layer *layer = ports(walk, claim, LAYER_TCP, offset, TCP_LEN);
	uint8_t words;

	if (layer == NULL)
		return;
	if (span_u8(walk->packet, offset + 12, &words)) {
		words >>= 4;
		if (words * 4 < TCP_LEN) {
			walk_end(walk, LAYERS_MALFORMED, offset);
			return;
		}
		layer->header_len = words * 4U;
	}
	finish(walk, claim, layer);
}

static void sctp(struct walk *walk, uint64_t claim, size_t offset)
{
	struct layer *layer = ports(walk, claim, LAYER_SCTP, offset, SCTP_LEN);

	if (layer != NULL)
		finish(walk, claim, layer);
}

static void icmp(struct walk *walk, uint64_t claim, enum layer_protocol protocol, size_t offset)
{
	if (walk_has_within(walk, claim, offset, ICMP_LEN) &&
	    push(walk, protocol, offset, ICMP_LEN) != NULL)
		walk_end(walk, LAYERS_TRANSPORT, offset + ICMP_LEN);
}

void walk_transport(struct walk *walk, const struct layer *ip, size_t offset)
{
	switch (ip->next) {
	case PROTOCOL_UDP:
		udp(walk, ip->end, offset);
		return;
	case PROTOCOL_TCP:
		tcp(walk, ip->end, offset);
		return;
	case PROTOCOL_SCTP:
		sctp(walk, ip->end, offset);
		return;
	case PROTOCOL_ICMP:
		icmp(walk, ip->end, LAYER_ICMP, offset);
		return;
	case PROTOCOL_ICMP6:
		icmp(walk, ip->end, LAYER_ICMP6, offset);
		return;
	}
	walk_end(walk, ip->flags & LAYER_FRAGMENT ? LAYERS_FRAGMENT : LAYERS_IP_PAYLOAD, offset);
}
