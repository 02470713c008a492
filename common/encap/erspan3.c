/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ERSPAN type III, draft-foschiano-erspan section 4.3, behind a GRE header.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------+-----------------------+-----+---+-+-------------------+
 *   |  Ver  |         VLAN          | COS |BSO|T|      session      |
 *   +-------+-----------------------+-----+---+-+-------------------+
 *   |                           timestamp                           |
 *   +-------------------------------+-+---------+-----------+-+---+-+
 *   |              SGT              |P|   FT    |   Hw ID   |D|Gra|O|
 *   +-------------------------------+-+---------+-----------+-+---+-+
 *   |              platform specific, 8 bytes (if O)                |
 *   +---------------------------------------------------------------+
 */
#include "encap/codecs.h"
#include "encap/erspan.h"
#include "encap/gre.h"

enum { HEADER_LEN = 12, SUBHEADER_LEN = 8, VERSION = 2 };
enum { NS_PER_STEP = 100000 };
enum {
	FLAG_ETHERNET = 0x8000,
	FRAME_TYPE = 0x7c00,
	FLAG_DIRECTION = 0x0008,
	FLAG_SUBHEADER = 0x0001
};
enum { FRAME_ETHERNET = 0, FRAME_IP = 2 };

/* The P bit does not count: switches leave it clear on Ethernet frames (docs/deviations.md). */
static bool frame_known(uint16_t word, struct tunnel *tunnel)
{
	unsigned type = (word & FRAME_TYPE) >> 10;

	tunnel->linktype = type == FRAME_IP ? LINK_RAW : LINK_ETHERNET;
	return type == FRAME_ETHERNET || type == FRAME_IP;
}

static enum encap_verdict erspan3_parse(struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	struct gre gre;
	uint32_t word;
	uint16_t flags;
	enum encap_verdict verdict = gre_header_parse(&gre, bytes, tunnel);

	(void)number;
	if (gre.protocol != GRE_ERSPAN3)
		return ENCAP_NOT_MINE;
	if (verdict != ENCAP_OK)
		return verdict;
	if (!span_be32(bytes, gre.header_len, &word) ||
	    !span_be16(bytes, gre.header_len + 10, &flags))
		return ENCAP_TRUNCATED;
	if (!erspan_word(word, VERSION, tunnel))
		return ENCAP_MALFORMED;
	if (gre.version != 0)
		tunnel->anomalies |= ENCAP_RESERVED_BITS;
	tunnel->direction = flags & FLAG_DIRECTION ? 2 : 1;
	tunnel->header_len = gre.header_len + HEADER_LEN;
	if (flags & FLAG_SUBHEADER)
		tunnel->header_len += SUBHEADER_LEN;
	if (!span_has(bytes, 0, tunnel->header_len))
		return ENCAP_TRUNCATED;
	return frame_known(flags, tunnel) ? ENCAP_OK : ENCAP_UNSUPPORTED;
}

/* Returns the time in units of 100 microseconds (granularity 0), rounded down also before 1970. */
static uint32_t timestamp(int64_t time_ns)
{
	int64_t steps = time_ns / NS_PER_STEP;

	return (uint32_t)(steps - (time_ns % NS_PER_STEP < 0));
}

static size_t erspan3_build(const struct tunnel_build *what, struct patch room)
{
	unsigned flags = FLAG_ETHERNET | (what->direction == 2 ? FLAG_DIRECTION : 0);
	size_t at;

	if (what->linktype != LINK_ETHERNET)
		return 0;
	at = gre_header_build(GRE_ERSPAN3, false, what->has_sequence, what, room);
	patch_be32(room, at, erspan_word_of(VERSION, erspan_tag(what->payload), what));
	patch_be32(room, at + 4, timestamp(what->time_ns));
	patch_be32(room, at + 8, flags);
	return at + HEADER_LEN;
}

const struct encap encap_erspan3 = {
	.name = "erspan3",
	.id_name = "session",
	.source = "draft-foschiano-erspan",
	.carrier = CARRIER_IP,
	.numbers = { IPPROTO_GRE },
	.id_max = ERSPAN_SESSION,
	.parse = erspan3_parse,
	.build = erspan3_build,
};
