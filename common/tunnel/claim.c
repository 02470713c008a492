/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/claim.h"

bool claim_at(struct claim *claim, const struct glance_table *table, uint32_t linktype,
	      const uint8_t *data, uint32_t caplen, uint32_t len)
{
	struct span packet = span_of(data, caplen), left;
	struct glance *glance = &claim->glance;
	struct plain_ip outer;
	uint64_t inner;
	size_t at;

	if (!claim_look(packet, linktype, &at, &outer))
		return false;
	claim->end = outer.end;
	claim->link_len = (uint32_t)at;
	claim->tunnelled = !glance_ends(table, packet, &outer);
	if (!claim->tunnelled)
		return true;
	if (linktype != LINK_ETHERNET || !glance_take(glance, table, packet, outer, len))
		return false;
	left = span_of(data + glance->offset, glance->caplen);
	if (!claim_inside(table, glance->tunnel.linktype, left, &inner))
		return false;
	if (glance->offset + inner > claim->end)
		claim->end = glance->offset + inner;
	return true;
}
