/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/nesting.h"

/* The first fragment of GRE or IP in IP has the tunnel's header behind its own, as a packet that is
 * no fragment. */
static void nesting_open_fragment(struct headers *headers)
{
	if (headers->end == HEADERS_FRAGMENT && !(headers->flags & HEADERS_LATER_FRAGMENT))
		headers->end = HEADERS_IP_PAYLOAD;
}

void nesting_count(struct nesting *nesting, const struct headers *headers,
		   const struct encap_table *table, struct span packet, unsigned most)
{
	struct headers inner = *headers;
	struct tunnel tunnel;

	*nesting = (struct nesting){ 0 };
	headers_quoted(headers, packet, &inner);
	while (nesting->depth <= most) {
		nesting_open_fragment(&inner);
		if (encap_parse(&inner, table, packet, &tunnel) != ENCAP_OK)
			break;
		nesting->depth++;
		nesting->end = inner.payload + tunnel.header_len;
		headers_parse(&inner, tunnel.linktype, packet, nesting->end);
	}
}
