/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PPP over Ethernet (RFC 2516). The discovery stage has the same header and carries tags, no IP.
 *
 *   | version 4 bits, type 4 | code 1 | session 2 | length 2, of what follows |
 */
#include "header/layers_internal.h"

enum { PPPOE_LEN = 6, VERSION_AND_TYPE = 0x11 };

void walk_pppoe(struct walk *walk, uint16_t type, size_t offset)
{
	uint8_t version_type = 0;
	uint16_t length = 0;
	struct layer *layer;

	if (!walk_has(walk, offset, PPPOE_LEN))
		return;
	layer = walk_push(walk, LAYER_PPPOE, offset, PPPOE_LEN);
	if (layer == NULL)
		return;
	span_u8(walk->packet, offset, &version_type);
	if (version_type != VERSION_AND_TYPE) {
		walk_end(walk, LAYERS_MALFORMED, offset);
		return;
	}
	span_be16(walk->packet, offset + 4, &length);
	layer->end = offset + PPPOE_LEN + length;
	if (type == ETHERTYPE_PPPOE)
		walk_ppp(walk, offset + PPPOE_LEN);
	else
		walk_end(walk, LAYERS_NOT_IP, offset + PPPOE_LEN);
}
