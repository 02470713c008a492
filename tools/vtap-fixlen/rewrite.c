/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rewrite.h"

#include "tunnel/wirelen.h"

enum { LENGTH_MAX = 65535 };
enum { IPV4_LENGTH = 2, IPV4_CHECKSUM = 10, IPV6_LENGTH = 4, IPV6_LEN = 40, UDP_LENGTH = 4 };

static const struct layer *ip_of(const struct peel *peel, unsigned tunnel)
{
	return &peel->walk[tunnel].layer[peel->walk[tunnel].ip];
}

/* A jumbogram's length is not in its header, and what IPv6 counts begins behind its header. */
static bool fits(const struct layer *ip, uint64_t end)
{
	uint64_t start = ip->offset + (ip->protocol == LAYER_IPV6 ? IPV6_LEN : 0U);

	return !(ip->flags & LAYER_JUMBO) && end - start <= LENGTH_MAX;
}

bool rewrite_plan(struct rewrite *rewrite, const struct peel *peel)
{
	uint64_t inner, own;
	bool any = false;

	rewrite->too_long = false;
	wirelen_walk(peel_inner(peel), &inner);
	for (unsigned i = peel->count; i-- > 0;) {
		rewrite->end[i] = 0;
		wirelen_walk(&peel->walk[i], &own);
		if (own != 0 && inner > own && fits(ip_of(peel, i), inner))
			rewrite->end[i] = inner;
		else if (own != 0 && inner > own)
			rewrite->too_long = true;
		any = any || rewrite->end[i] != 0;
		if (own > inner)
			inner = own;
	}
	return any;
}

/* RFC 1071 over a header whose checksum field holds 0. */
static uint16_t checksum(struct span header)
{
	uint32_t sum = 0;
	uint16_t word;

	for (size_t at = 0; span_be16(header, at, &word); at += sizeof word)
		sum += word;
	sum = (sum & 0xFFFF) + (sum >> 16);
	return (uint16_t) ~(sum + (sum >> 16));
}

static void write_ip(const struct layer *ip, uint64_t end, struct patch packet)
{
	struct span whole = span_of(packet.data, packet.len), header;

	if (ip->protocol == LAYER_IPV6) {
		patch_be16(packet, ip->offset + (size_t)IPV6_LENGTH,
			   (uint16_t)(end - ip->offset - IPV6_LEN));
		return;
	}
	patch_be16(packet, ip->offset + (size_t)IPV4_LENGTH, (uint16_t)(end - ip->offset));
	patch_be16(packet, ip->offset + (size_t)IPV4_CHECKSUM, 0);
	if (span_sub(whole, ip->offset, ip->header_len, &header))
		patch_be16(packet, ip->offset + (size_t)IPV4_CHECKSUM, checksum(header));
}

void rewrite_apply(const struct rewrite *rewrite, const struct peel *peel, struct patch packet)
{
	for (unsigned i = 0; i < peel->count; i++) {
		const struct layers *walk = &peel->walk[i];
		uint64_t end = rewrite->end[i];
		const struct layer *udp;

		if (end == 0)
			continue;
		write_ip(ip_of(peel, i), end, packet);
		if (walk->transport < 0)
			continue;
		/* A UDP length that claimed nothing (RFC 2675 section 4) goes on doing so. */
		udp = &walk->layer[walk->transport];
		if (udp->protocol == LAYER_UDP && udp->end != 0)
			patch_be16(packet, udp->offset + (size_t)UDP_LENGTH,
				   (uint16_t)(end - udp->offset));
	}
}
