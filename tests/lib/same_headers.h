/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds of any parsed headers, and of two that should be the same. */
#ifndef VTAP_TESTS_LIB_SAME_HEADERS_H
#define VTAP_TESTS_LIB_SAME_HEADERS_H

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
	       a->network_end == b->network_end;
}

#endif
