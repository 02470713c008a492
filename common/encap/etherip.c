/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * EtherIP, RFC 3378 section 3.
 *
 *    0                   1
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
 *   +-------+-----------------------+
 *   |Ver (3)|       reserved        |
 *   +-------+-----------------------+
 */
#include "encap/codecs.h"
#include "header/fields.h"

enum { HEADER_LEN = 2, VERSION = 3, RESERVED = 0x0fff };

static enum encap_verdict etherip_parse(struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	uint16_t word;

	(void)number;
	if (!span_be16(bytes, 0, &word))
		return ENCAP_TRUNCATED;
	if (word >> 12 != VERSION)
		return ENCAP_MALFORMED;
	if (word & RESERVED)
		tunnel->anomalies |= ENCAP_RESERVED_BITS;
	tunnel->header_len = HEADER_LEN;
	tunnel->linktype = LINK_ETHERNET;
	return ENCAP_OK;
}

const struct encap encap_etherip = {
	.name = "etherip",
	.source = "RFC 3378",
	.carrier = CARRIER_IP,
	.numbers = { IPPROTO_ETHERIP },
	.parse = etherip_parse,
};
