/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/wirelen.h"

/* No record of a capture is longer: a jumbogram that claims more is damage. */
enum { CLAIM_MAX = 256 << 20 };

static enum wirelen_result why_unknown(unsigned end)
{
	switch (end) {
	case HEADERS_CUT:
		return WIRELEN_CUT;
	case HEADERS_NOT_IP:
		return WIRELEN_NOT_IP;
	case HEADERS_UNKNOWN_LINK:
		return WIRELEN_UNKNOWN_LINK;
	default:
		return WIRELEN_MALFORMED;
	}
}

enum wirelen_result wirelen_headers(const struct headers *headers, uint64_t *claim)
{
	*claim = 0;
	if (headers->flags & HEADERS_NO_LENGTH)
		return WIRELEN_ZERO;
	if (headers->network_end > headers->network + (uint64_t)CLAIM_MAX)
		return WIRELEN_MALFORMED;
	*claim = headers->network_end;
	/* PPPoE counts its own payload (RFC 2516 section 4): the claim where no IP is inside. */
	if (headers->ip_version == 0 && headers->end == HEADERS_NOT_IP)
		*claim = headers->link_end;
	return *claim != 0 ? WIRELEN_KNOWN : why_unknown(headers->end);
}

/* What the innermost headers and the largest claim say together. */
static enum wirelen_result together(const struct peel *peel, enum wirelen_result innermost,
				    uint64_t claim)
{
	if (innermost == WIRELEN_NOT_IP || innermost == WIRELEN_UNKNOWN_LINK) {
		if (peel->count > 0 && peel->layer[peel->count - 1].tunnel.cut)
			return WIRELEN_CUT;
		return claim > 0 ? WIRELEN_KNOWN : innermost;
	}
	return innermost;
}

enum wirelen_result wirelen_peel(const struct peel *peel, uint64_t *claim)
{
	enum wirelen_result result = WIRELEN_NOT_IP;
	uint64_t largest = 0, one;

	/* Offsets count from the packet's start, so all claims compare. Headers end in front of a
	 * fragment's payload, whose inner lengths speak of the whole datagram. */
	for (unsigned i = 0; i <= peel->count; i++) {
		result = wirelen_headers(&peel->headers[i], &one);
		if (one > largest)
			largest = one;
	}
	*claim = largest;
	return together(peel, result, largest);
}
