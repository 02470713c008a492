/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offload/udp_gso.h"

#include <stdlib.h>

#include "header/checksum.h"
#include "offload/checksum_partial.h"
#include "tunnel/glance.h"
#include "tunnel/wirelen.h"

enum {
	MTU = 1500,	   /* where the interface does not say */
	LINK_HEADERS = 22, /* Ethernet and two VLAN tags */
	RUN_MAX = 128,	   /* datagrams; the kernel's UDP_MAX_SEGMENTS */
	FRAME_MIN = 60,	   /* Ethernet pads up to it */
	SCRATCH = 65536 + 512,
};

struct udp_gso {
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

uint32_t udp_gso_size(struct span payload, uint32_t header_len, uint32_t linktype)
{
	struct layers layers;
	uint64_t claim;
	uint32_t nested =
		0; /* where a tunnel in the tunnel would begin, perhaps with the same header */

	layers_walk(&layers, linktype, payload, header_len);
	if (header_len < UDP_GSO_MARK)
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
static void look_at(struct udp_gso *udp_gso, const struct packet *packet)
{
	struct layers *layers = &udp_gso->layers;
	struct span bytes = span_of(packet->data, packet->caplen), payload;
	const struct layer *udp;
	struct tunnel tunnel;

	layers_walk(layers, packet->linktype, bytes, 0);
	if (!is_whole_udp(layers, packet) ||
	    encap_parse(layers, udp_gso->select, bytes, &tunnel) != ENCAP_OK)
		return;
	udp = &layers->layer[layers->transport];
	if (udp->offset + PLAIN_UDP_LEN + MTU > SCRATCH || udp->end < udp->offset + PLAIN_UDP_LEN ||
	    !span_sub(bytes, udp->offset + PLAIN_UDP_LEN,
		      (size_t)udp->end - udp->offset - PLAIN_UDP_LEN, &payload))
		return;
	udp_gso->size = udp_gso_size(payload, tunnel.header_len, tunnel.linktype);
	udp_gso->headers = udp->offset + PLAIN_UDP_LEN;
	if (udp_gso->size == 0 || udp_gso->headers + udp_gso->size > SCRATCH ||
	    !is_joined(layers, bytes))
		return;
	udp_gso->run = *packet;
	udp_gso->payload = payload;
	udp_gso->at = 0;
}

/* What the lengths of a part say; UDP's checksum was that of the run. */
static void mend_lengths(const struct udp_gso *udp_gso, struct patch part, uint32_t cut_off)
{
	const struct layer *ip = &udp_gso->layers.layer[udp_gso->layers.ip];
	size_t udp = udp_gso->headers - PLAIN_UDP_LEN;
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

static void give_part(struct udp_gso *udp_gso, struct packet *packet)
{
	size_t left = udp_gso->payload.len - udp_gso->at;
	uint32_t len = left < udp_gso->size ? (uint32_t)left : udp_gso->size;
	struct patch part = { udp_gso->scratch, udp_gso->headers + len };

	patch_copy(part, 0, udp_gso->run.data, udp_gso->headers);
	patch_copy(part, udp_gso->headers, span_from(udp_gso->payload, udp_gso->at).data, len);
	mend_lengths(udp_gso, part, (uint32_t)(udp_gso->payload.len - len));
	udp_gso->at += len;
	*packet = udp_gso->run;
	packet->data = udp_gso->scratch;
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
static bool may_be_run(const struct udp_gso *udp_gso, const struct packet *packet)
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
	    !glance_may_be_tunnel(&udp_gso->ports, port))
		return false;
	payload = span_from(bytes, ip.next + PLAIN_UDP_LEN);
	return payload.len > UDP_GSO_MARK + FRAME_MIN && udp_gso_repeats(payload);
}

bool udp_gso_begin(struct udp_gso *udp_gso, const struct packet *packet)
{
	if (may_be_run(udp_gso, packet))
		look_at(udp_gso, packet);
	return udp_gso_more(udp_gso);
}

bool udp_gso_more(const struct udp_gso *udp_gso)
{
	return udp_gso->at < udp_gso->payload.len;
}

bool udp_gso_next(struct udp_gso *udp_gso, struct packet *packet)
{
	if (!udp_gso_more(udp_gso))
		return false;
	give_part(udp_gso, packet);
	return true;
}

struct udp_gso *udp_gso_new(const struct encap_select *select)
{
	struct udp_gso *udp_gso = calloc(1, sizeof(*udp_gso));

	if (!udp_gso)
		return NULL;
	udp_gso->select = select;
	udp_gso->scratch = malloc(SCRATCH);
	if (!udp_gso->scratch) {
		free(udp_gso);
		return NULL;
	}
	glance_prepare(&udp_gso->ports, select);
	return udp_gso;
}

void udp_gso_free(struct udp_gso *udp_gso)
{
	if (!udp_gso)
		return;
	free(udp_gso->scratch);
	free(udp_gso);
}
