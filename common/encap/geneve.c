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
#include "codecs.h"
#include "ethertype.h"

enum {
	HEADER_LEN = 8,
	VERSION = 0xc0000000,
	FLAG_CONTROL = 0x00800000,
	RESERVED = 0x003f0000,
	OPTION_LEN = 4,
	OPTION_RESERVED = 0xe0,
	OPTION_WORDS = 0x1f,
};

/* Each option adds at least its own four bytes, so the walk ends. */
static uint8_t check_options(struct span options)
{
	uint8_t anomalies = 0, last;
	size_t offset = 0;

	while (span_u8(options, offset + 3, &last)) {
		if (last & OPTION_RESERVED)
			anomalies |= ENCAP_RESERVED_BITS;
		offset += OPTION_LEN + (size_t)(last & OPTION_WORDS) * 4;
	}
	if (offset != options.len)
		anomalies |= ENCAP_DAMAGED_OPTION;
	return anomalies;
}

static enum encap_verdict parse(struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	uint32_t word, vni, options_len;
	struct span options;

	(void)number;
	if (!span_be32(bytes, 0, &word) || !span_be32(bytes, 4, &vni))
		return ENCAP_CUT;
	if (word & VERSION)
		return ENCAP_MALFORMED;
	options_len = (word >> 24 & 0x3f) * 4;
	if (!span_sub(bytes, HEADER_LEN, options_len, &options))
		return ENCAP_CUT;
	tunnel->anomalies = check_options(options);
	if (word & RESERVED || vni & 0xff)
		tunnel->anomalies |= ENCAP_RESERVED_BITS;
	tunnel->has_id = true;
	tunnel->id = vni >> 8;
	tunnel->header_len = HEADER_LEN + options_len;
	if (!ethertype_linktype((uint16_t)word, &tunnel->linktype) || word & FLAG_CONTROL)
		return ENCAP_UNSUPPORTED;
	return ENCAP_OK;
}

const struct encap encap_geneve = {
	.name = "geneve",
	.id_name = "VNI",
	.source = "RFC 8926",
	.carrier = CARRIER_UDP,
	.numbers = { 6081 },
	.parse = parse,
};
