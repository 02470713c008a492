/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "claim.h"

/* Where the link header ends, and what IP says behind it. */
static inline bool look_at(struct span packet, uint32_t linktype, size_t *at, struct plain_ip *ip)
{
	uint16_t type = PLAIN_IPV4;
	uint8_t first;

	*at = 0;
	if (linktype == LINK_ETHERNET) {
		if (!plain_ethertype(packet, at, &type))
			return false;
	} else if (linktype != LINK_RAW || !span_u8(packet, 0, &first)) {
		return false;
	} else if (first >> 4 == 6) {
		type = PLAIN_IPV6;
	}
	/* No more than a header may mean no length at all (wirelen.h), or a malformed one. */
	return plain_by_type(packet, type, *at, ip) && ip->end > ip->next;
}

bool claim_at(struct claim *claim, const struct glance_table *table, uint32_t linktype,
	      const uint8_t *data, uint32_t caplen, uint32_t len)
{
	struct span packet = span_of(data, caplen), left;
	struct glance *glance = &claim->glance;
	struct plain_ip outer, inner;
	size_t at;

	if (!look_at(packet, linktype, &at, &outer))
		return false;
	claim->end = outer.end;
	claim->link_len = (uint32_t)at;
	claim->tunnelled = !glance_ends(table, packet, &outer);
	if (!claim->tunnelled)
		return true;
	if (linktype != LINK_ETHERNET || !glance_take(glance, table, packet, outer, len))
		return false;
	left = span_of(data + glance->offset, glance->caplen);
	if (!look_at(left, glance->tunnel.linktype, &at, &inner))
		return false;
	if (glance->offset + inner.end > claim->end)
		claim->end = glance->offset + inner.end;
	return glance_ends(table, left, &inner);
}
