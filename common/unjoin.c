/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unjoin.h"

#include <stdlib.h>

#include "checksum.h"
#include "checksum_partial.h"
#include "glance.h"
#include "wirelen.h"

enum {
	MTU = 1500,	   /* where the interface does not say */
	LINK_HEADERS = 22, /* Ethernet and two VLAN tags */
	RUN_MAX = 128,	   /* datagrams; the kernel's UDP_MAX_SEGMENTS */
	FRAME_MIN = 60,	   /* Ethernet pads up to it */
	SCRATCH = 65536 + 512,
};

struct unjoin {
	const struct encap_select *select;
	struct glance_table ports;
	struct layers layers; /* of the run that is being cut */
	struct packet run;
	struct span payload; /* of its UDP */
	uint32_t headers;    /* in front of that */
	uint32_t size, at;   /* at: what is given of the payload; all of it: no run */
	uint8_t *scratch;
};

static bool same_mark(struct span payload, size_t at)
{
	uint32_t first[2], here[2];

	return span_be32(payload, 0, &first[0]) && span_be32(payload, 4, &first[1]) &&
	       span_be32(payload, at, &here[0]) && span_be32(payload, at + 4, &here[1]) &&
	       first[0] == here[0] && first[1] == here[1];
}

/* Every datagram of that size begins as the first. */
static bool is_run(struct span payload, uint32_t header_len, uint32_t size)
{
	size_t at = size;

	if (payload.len > (size_t)size * RUN_MAX)
		return false;
	while (at < payload.len && same_mark(payload, at))
		at += size;
	return at >= payload.len && payload.len - (at - size) > header_len;
}

uint32_t unjoin_size(struct span payload, uint32_t header_len, uint32_t linktype)
{
	struct layers layers;
	uint64_t claim;
	uint32_t nested =
		0; /* where a tunnel in the tunnel would begin, perhaps with the same header */

	layers_walk(&layers, linktype, payload, header_len);
	if (header_len < UNJOIN_MARK)
		return 0;
	/* Nothing claimed: ARP and the like, small. */
	if (wirelen_walk(&layers, &claim) != WIRELEN_KNOWN)
		claim = 0;
	if (claim == payload.len)
		return 0;
	if (linktype == LINK_ETHERNET && claim < header_len + FRAME_MIN)
		claim = header_len + FRAME_MIN;
	if (layers.transport >= 0 && layers.layer[layers.transport].protocol == LAYER_UDP)
		nested = layers.payload;
	for (uint32_t size = header_len + 1; size <= claim && size < payload.len; size++)
		if (same_mark(payload, size) && size != nested)
			return is_run(payload, header_len, size) ? size : 0;
	return 0;
}

static bool is_whole_udp(const struct layers *layers, const struct packet *packet)
{
	return layers->end == LAYERS_TRANSPORT && layers->ip >= 0 &&
	       layers->layer[layers->transport].protocol == LAYER_UDP &&
	       !(layers->layer[layers->ip].flags & LAYER_FRAGMENT) &&
	       layers->layer[layers->transport].end <= packet->caplen;
}

/*
 * Who joins datagrams, the kernel's UDP_SEGMENT and GRO of whole UDP datagrams, leaves the checksum
 * of the run partial. Nobody who only chooses what a mirror carries can make it so: without this a
 * frame could be made to be cut into others.
 */
static bool is_joined(const struct layers *layers, struct span packet)
{
	uint32_t offset;
	uint16_t value;

	return checksum_is_partial(layers, packet, &offset, &value);
}

/* Finds out whether the packet is a run; the first part is then at hand. */
static void look_at(struct unjoin *unjoin, const struct packet *packet)
{
	struct layers *layers = &unjoin->layers;
	struct span bytes = span_of(packet->data, packet->caplen), payload;
	const struct layer *udp;
	struct tunnel tunnel;

	layers_walk(layers, packet->linktype, bytes, 0);
	if (!is_whole_udp(layers, packet) ||
	    encap_parse(layers, unjoin->select, bytes, &tunnel) != ENCAP_OK)
		return;
	udp = &layers->layer[layers->transport];
	if (udp->offset + PLAIN_UDP_LEN + MTU > SCRATCH || udp->end < udp->offset + PLAIN_UDP_LEN ||
	    !span_sub(bytes, udp->offset + PLAIN_UDP_LEN,
		      (size_t)udp->end - udp->offset - PLAIN_UDP_LEN, &payload))
		return;
	unjoin->size = unjoin_size(payload, tunnel.header_len, tunnel.linktype);
	unjoin->headers = udp->offset + PLAIN_UDP_LEN;
	if (unjoin->size == 0 || unjoin->headers + unjoin->size > SCRATCH ||
	    !is_joined(layers, bytes))
		return;
	unjoin->run = *packet;
	unjoin->payload = payload;
	unjoin->at = 0;
}

/* What the lengths of a part say; UDP's checksum was that of the run. */
static void mend_lengths(const struct unjoin *unjoin, struct patch part, uint32_t cut_off)
{
	const struct layer *ip = &unjoin->layers.layer[unjoin->layers.ip];
	size_t udp = unjoin->headers - PLAIN_UDP_LEN;
	bool four = ip->protocol == LAYER_IPV4;
	size_t len_at = ip->offset + (four ? 2 : 4);
	struct span header;
	uint16_t len;

	if (span_be16(patch_span(part), len_at, &len))
		patch_be16(part, len_at, (uint16_t)(len - cut_off));
	patch_be16(part, udp + 4, (uint16_t)(part.len - udp));
	patch_be16(part, udp + 6, 0);
	if (!four || !span_sub(patch_span(part), ip->offset, ip->header_len, &header))
		return;
	patch_be16(part, ip->offset + 10, 0);
	patch_be16(part, ip->offset + 10, checksum_fold(checksum_add(0, header)));
}

static void give_part(struct unjoin *unjoin, struct packet *packet)
{
	size_t left = unjoin->payload.len - unjoin->at;
	uint32_t len = left < unjoin->size ? (uint32_t)left : unjoin->size;
	struct patch part = { unjoin->scratch, unjoin->headers + len };

	patch_copy(part, 0, unjoin->run.data, unjoin->headers);
	patch_copy(part, unjoin->headers, span_from(unjoin->payload, unjoin->at).data, len);
	mend_lengths(unjoin, part, (uint32_t)(unjoin->payload.len - len));
	unjoin->at += len;
	*packet = unjoin->run;
	packet->data = unjoin->scratch;
	packet->caplen = packet->len = (uint32_t)part.len;
	packet_changed(packet);
}

/* A packet of the wire is no longer than the MTU. */
static bool is_long(const struct packet *packet)
{
	uint32_t mtu = packet->interface->mtu ? packet->interface->mtu : MTU;

	return packet->caplen > mtu + LINK_HEADERS;
}

/* Cheap: false for nearly all that is none. */
static bool may_be_run(const struct unjoin *unjoin, const struct packet *packet)
{
	struct span bytes = span_of(packet->data, packet->caplen), payload;
	struct plain_ip ip;
	uint16_t type = 0, port = 0;
	size_t at = 0;

	if (packet->caplen < packet->len)
		return false;
	if (packet->linktype != LINK_ETHERNET || !plain_ethertype(bytes, &at, &type) ||
	    !plain_by_type(bytes, type, at, &ip))
		return is_long(packet);
	if (ip.protocol != PLAIN_UDP || !span_be16(bytes, ip.next + 2, &port) ||
	    !glance_may_be_tunnel(&unjoin->ports, port))
		return false;
	payload = span_from(bytes, ip.next + PLAIN_UDP_LEN);
	return payload.len > UNJOIN_MARK + FRAME_MIN && unjoin_repeats(payload);
}

bool unjoin_begin(struct unjoin *unjoin, const struct packet *packet)
{
	if (may_be_run(unjoin, packet))
		look_at(unjoin, packet);
	return unjoin_more(unjoin);
}

bool unjoin_more(const struct unjoin *unjoin)
{
	return unjoin->at < unjoin->payload.len;
}

bool unjoin_next(struct unjoin *unjoin, struct packet *packet)
{
	if (!unjoin_more(unjoin))
		return false;
	give_part(unjoin, packet);
	return true;
}

struct unjoin *unjoin_new(const struct encap_select *select)
{
	struct unjoin *unjoin = calloc(1, sizeof(*unjoin));

	if (!unjoin)
		return NULL;
	unjoin->select = select;
	unjoin->scratch = malloc(SCRATCH);
	if (!unjoin->scratch) {
		free(unjoin);
		return NULL;
	}
	glance_prepare(&unjoin->ports, select);
	return unjoin;
}

void unjoin_free(struct unjoin *unjoin)
{
	if (!unjoin)
		return;
	free(unjoin->scratch);
	free(unjoin);
}
