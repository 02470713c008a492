/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VXLAN-GPE, draft-ietf-nvo3-vxlan-gpe section 3.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-------------------------------+---------------+
 *   |R|R|Ver|I|P|B|O|           reserved            | next protocol |
 *   +---------------+-------------------------------+---------------+
 *   |                     VNI                       |   reserved    |
 *   +-----------------------------------------------+---------------+
 */
#include "encap/codecs.h"
#include "encap/ethertype.h"

enum {
	HEADER_LEN = 8,
	VERSION = 0x30000000,
	FLAG_VNI = 0x08000000,
	FLAG_PROTOCOL = 0x04000000,
	FLAG_BROADCAST = 0x02000000,
	FLAG_OAM = 0x01000000,
	PROTOCOL = 0x000000ff,
};

enum { PROTOCOL_IPV4 = 1, PROTOCOL_IPV6 = 2, PROTOCOL_ETHERNET = 3 };

/* Without P the header is that of VXLAN, and the payload is Ethernet (section 3.2). */
static bool payload_known(uint32_t flags, struct tunnel *tunnel)
{
	uint32_t protocol = flags & FLAG_PROTOCOL ? flags & PROTOCOL : PROTOCOL_ETHERNET;

	tunnel->linktype = protocol == PROTOCOL_ETHERNET ? LINK_ETHERNET : LINK_RAW;
	return protocol >= PROTOCOL_IPV4 && protocol <= PROTOCOL_ETHERNET;
}

static enum encap_verdict vxlan_gpe_parse(struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	uint32_t flags, vni, allowed = FLAG_VNI | FLAG_PROTOCOL | FLAG_BROADCAST;

	(void)number;
	if (!span_be32(bytes, 0, &flags) || !span_be32(bytes, 4, &vni))
		return ENCAP_TRUNCATED;
	if (flags & VERSION || !(flags & FLAG_VNI))
		return ENCAP_MALFORMED;
	if (flags & FLAG_PROTOCOL)
		allowed |= PROTOCOL;
	if (flags & ~allowed || vni & 0xff)
		tunnel->anomalies |= ENCAP_RESERVED_BITS;
	tunnel->has_id = true;
	tunnel->id = vni >> 8;
	tunnel->header_len = HEADER_LEN;
	return payload_known(flags, tunnel) && !(flags & FLAG_OAM) ? ENCAP_OK : ENCAP_UNSUPPORTED;
}

static size_t vxlan_gpe_build(const struct tunnel_build *what, struct patch room)
{
	uint32_t protocol;

	switch (ethertype_of(what)) {
	case ETHERTYPE_BRIDGED:
		protocol = PROTOCOL_ETHERNET;
		break;
	case ETHERTYPE_IPV4:
		protocol = PROTOCOL_IPV4;
		break;
	case ETHERTYPE_IPV6:
		protocol = PROTOCOL_IPV6;
		break;
	default:
		return 0;
	}
	patch_be32(room, 0, FLAG_VNI | FLAG_PROTOCOL | protocol);
	patch_be32(room, 4, what->id << 8);
	return HEADER_LEN;
}

const struct encap encap_vxlan_gpe = {
	.name = "vxlan-gpe",
	.id_name = "VNI",
	.source = "draft-ietf-nvo3-vxlan-gpe",
	.carrier = CARRIER_UDP,
	.numbers = { 4790 },
	.id_max = 0xffffff,
	.steady = true,
	.parse = vxlan_gpe_parse,
	.build = vxlan_gpe_build,
};
