/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VXLAN, RFC 7348 section 5, with the group policy extension (draft-smith-vxlan-group-policy).
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-------------------------------+
 *   |G|R|R|R|I|R|R|R|R|D|R|R|A|R|R|R|        group (if G)           |
 *   +-------------------------------+---------------+---------------+
 *   |                     VNI                       |   reserved    |
 *   +-----------------------------------------------+---------------+
 */
#include "encap/codecs.h"

enum {
	HEADER_LEN = 8,
	FLAG_GROUP = 0x80000000,
	FLAG_VNI = 0x08000000,
	GROUP_BITS = 0x0048ffff, /* don't learn, policy applied, group id: valid with G only */
};

static enum encap_verdict vxlan_parse(struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	uint32_t flags, vni, allowed = FLAG_VNI;

	(void)number;
	if (!span_be32(bytes, 0, &flags) || !span_be32(bytes, 4, &vni))
		return ENCAP_TRUNCATED;
	if (!(flags & FLAG_VNI))
		return ENCAP_MALFORMED;
	if (flags & FLAG_GROUP)
		allowed |= FLAG_GROUP | GROUP_BITS;
	if (flags & ~allowed || vni & 0xff)
		tunnel->anomalies |= ENCAP_RESERVED_BITS;
	tunnel->has_id = true;
	tunnel->id = vni >> 8;
	tunnel->header_len = HEADER_LEN;
	tunnel->linktype = LINK_ETHERNET;
	return ENCAP_OK;
}

static size_t vxlan_build(const struct tunnel_build *what, struct patch room)
{
	if (what->linktype != LINK_ETHERNET)
		return 0;
	patch_be32(room, 0, FLAG_VNI);
	patch_be32(room, 4, what->id << 8);
	return HEADER_LEN;
}

const struct encap encap_vxlan = {
	.name = "vxlan",
	.id_name = "VNI",
	.source = "RFC 7348",
	.carrier = CARRIER_UDP,
	.numbers = { 4789, 8472 },
	.id_max = 0xffffff,
	.steady = true,
	.parse = vxlan_parse,
	.build = vxlan_build,
};
