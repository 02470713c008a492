/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds of any parsed headers, and of two that should be the same. */
#ifndef VTAP_TESTS_LIB_SAME_HEADERS_H
#define VTAP_TESTS_LIB_SAME_HEADERS_H

#include <string.h>

#include "header/headers.h"

/* They stand one behind the other, and say only what was found. */
static inline bool is_sound(const struct headers *headers, size_t len)
{
	uint32_t behind = headers->l4 != 0 ? headers->transport + headers->transport_len
					   : headers->network + headers->network_len;
	bool whole = headers->end == HEADERS_TRANSPORT || headers->end == HEADERS_IP_PAYLOAD ||
		     headers->end == HEADERS_FRAGMENT;

	return headers->payload <= len &&
	       (headers->end == HEADERS_TRANSPORT) <= (headers->l4 != 0) &&
	       whole <= (headers->ip_version != 0) && (!whole || behind == headers->payload) &&
	       (headers->l4 == 0 ||
		headers->transport == headers->network + headers->network_len) &&
	       (headers->ip_version != 0 || (headers->network_end | headers->network_len) == 0) &&
	       (headers->l4 != 0 || (headers->transport_len | headers->transport_end |
				     headers->src_port | headers->dst_port) == 0);
}

/* What was found in front of a transport header is the same, and the ports. */
static inline bool same_front(const struct headers *a, const struct headers *b)
{
	return a->ip_version == b->ip_version && a->protocol == b->protocol && a->l4 == b->l4 &&
	       a->flags == b->flags && a->more_fragments == b->more_fragments &&
	       a->src_port == b->src_port && a->dst_port == b->dst_port &&
	       a->network == b->network && a->network_len == b->network_len &&
	       a->transport == b->transport && a->fragment_id == b->fragment_id &&
	       a->fragment_offset == b->fragment_offset &&
	       a->unfragmentable_len == b->unfragmentable_len && a->link_end == b->link_end &&
	       a->trailer_len == b->trailer_len && a->network_end == b->network_end;
}

/* A prefix is parsed as far as the whole is, or says that it is cut. */
static inline bool is_prefix(const struct headers *part, const struct headers *whole, size_t len)
{
	if (!is_sound(part, len) || part->depth > whole->depth || part->vlans > whole->vlans ||
	    memcmp(part->vlan, whole->vlan, part->vlans * sizeof *part->vlan) != 0 ||
	    (part->depth > 0 && part->link != whole->link))
		return false;
	if (part->ip_version != 0 &&
	    (part->ip_version != whole->ip_version || part->network != whole->network))
		return false;
	if ((part->network_end != 0 && part->network_end != whole->network_end) ||
	    (part->transport_end != 0 && part->transport_end != whole->transport_end) ||
	    (part->l4 != 0 && !same_front(part, whole)))
		return false;
	if (part->end == HEADERS_TRUNCATED)
		return true;
	return part->end == whole->end && part->depth == whole->depth && same_front(part, whole) &&
	       part->link_len == whole->link_len && part->transport_len == whole->transport_len &&
	       part->payload == (whole->payload < len ? whole->payload : len);
}

#endif
