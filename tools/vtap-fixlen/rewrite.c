/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rewrite.h"

#include "header/fields.h"
#include "header/ip_length.h"
#include "tunnel/wirelen.h"

enum { LENGTH_MAX = 65535 };

/* IPv6 counts from behind its header, and a jumbogram has its length elsewhere (RFC 2675). */
static bool rewrite_fits(const struct headers *headers, uint64_t end)
{
	uint64_t start = headers->network + (headers->ip_version == 6 ? IPV6_LEN : 0U);

	return !(headers->flags & HEADERS_JUMBO) && end - start <= LENGTH_MAX;
}

/*
 * Returns the offset at which IP's length says that the packet ends, 0 if it says nothing. Only IP
 * is looked at, since only a packet with IP has a tunnel.
 */
static uint64_t own_end(const struct headers *headers)
{
	uint64_t claim;

	wirelen_headers(headers, &claim);
	return claim != 0 ? claim - headers->trailer_len : 0;
}

bool rewrite_plan(struct rewrite *rewrite, const struct peel *peel)
{
	uint64_t inner, own;
	bool any = false;

	rewrite->too_long = false;
	wirelen_headers(peel_inner(peel), &inner);
	for (unsigned i = peel->count; i-- > 0;) {
		rewrite->end[i] = 0;
		own = own_end(&peel->headers[i]);
		if (own != 0 && inner > own && rewrite_fits(&peel->headers[i], inner))
			rewrite->end[i] = inner;
		else if (own != 0 && inner > own)
			rewrite->too_long = true;
		any = any || rewrite->end[i] != 0;
		if (own > inner)
			inner = own;
		if (inner != 0)
			inner += peel->headers[i].trailer_len;
	}
	return any;
}

void rewrite_apply(const struct rewrite *rewrite, const struct peel *peel, struct patch packet)
{
	for (unsigned i = 0; i < peel->count; i++) {
		const struct headers *headers = &peel->headers[i];
		uint64_t end = rewrite->end[i];

		if (end == 0)
			continue;
		ip_length_set(packet, headers, end);
		/* A UDP length of 0 (RFC 2675 section 4) claims nothing and stays. */
		if (headers->transport_end != 0)
			patch_be16(packet, headers->transport + (size_t)UDP_LENGTH_AT,
				   (uint16_t)(end - headers->transport));
	}
}
