/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/wirelen.h"

/* No record of a capture is longer: a jumbogram that claims more is damage. */
enum { CLAIM_MAX = 256 << 20 };

static enum wirelen_result why_unknown(enum layers_end end)
{
	switch (end) {
	case LAYERS_CUT:
		return WIRELEN_CUT;
	case LAYERS_NOT_IP:
		return WIRELEN_NOT_IP;
	case LAYERS_UNKNOWN_LINK:
		return WIRELEN_UNKNOWN_LINK;
	default:
		return WIRELEN_MALFORMED;
	}
}

/* PPPoE counts its own payload (RFC 2516 section 4): the claim where no IP is inside. */
static enum wirelen_result without_ip(const struct layers *layers, uint64_t *claim)
{
	for (uint32_t i = 0; layers->end == LAYERS_NOT_IP && i < layers->count; i++)
		if (layers->layer[i].protocol == LAYER_PPPOE) {
			*claim = layers->layer[i].end;
			return WIRELEN_KNOWN;
		}
	return why_unknown(layers->end);
}

enum wirelen_result wirelen_walk(const struct layers *layers, uint64_t *claim)
{
	const struct layer *ip;

	*claim = 0;
	if (layers->ip < 0)
		return without_ip(layers, claim);
	ip = &layers->layer[layers->ip];
	if (ip->flags & LAYER_NO_LENGTH)
		return WIRELEN_ZERO;
	if (ip->end == 0)
		return why_unknown(layers->end);
	if (ip->end - ip->offset > CLAIM_MAX)
		return WIRELEN_MALFORMED;
	*claim = ip->end;
	return WIRELEN_KNOWN;
}

/* What the innermost walk and the largest claim say together. */
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

	/* Offsets count from the packet's start, so the claims of all walks compare. The walks end
	 * in front of a fragment's payload, whose inner lengths speak of the whole datagram. */
	for (unsigned i = 0; i <= peel->count; i++) {
		result = wirelen_walk(&peel->walk[i], &one);
		if (one > largest)
			largest = one;
	}
	*claim = largest;
	return together(peel, result, largest);
}
