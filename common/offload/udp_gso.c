/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offload/udp_gso.h"

#include <stdlib.h>

#include "header/checksum.h"
#include "header/fields.h"
#include "header/ip_length.h"
#include "offload/checksum_partial.h"
#include "tunnel/wirelen.h"

enum {
	MTU = 1500,	/* of most links */
	RUN_MAX = 128,	/* datagrams; the kernel's UDP_MAX_SEGMENTS */
	FRAME_MIN = 60, /* Ethernet pads up to it */
	SCRATCH = 65536 + 512,
};

struct udp_gso {
	const struct encap_table *table;
	struct headers of_run; /* of the run that is being cut */
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
	struct headers headers;
	uint64_t claim;
	uint32_t
		nested; /* where a tunnel in the tunnel would begin, perhaps with the same header */

	if (header_len < UDP_GSO_MARK)
		return 0;
	headers_parse(&headers, linktype, payload, header_len);
	/* Nothing claimed: ARP and the like, small. */
	if (wirelen_headers(&headers, &claim) != WIRELEN_KNOWN)
		claim = 0;
	if (claim == payload.len)
		return 0;
	if (linktype == LINK_ETHERNET && claim < header_len + FRAME_MIN)
		claim = header_len + FRAME_MIN;
	nested = headers_is_udp(&headers) ? headers.payload : 0;
	for (uint32_t size = header_len + 1; size <= claim && size < payload.len; size++)
		if (same_mark(payload, size) && size != nested)
			return is_run(payload, header_len, size) ? size : 0;
	return 0;
}

static bool is_whole_udp(const struct headers *headers, const struct packet *packet)
{
	return headers->end == HEADERS_TRANSPORT && headers_is_udp(headers) &&
	       !(headers->flags & HEADERS_ANY_FRAGMENT) && headers->transport_end <= packet->caplen;
}

/*
 * Who joins datagrams, the kernel's UDP_SEGMENT and GRO of whole UDP datagrams, leaves the checksum
 * of the run partial. Nobody who only chooses what a mirror carries can make it so: without this a
 * frame could be made to be cut into others.
 */
static bool is_joined(const struct headers *headers, struct span packet)
{
	uint32_t offset;
	uint16_t value;

	return checksum_is_partial(headers, packet, &offset, &value);
}

/* The payload of the packet's UDP, if it has all of it. */
static bool payload_of(const struct headers *headers, struct span packet, struct span *payload)
{
	size_t at = headers->transport + (size_t)UDP_LEN;

	return at + MTU <= SCRATCH && headers->transport_end >= at &&
	       span_sub(packet, at, (size_t)headers->transport_end - at, payload);
}

/* Finds out whether the packet is a run; the first part is then at hand. */
static void look_at(struct udp_gso *udp_gso, const struct packet *packet,
		    const struct headers *headers)
{
	struct span bytes = span_of(packet->data, packet->caplen), payload;
	struct tunnel tunnel;

	if (!is_whole_udp(headers, packet) ||
	    encap_parse(headers, udp_gso->table, bytes, &tunnel) != ENCAP_OK ||
	    !payload_of(headers, bytes, &payload))
		return;
	udp_gso->size = udp_gso_size(payload, tunnel.header_len, tunnel.linktype);
	udp_gso->headers = headers->transport + UDP_LEN;
	if (udp_gso->size == 0 || udp_gso->headers + udp_gso->size > SCRATCH ||
	    !is_joined(headers, bytes))
		return;
	udp_gso->run = *packet;
	udp_gso->of_run = *headers;
	udp_gso->payload = payload;
	udp_gso->at = 0;
}

/* What the lengths of a part say; UDP's checksum was that of the run. */
static void mend_lengths(const struct udp_gso *udp_gso, struct patch part)
{
	size_t udp = udp_gso->headers - UDP_LEN;

	patch_be16(part, udp + UDP_LENGTH_AT, (uint16_t)(part.len - udp));
	patch_be16(part, udp + UDP_CHECKSUM_AT, 0);
	ip_length_set(part, &udp_gso->of_run, part.len);
}

static void give_part(struct udp_gso *udp_gso, struct packet *packet)
{
	size_t left = udp_gso->payload.len - udp_gso->at;
	uint32_t len = left < udp_gso->size ? (uint32_t)left : udp_gso->size;
	struct patch part = { udp_gso->scratch, udp_gso->headers + len };

	patch_copy(part, 0, udp_gso->run.data, udp_gso->headers);
	patch_copy(part, udp_gso->headers, span_from(udp_gso->payload, udp_gso->at).data, len);
	mend_lengths(udp_gso, part);
	udp_gso->at += len;
	*packet = udp_gso->run;
	packet->data = udp_gso->scratch;
	packet->caplen = packet->len = (uint32_t)part.len;
	packet_changed(packet);
}

/* Cheap: false for nearly all that is none. */
static bool may_be_run(const struct udp_gso *udp_gso, const struct packet *packet,
		       const struct peel *peel)
{
	const struct headers *headers = &peel->headers[0];
	struct span payload;

	if (packet->caplen < packet->len || !headers_is_udp(headers) ||
	    !encap_may_be_tunnel(udp_gso->table, headers->dst_port))
		return false;
	/* What the first tunnel carries claims to be all that there is. */
	if (peel->count > 0 && peel->headers[1].network_end == headers->transport_end)
		return false;
	payload = span_from(span_of(packet->data, packet->caplen),
			    headers->transport + (size_t)UDP_LEN);
	return payload.len > UDP_GSO_MARK + FRAME_MIN && udp_gso_repeats(payload);
}

bool udp_gso_begin(struct udp_gso *udp_gso, const struct packet *packet, const struct peel *peel)
{
	if (may_be_run(udp_gso, packet, peel))
		look_at(udp_gso, packet, &peel->headers[0]);
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

struct udp_gso *udp_gso_new(const struct encap_table *table)
{
	struct udp_gso *udp_gso = calloc(1, sizeof(*udp_gso));

	if (!udp_gso)
		return NULL;
	udp_gso->table = table;
	udp_gso->scratch = malloc(SCRATCH);
	if (!udp_gso->scratch) {
		free(udp_gso);
		return NULL;
	}
	return udp_gso;
}

void udp_gso_free(struct udp_gso *udp_gso)
{
	if (!udp_gso)
		return;
	free(udp_gso->scratch);
	free(udp_gso);
}
