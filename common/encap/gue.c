/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generic UDP Encapsulation, draft-ietf-intarea-gue section 3 (variant 0) and section 4 (variant 1,
 * which has no header: the first two bits of IPv4 and IPv6 are those of the variant).
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---+-+---------+---------------+-------------------------------+
 *   | 0 |C|  Hlen   |  proto/ctype  |             flags             |
 *   +---+-+---------+---------------+-------------------------------+
 *   |            extension fields and private data, Hlen * 4 bytes  |
 *   +---------------------------------------------------------------+
 */
#include "encap/codecs.h"
#include "encap/ip_version.h"
#include "encap/mpls.h"
#include "header/fields.h"

enum { HEADER_LEN = 4, FLAG_CONTROL = 0x20, HLEN = 0x1f };
enum { VARIANT_HEADER = 0, VARIANT_IP = 1 };

/* The protocol is an IP protocol number. */
static enum encap_verdict payload_parse(struct span bytes, uint8_t protocol, struct tunnel *tunnel)
{
	uint32_t label;

	switch (protocol) {
	case IPPROTO_IPIP:
		return ip_version_expect(bytes, 4, tunnel);
	case IPPROTO_IPV6:
		return ip_version_expect(bytes, 6, tunnel);
	case IPPROTO_ETHERNET:
		tunnel->linktype = LINK_ETHERNET;
		return ENCAP_OK;
	case IPPROTO_MPLS:
		return mpls_stack_parse(bytes, tunnel, &label);
	}
	return ENCAP_UNSUPPORTED;
}

static enum encap_verdict header_parse(struct span bytes, struct tunnel *tunnel)
{
	uint8_t first, protocol;

	if (!span_u8(bytes, 0, &first) || !span_u8(bytes, 1, &protocol))
		return ENCAP_TRUNCATED;
	tunnel->header_len = HEADER_LEN + (first & HLEN) * 4U;
	if (!span_has(bytes, 0, tunnel->header_len))
		return ENCAP_TRUNCATED;
	if (first & FLAG_CONTROL)
		return ENCAP_UNSUPPORTED;
	return payload_parse(bytes, protocol, tunnel);
}

static enum encap_verdict gue_parse(struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	unsigned nibble;

	(void)number;
	if (!ip_version_read(bytes, 0, &nibble))
		return ENCAP_TRUNCATED;
	switch (nibble >> 2) {
	case VARIANT_HEADER:
		return header_parse(bytes, tunnel);
	case VARIANT_IP:
		return ip_version_expect(bytes, nibble == 6 ? 6 : 4, tunnel);
	}
	return ENCAP_MALFORMED;
}

const struct encap encap_gue = {
	.name = "gue",
	.source = "draft-ietf-intarea-gue",
	.carrier = CARRIER_UDP,
	.numbers = { 6080 },
	.on_request = true,
	.parse = gue_parse,
};
