/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ERSPAN type II, draft-foschiano-erspan section 4.2, behind a GRE header with a sequence number.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------+-----------------------+-----+---+-+-------------------+
 *   |  Ver  |         VLAN          | COS |En |T|      session      |
 *   +-------+---------------+-------+-----+---+-+-------------------+
 *   |       reserved        |                 index                 |
 *   +-----------------------+---------------------------------------+
 */
#include "codecs.h"
#include "erspan.h"
#include "gre.h"

enum { HEADER_LEN = 8, VERSION = 1, RESERVED = 0xfff00000 };

static enum encap_verdict parse(struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	struct gre gre;
	uint32_t word, index;
	enum encap_verdict verdict = gre_parse(&gre, bytes, tunnel);

	(void)number;
	if (gre.protocol != GRE_ERSPAN || !gre.has_sequence)
		return ENCAP_NOT_MINE;
	if (verdict != ENCAP_OK)
		return verdict;
	if (!span_be32(bytes, gre.header_len, &word) ||
	    !span_be32(bytes, gre.header_len + 4, &index))
		return ENCAP_CUT;
	if (!erspan_word(word, VERSION, tunnel))
		return ENCAP_MALFORMED;
	if (index & RESERVED || gre.version != 0)
		tunnel->anomalies |= ENCAP_RESERVED_BITS;
	tunnel->header_len = gre.header_len + HEADER_LEN;
	return ENCAP_OK;
}

const struct encap encap_erspan2 = {
	.name = "erspan2",
	.id_name = "session",
	.source = "draft-foschiano-erspan",
	.carrier = CARRIER_IP,
	.numbers = { 47 },
	.parse = parse,
};
