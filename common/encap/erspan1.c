/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ERSPAN type I, draft-foschiano-erspan section 4.1: GRE without a sequence number, and the frame
 * follows at once.
 */
#include "encap/codecs.h"
#include "encap/gre.h"
#include "header/fields.h"

static enum encap_verdict erspan1_parse(struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	struct gre gre;
	enum encap_verdict verdict = gre_header_parse(&gre, bytes, tunnel);

	(void)number;
	/* The S flag tells type I from type II. The GRE version does not: devices differ in it. */
	if (gre.protocol != GRE_ERSPAN || gre.has_sequence)
		return ENCAP_NOT_MINE;
	if (verdict != ENCAP_OK)
		return verdict;
	if (gre.version != 0)
		tunnel->anomalies |= ENCAP_RESERVED_BITS;
	tunnel->has_id = false;
	tunnel->header_len = gre.header_len;
	tunnel->linktype = LINK_ETHERNET;
	return ENCAP_OK;
}

static size_t erspan1_build(const struct tunnel_build *what, struct patch room)
{
	return what->linktype == LINK_ETHERNET
		       ? gre_header_build(GRE_ERSPAN, false, false, what, room)
		       : 0;
}

const struct encap encap_erspan1 = {
	.name = "erspan1",
	.source = "draft-foschiano-erspan",
	.carrier = CARRIER_IP,
	.numbers = { IPPROTO_GRE },
	.steady = true,
	.parse = erspan1_parse,
	.build = erspan1_build,
};
