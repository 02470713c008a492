/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IP in IP: RFC 2003 (4 in 4), RFC 4213 (6 in 4), RFC 2473 (4 and 6 in 6). It has no tunnel header:
 * header_len is 0.
 */
#include "encap/codecs.h"
#include "encap/ip_version.h"
#include "header/fields.h"

static enum encap_verdict ipip_parse(struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	return ip_version_expect(bytes, number == IPPROTO_IPIP ? 4 : 6, tunnel);
}

const struct encap encap_ipip = {
	.name = "ipip",
	.source = "RFC 2003, RFC 2473, RFC 4213",
	.carrier = CARRIER_IP,
	.numbers = { IPPROTO_IPIP, IPPROTO_IPV6 },
	.parse = ipip_parse,
};
