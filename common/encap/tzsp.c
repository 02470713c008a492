/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TaZmen Sniffer Protocol, as MikroTik's packet sniffer sends it.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------+---------------+-------------------------------+
 *   |  version (1)  |     type      |     encapsulated protocol     |
 *   +---------------+---------------+-------------------------------+
 *   |      tag      |    length     |  contents ...                    (until the end tag)
 *   +---------------+---------------+-----
 */
#include "encap/codecs.h"

enum { HEADER_LEN = 4, VERSION = 1 };
enum { TYPE_RECEIVED = 0, TYPE_TRANSMIT = 1 };
enum { TAG_PADDING = 0, TAG_END = 1 };
enum { PROTOCOL_ETHERNET = 1, PROTOCOL_IEEE802_11 = 0x12 };

/* Padding and end tags have one byte, all others at least two, so the loop ends. */
static bool skip_tags(struct span bytes, uint32_t *header_len)
{
	uint8_t tag, len;

	while (span_u8(bytes, *header_len, &tag)) {
		*header_len += 1;
		if (tag == TAG_END)
			return true;
		if (tag == TAG_PADDING)
			continue;
		if (!span_u8(bytes, *header_len, &len))
			return false;
		*header_len += 1U + len;
	}
	return false;
}

static enum encap_verdict tzsp_parse(struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	uint8_t version, type;
	uint16_t protocol;

	(void)number;
	if (!span_u8(bytes, 0, &version) || !span_u8(bytes, 1, &type) ||
	    !span_be16(bytes, 2, &protocol))
		return ENCAP_TRUNCATED;
	if (version != VERSION)
		return ENCAP_MALFORMED;
	/* Configuration, keepalives and port openers carry no packet. */
	if (type != TYPE_RECEIVED && type != TYPE_TRANSMIT)
		return ENCAP_UNSUPPORTED;
	if (protocol != PROTOCOL_ETHERNET && protocol != PROTOCOL_IEEE802_11)
		return ENCAP_UNSUPPORTED;
	tunnel->header_len = HEADER_LEN;
	tunnel->linktype = protocol == PROTOCOL_ETHERNET ? LINK_ETHERNET : LINK_IEEE802_11;
	if (!skip_tags(bytes, &tunnel->header_len))
		return ENCAP_TRUNCATED;
	tunnel->varies = tunnel->header_len > HEADER_LEN + 1;
	return ENCAP_OK;
}

const struct encap encap_tzsp = {
	.name = "tzsp",
	.source = "TaZmen Sniffer Protocol",
	.carrier = CARRIER_UDP,
	.numbers = { 37008 },
	.parse = tzsp_parse,
};
