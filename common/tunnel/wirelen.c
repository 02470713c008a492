/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/wirelen.h"

/* No record of a capture is longer: a jumbogram that claims more is damage. */
enum { CLAIM_MAX = 256 << 20 };

static enum wirelen_result why_unknown(unsigned end)
{
	switch (end) {
	case HEADERS_TRUNCATED:
		return WIRELEN_TRUNCATED;
	case HEADERS_NOT_IP:
		return WIRELEN_NOT_IP;
	case HEADERS_UNKNOWN_LINK:
		return WIRELEN_UNKNOWN_LINK;
	default:
		return WIRELEN_MALFORMED;
	}
}

/* Sets *claim to the end that the headers claim, without the bytes that they add at the frame's end
 * (trailer_len). */
static enum wirelen_result headers_claim(const struct headers *headers, uint64_t *claim)
{
	*claim = 0;
	if (headers->flags & HEADERS_NO_LENGTH)
		return WIRELEN_ZERO;
	if (headers->network_end > headers->network + (uint64_t)CLAIM_MAX)
		return WIRELEN_MALFORMED;
	*claim = headers->network_end;
	/* PPPoE (RFC 2516 section 4) and IEEE 802.3 count what they carry, which is the claim if no
	 * IP is inside. */
	if (headers->ip_version == 0 && headers->end == HEADERS_NOT_IP)
		*claim = headers->link_end;
	return *claim != 0 ? WIRELEN_KNOWN : why_unknown(headers->end);
}

enum wirelen_result wirelen_headers(const struct headers *headers, uint64_t *claim)
{
	enum wirelen_result result = headers_claim(headers, claim);

	if (*claim != 0)
		*claim += headers->trailer_len;
	return result;
}

/* Returns the result of a peeled packet: that of its innermost headers, unless they have no IP and
 * the largest claim of the outer ones decides. */
static enum wirelen_result together(const struct peel *peel, enum wirelen_result innermost,
				    uint64_t claim)
{
	if (innermost == WIRELEN_NOT_IP || innermost == WIRELEN_UNKNOWN_LINK) {
		if (peel->count > 0 && peel->layer[peel->count - 1].tunnel.cut)
			return WIRELEN_TRUNCATED;
		return claim > 0 ? WIRELEN_KNOWN : innermost;
	}
	return innermost;
}

enum wirelen_result wirelen_peel(const struct peel *peel, uint64_t *claim)
{
	enum wirelen_result innermost = WIRELEN_NOT_IP;
	uint64_t one;

	*claim = 0;
	/* Offsets count from the packet's start, so all claims can be compared. peel_packet() stops
	 * at a fragment, because lengths inside it are those of the whole datagram. */
	for (unsigned i = peel->count + 1; i-- > 0;) {
		enum wirelen_result result = headers_claim(&peel->headers[i], &one);

		if (i == peel->count)
			innermost = result;
		if (one > *claim)
			*claim = one;
		if (*claim != 0)
			*claim += peel->headers[i].trailer_len;
	}
	return together(peel, innermost, *claim);
}
