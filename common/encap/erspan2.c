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
#include "encap/codecs.h"
#include "encap/erspan.h"
#include "encap/gre.h"

enum { HEADER_LEN = 8, VERSION = 1, RESERVED = 0xfff00000 };
enum { TAG_NONE = 0, TAG_KEPT = 0x1800 }; /* En: the frame has no VLAN tag, or still has it */

static enum encap_verdict erspan2_parse(struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	struct gre gre;
	uint32_t word, index;
	enum encap_verdict verdict = gre_header_parse(&gre, bytes, tunnel);

	(void)number;
	if (gre.protocol != GRE_ERSPAN || !gre.has_sequence)
		return ENCAP_NOT_MINE;
	if (verdict != ENCAP_OK)
		return verdict;
	if (!span_be32(bytes, gre.header_len, &word) ||
	    !span_be32(bytes, gre.header_len + 4, &index))
		return ENCAP_TRUNCATED;
	if (!erspan_word(word, VERSION, tunnel))
		return ENCAP_MALFORMED;
	if (index & RESERVED || gre.version != 0)
		tunnel->anomalies |= ENCAP_RESERVED_BITS;
	tunnel->header_len = gre.header_len + HEADER_LEN;
	return ENCAP_OK;
}

/* The header always has a sequence number: without the S flag it would be type I. */
static size_t erspan2_build(const struct tunnel_build *what, struct patch room)
{
	struct erspan_tag tag = erspan_tag(what->payload);
	size_t at;

	if (what->linktype != LINK_ETHERNET)
		return 0;
	at = gre_header_build(GRE_ERSPAN, false, true, what, room);
	patch_be32(room, at,
		   erspan_word_of(VERSION, tag, what) | (tag.present ? TAG_KEPT : TAG_NONE));
	patch_be32(room, at + 4, 0);
	return at + HEADER_LEN;
}

const struct encap encap_erspan2 = {
	.name = "erspan2",
	.id_name = "session",
	.source = "draft-foschiano-erspan",
	.carrier = CARRIER_IP,
	.numbers = { IPPROTO_GRE },
	.id_max = ERSPAN_SESSION,
	.parse = erspan2_parse,
	.build = erspan2_build,
};
