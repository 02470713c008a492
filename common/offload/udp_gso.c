/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offload/udp_gso.h"

#include <stdlib.h>

#include "header/checksum.h"
#include "header/fields.h"
#include "header/ip_length.h"
#include "offload/checksum_partial.h"
#include "tunnel/wirelen.h"

enum {
	MTU = 1500,		    /* bytes; that of most links */
	DATAGRAMS_MAX = 128,	    /* UDP_MAX_SEGMENTS of the kernel */
	FRAME_MIN = 60,		    /* bytes up to which Ethernet pads */
	DATAGRAM_MAX = 65536 + 512, /* bytes of a datagram with all headers */
};

struct udp_gso {
	const struct encap_table *table;
	struct packet gso;	    /* the GSO packet that is being split */
	struct headers gso_headers; /* its outer headers */
	struct span payload;	    /* its UDP payload */
	uint32_t headers_len;	    /* bytes in front of that */
	uint32_t datagram_len;	    /* bytes of payload in each datagram but the last */
	uint32_t at;		    /* bytes of payload that were returned so far */
	uint8_t *datagram;	    /* buffer of DATAGRAM_MAX bytes */
};

static bool begins_equally(struct span payload, size_t at)
{
	uint32_t first[2], here[2];

	return span_be32(payload, 0, &first[0]) && span_be32(payload, 4, &first[1]) &&
	       span_be32(payload, at, &here[0]) && span_be32(payload, at + 4, &here[1]) &&
	       first[0] == here[0] && first[1] == here[1];
}

/* Returns true if the payload is made of datagrams of that size with equal beginnings. */
static bool is_gso_payload(struct span payload, uint32_t header_len, uint32_t size)
{
	size_t at = size;

	if (payload.len > (size_t)size * DATAGRAMS_MAX)
		return false;
	while (at < payload.len && begins_equally(payload, at))
		at += size;
	return at >= payload.len && payload.len - (at - size) > header_len;
}

uint32_t udp_gso_size(struct span payload, uint32_t header_len, uint32_t linktype)
{
	struct headers headers;
	uint64_t claim;
	uint32_t nested; /* offset of a tunnel inside, whose header may have an equal beginning */

	if (header_len < UDP_GSO_COMPARED)
		return 0;
	headers_parse(&headers, linktype, payload, header_len);
	/* Packets that claim no length, such as ARP, are small. */
	if (wirelen_headers(&headers, &claim) != WIRELEN_KNOWN)
		claim = 0;
	if (claim == payload.len)
		return 0;
	if (linktype == LINK_ETHERNET && claim < header_len + FRAME_MIN)
		claim = header_len + FRAME_MIN;
	nested = headers_is_udp(&headers) ? headers.payload : 0;
	for (uint32_t size = header_len + 1; size <= claim && size < payload.len; size++)
		if (begins_equally(payload, size) && size != nested)
			return is_gso_payload(payload, header_len, size) ? size : 0;
	return 0;
}

static bool is_whole_udp(const struct headers *headers, const struct packet *packet)
{
	return headers->end == HEADERS_TRANSPORT && headers_is_udp(headers) &&
	       !(headers->flags & HEADERS_ANY_FRAGMENT) && headers->transport_end <= packet->caplen;
}

/*
 * UDP_SEGMENT and GRO leave the checksum of a GSO packet partial. An attacker who chooses only what
 * is mirrored does not write the outer checksum, and a complete one equals the partial one in about
 * one packet of 65,535. Without this test any mirrored frame could be made so that it is split.
 */
static bool has_partial_checksum(const struct headers *headers, struct span packet)
{
	uint32_t offset;
	uint16_t value;

	return checksum_partial_find(headers, packet, &offset, &value);
}

/* Sets *payload to the UDP payload. Returns false if not all of it is present, or if the headers in
 * front of it leave no room for MTU bytes in the buffer of a datagram. */
static bool udp_gso_payload(const struct headers *headers, struct span packet, struct span *payload)
{
	size_t at = headers->transport + (size_t)UDP_LEN;

	return at + MTU <= DATAGRAM_MAX && headers->transport_end >= at &&
	       span_sub(packet, at, (size_t)headers->transport_end - at, payload);
}

/* Sets *udp_gso to a packet if that is a GSO packet. */
static void udp_gso_find(struct udp_gso *udp_gso, const struct packet *packet,
			 const struct headers *headers)
{
	struct span bytes = span_of(packet->data, packet->caplen), payload;
	struct tunnel tunnel;

	if (!is_whole_udp(headers, packet) ||
	    encap_parse(headers, udp_gso->table, bytes, &tunnel) != ENCAP_OK ||
	    !udp_gso_payload(headers, bytes, &payload))
		return;
	udp_gso->datagram_len = udp_gso_size(payload, tunnel.header_len, tunnel.linktype);
	udp_gso->headers_len = headers->transport + UDP_LEN;
	if (udp_gso->datagram_len == 0 ||
	    udp_gso->headers_len + udp_gso->datagram_len > DATAGRAM_MAX ||
	    !has_partial_checksum(headers, bytes))
		return;
	udp_gso->gso = *packet;
	udp_gso->gso_headers = *headers;
	udp_gso->payload = payload;
	udp_gso->at = 0;
}

/* Writes the lengths of a datagram. Its UDP has no checksum, which is allowed for tunnels: that of
 * the GSO packet is of no use. */
static void write_lengths(const struct udp_gso *udp_gso, struct patch part)
{
	size_t udp = udp_gso->headers_len - UDP_LEN;

	patch_be16(part, udp + UDP_LENGTH_AT, (uint16_t)(part.len - udp));
	patch_be16(part, udp + UDP_CHECKSUM_AT, 0);
	ip_length_set(part, &udp_gso->gso_headers, part.len);
}

static void udp_gso_write(struct udp_gso *udp_gso, struct packet *packet)
{
	size_t left = udp_gso->payload.len - udp_gso->at;
	uint32_t len = left < udp_gso->datagram_len ? (uint32_t)left : udp_gso->datagram_len;
	struct patch part = { udp_gso->datagram, udp_gso->headers_len + len };

	patch_copy(part, 0, udp_gso->gso.data, udp_gso->headers_len);
	patch_copy(part, udp_gso->headers_len, span_from(udp_gso->payload, udp_gso->at).data, len);
	write_lengths(udp_gso, part);
	udp_gso->at += len;
	*packet = udp_gso->gso;
	packet_replace(packet, patch_span(part));
	packet->len = packet->caplen;
}

/* Returns false for nearly all packets that are no GSO packets, by cheap tests. */
static bool may_be_gso(const struct udp_gso *udp_gso, const struct packet *packet,
		       const struct peel *peel)
{
	const struct headers *headers = &peel->headers[0];
	struct span payload;

	if (packet->caplen < packet->len || !headers_is_udp(headers) ||
	    !encap_may_be_tunnel(udp_gso->table, headers->dst_port))
		return false;
	/* The packet in the first tunnel claims all bytes of the UDP payload. */
	if (peel->count > 0 && peel->headers[1].network_end == headers->transport_end)
		return false;
	payload = span_from(span_of(packet->data, packet->caplen),
			    headers->transport + (size_t)UDP_LEN);
	return payload.len > UDP_GSO_COMPARED + FRAME_MIN && udp_gso_repeats(payload);
}

bool udp_gso_begin(struct udp_gso *udp_gso, const struct packet *packet, const struct peel *peel)
{
	if (may_be_gso(udp_gso, packet, peel))
		udp_gso_find(udp_gso, packet, &peel->headers[0]);
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
	udp_gso_write(udp_gso, packet);
	return true;
}

struct udp_gso *udp_gso_new(const struct encap_table *table)
{
	struct udp_gso *udp_gso = calloc(1, sizeof(*udp_gso));

	if (!udp_gso)
		return NULL;
	udp_gso->table = table;
	udp_gso->datagram = malloc(DATAGRAM_MAX);
	if (!udp_gso->datagram) {
		free(udp_gso);
		return NULL;
	}
	return udp_gso;
}

void udp_gso_free(struct udp_gso *udp_gso)
{
	if (!udp_gso)
		return;
	free(udp_gso->datagram);
	free(udp_gso);
}
