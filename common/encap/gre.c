/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GRE, RFC 2784 section 2 and RFC 2890 section 2; NVGRE, RFC 7637 section 3.2.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+---------------------+-----+---------------------------+
 *   |C|R|K|S|      reserved       | Ver |        protocol type      |
 *   +-+-+-+-+---------------------+-----+---------------------------+
 *   |        checksum (if C)            |      reserved (if C)      |
 *   |                          key (if K)                           |
 *   |                    sequence number (if S)                     |
 *   +---------------------------------------------------------------+
 */
#include "encap/codecs.h"
#include "encap/ethertype.h"
#include "encap/gre.h"
#include "header/fields.h"

enum {
	FLAG_CHECKSUM = 0x8000,
	FLAG_ROUTING = 0x4000,
	FLAG_KEY = 0x2000,
	FLAG_SEQUENCE = 0x1000,
	RESERVED = 0x0ff8,
	VERSION = 0x0007,
};

static bool read_word(struct span bytes, bool present, uint32_t *header_len, uint32_t *value)
{
	if (!present)
		return true;
	if (!span_be32(bytes, *header_len, value))
		return false;
	*header_len += 4;
	return true;
}

enum encap_verdict gre_header_parse(struct gre *gre, struct span bytes, struct tunnel *tunnel)
{
	uint32_t checksum = 0;
	uint16_t flags;

	*gre = (struct gre){ .header_len = 4 };
	if (!span_be16(bytes, 0, &flags) || !span_be16(bytes, 2, &gre->protocol))
		return ENCAP_TRUNCATED;
	gre->version = flags & VERSION;
	gre->has_sequence = flags & FLAG_SEQUENCE;
	/* RFC 2784 section 2.3 discards packets with the source routes of RFC 1701. */
	if (flags & FLAG_ROUTING)
		return ENCAP_MALFORMED;
	if (!read_word(bytes, flags & FLAG_CHECKSUM, &gre->header_len, &checksum) ||
	    !read_word(bytes, flags & FLAG_KEY, &gre->header_len, &tunnel->id) ||
	    !read_word(bytes, gre->has_sequence, &gre->header_len, &tunnel->sequence))
		return ENCAP_TRUNCATED;
	if (flags & RESERVED || checksum & 0xffff)
		tunnel->anomalies |= ENCAP_RESERVED_BITS;
	tunnel->varies = flags & FLAG_CHECKSUM;
	tunnel->has_id = flags & FLAG_KEY;
	tunnel->has_sequence = gre->has_sequence;
	tunnel->sequence_bits = gre->has_sequence ? 32 : 0;
	return ENCAP_OK;
}

size_t gre_header_build(uint16_t protocol, bool has_key, bool has_sequence,
			const struct tunnel_build *what, struct patch room)
{
	unsigned flags = (has_key ? FLAG_KEY : 0) | (has_sequence ? FLAG_SEQUENCE : 0);
	size_t len = 4;

	patch_be16(room, 0, (uint16_t)flags);
	patch_be16(room, 2, protocol);
	if (has_key) {
		patch_be32(room, len, what->id);
		len += 4;
	}
	if (has_sequence) {
		patch_be32(room, len, what->sequence);
		len += 4;
	}
	return len;
}

static enum encap_verdict gre_parse(struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	struct gre gre;
	enum encap_verdict verdict = gre_header_parse(&gre, bytes, tunnel);

	(void)number;
	if (gre.protocol == GRE_ERSPAN || gre.protocol == GRE_ERSPAN3)
		return ENCAP_NOT_MINE;
	/* Version 1 is PPTP (RFC 2637), with other fields behind the flags. */
	if (gre.version == 1)
		return ENCAP_UNSUPPORTED;
	if (verdict != ENCAP_OK)
		return verdict;
	if (gre.version != 0)
		return ENCAP_MALFORMED;
	tunnel->header_len = gre.header_len;
	return ethertype_payload(gre.protocol, bytes, tunnel);
}

static size_t gre_build(const struct tunnel_build *what, struct patch room)
{
	uint16_t ethertype = ethertype_of(what);

	return ethertype == 0
		       ? 0
		       : gre_header_build(ethertype, what->has_id, what->has_sequence, what, room);
}

const struct encap encap_gre = {
	.name = "gre",
	.id_name = "key",
	.source = "RFC 2784, RFC 2890, RFC 7637",
	.carrier = CARRIER_IP,
	.numbers = { IPPROTO_GRE },
	.id_max = UINT32_MAX,
	.id_optional = true,
	.steady = true,
	.parse = gre_parse,
	.build = gre_build,
};
