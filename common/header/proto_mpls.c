/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An MPLS label stack (RFC 3032), all of it one layer. Nothing in it says what it carries: the
 * first nibble behind the bottom of the stack does (RFC 4928): 4 and 6 are IP, 0 is a
 * pseudowire's control word (RFC 4385) and then most often Ethernet (RFC 4448).
 *
 *   | label 20 bits | class 3 | bottom 1 | TTL 8 |
 */
#include "header/layers_internal.h"

enum { LABEL_LEN = 4, BOTTOM_OF_STACK = 0x100, CONTROL_WORD_LEN = 4 };

void walk_mpls(struct walk *walk, size_t offset)
{
	struct layer *layer;
	size_t at = offset;
	uint32_t label = 0;
	uint8_t first;

	for (; (label & BOTTOM_OF_STACK) == 0; at += LABEL_LEN)
		if (!span_be32(walk->packet, at, &label)) {
			walk_end(walk, LAYERS_CUT, at);
			return;
		}
	layer = walk_push(walk, LAYER_MPLS, offset, at - offset);
	if (layer == NULL)
		return;
	if (!span_u8(walk->packet, at, &first))
		walk_end(walk, LAYERS_CUT, at);
	else if (first >> 4 == 4)
		walk_ipv4(walk, at);
	else if (first >> 4 == 6)
		walk_ipv6(walk, at);
	else if (first >> 4 == 0)
		walk_ethernet(walk, at + CONTROL_WORD_LEN);
	else
		walk_end(walk, LAYERS_NOT_IP, at);
}
