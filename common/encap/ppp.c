/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PPP, RFC 1661 section 2; address and control fields: RFC 1662 section 3.1. A protocol whose first
 * byte is odd has that byte only (RFC 1661 section 6.5).
 *
 *   | address FF | control 03 | protocol 1 or 2 bytes |
 */
#include "encap/ppp.h"

#include "encap/mpls.h"
#include "header/fields.h"

static bool ppp_read_protocol(struct span bytes, uint32_t *header_len, uint16_t *protocol)
{
	uint8_t first;

	if (!span_u8(bytes, *header_len, &first))
		return false;
	if (first & 1) {
		*protocol = first;
		*header_len += 1;
		return true;
	}
	if (!span_be16(bytes, *header_len, protocol))
		return false;
	*header_len += 2;
	return true;
}

enum encap_verdict ppp_parse(struct span bytes, struct tunnel *tunnel)
{
	uint16_t start, protocol;
	uint32_t label;

	if (!span_be16(bytes, tunnel->header_len, &start))
		return ENCAP_TRUNCATED;
	if (start == PPP_ADDRESS_CONTROL)
		tunnel->header_len += sizeof(start);
	if (!ppp_read_protocol(bytes, &tunnel->header_len, &protocol))
		return ENCAP_TRUNCATED;
	tunnel->linktype = LINK_RAW;
	switch (protocol) {
	case PPP_IPV4:
	case PPP_IPV6:
		return ENCAP_OK;
	case PPP_MPLS:
	case PPP_MPLS_MULTICAST:
		return mpls_stack_parse(bytes, tunnel, &label);
	}
	return ENCAP_UNSUPPORTED;
}
