/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GENEVE, RFC 8926 sections 3.4 and 3.5.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---+-----------+-+-+-----------+-------------------------------+
 *   |Ver|  Opt Len  |O|C|   Rsvd    |         protocol type         |
 *   +---+-----------+-+-+-----------+---------------+---------------+
 *   |                     VNI                       |   reserved    |
 *   +-------------------------------+---------------+-----+---------+
 *   |         option class          |     type      |R|R|R| length  |  ... Opt Len * 4 bytes
 *   +-------------------------------+---------------+-----+---------+
 */
#include "encap/codecs.h"
#include "encap/ethertype.h"
#include "encap/geneve_meta.h"

enum {
	HEADER_LEN = 8,
	VERSION = 0xc0000000,
	FLAG_CONTROL = 0x00800000,
	RESERVED = 0x003f0000,
	OPTION_LEN = 4,
	OPTION_RESERVED = 0xe0,
	OPTION_WORDS = 0x1f,
};

/* Each option has at least its own four bytes, so the loop ends. */
static void read_options(struct span options, struct tunnel *tunnel)
{
	size_t offset = 0, len;
	uint32_t option;

	while (span_be32(options, offset, &option)) {
		len = OPTION_LEN + (size_t)(option & OPTION_WORDS) * 4;
		if (option & OPTION_RESERVED)
			tunnel->anomalies |= ENCAP_RESERVED_BITS;
		if (option >> 8 == GENEVE_META_OPTION && tunnel->meta == 0 &&
		    span_has(options, offset, len))
			tunnel->meta = (uint32_t)(HEADER_LEN + offset);
		offset += len;
	}
	if (offset != options.len)
		tunnel->anomalies |= ENCAP_DAMAGED_OPTION;
}

static enum encap_verdict geneve_parse(struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	uint32_t word, vni, options_len;
	struct span options;

	(void)number;
	if (!span_be32(bytes, 0, &word) || !span_be32(bytes, 4, &vni))
		return ENCAP_TRUNCATED;
	if (word & VERSION)
		return ENCAP_MALFORMED;
	options_len = (word >> 24 & 0x3f) * 4;
	if (!span_sub(bytes, HEADER_LEN, options_len, &options))
		return ENCAP_TRUNCATED;
	read_options(options, tunnel);
	if (word & RESERVED || vni & 0xff)
		tunnel->anomalies |= ENCAP_RESERVED_BITS;
	tunnel->has_id = true;
	tunnel->id = vni >> 8;
	tunnel->header_len = HEADER_LEN + options_len;
	if (word & FLAG_CONTROL)
		return ENCAP_UNSUPPORTED;
	return ethertype_payload((uint16_t)word, bytes, tunnel);
}

static size_t geneve_build(const struct tunnel_build *what, struct patch room)
{
	uint16_t ethertype = ethertype_of(what);
	size_t options_len = 0;

	if (ethertype == 0)
		return 0;
	if (what->meta != NULL)
		options_len = geneve_meta_build(what->meta, patch_from(room, HEADER_LEN));
	patch_be32(room, 0, (uint32_t)(options_len / 4) << 24 | ethertype);
	patch_be32(room, 4, what->id << 8);
	return HEADER_LEN + options_len;
}

const struct encap encap_geneve = {
	.name = "geneve",
	.id_name = "VNI",
	.source = "RFC 8926",
	.carrier = CARRIER_UDP,
	.numbers = { 6081 },
	.id_max = 0xffffff,
	.steady = true,
	.parse = geneve_parse,
	.build = geneve_build,
};
