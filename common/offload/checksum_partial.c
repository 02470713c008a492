/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offload/checksum_partial.h"

#include "header/checksum.h"
#include "header/fields.h"

/* Sets *transport to the transport header and its payload, which end with the packet if IP claims
 * no length, as in GSO packets. Returns false if not all of their bytes are present. */
static bool transport_of(const struct headers *headers, struct span packet, struct span *transport)
{
	uint64_t end = headers->network_end != 0 ? headers->network_end : packet.len;

	if (headers->transport_end != 0)
		end = headers->transport_end <= end ? headers->transport_end : UINT64_MAX;
	return end <= packet.len &&
	       span_sub(packet, headers->transport, end - headers->transport, transport);
}

bool checksum_partial_find(const struct headers *headers, struct span packet, uint32_t *offset,
			   uint16_t *value)
{
	bool udp = headers->l4 == IPPROTO_UDP;
	uint32_t at = udp ? UDP_CHECKSUM_AT : TCP_CHECKSUM_AT;
	struct span transport;
	uint16_t field, sum;

	if (headers->end != HEADERS_TRANSPORT || (!udp && headers->l4 != IPPROTO_TCP) ||
	    headers->flags & HEADERS_ANY_FRAGMENT || !transport_of(headers, packet, &transport) ||
	    !span_be16(transport, at, &field))
		return false;
	/* The sum is never 0, so a UDP packet without a checksum, whose field is 0, differs. */
	sum = (uint16_t)~checksum_fold(
		checksum_add_pseudo(0, headers_address_bytes(headers, packet), headers->protocol,
				    (uint32_t)transport.len));
	if (field != sum)
		return false;
	/* The field already has the sum of the pseudo-header, so that need not be added. */
	*offset = headers->transport + at;
	*value = udp ? checksum_fold_udp(checksum_add(0, transport))
		     : checksum_fold(checksum_add(0, transport));
	return true;
}
