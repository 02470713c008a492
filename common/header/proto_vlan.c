/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VLAN tag (IEEE 802.1Q), one layer each; the older stacking types 0x9100 and 0x9200 look the
 * same.
 *
 *   | priority 3 bits, DEI 1, VID 12 | type 2 |
 */
#include "header/layers_internal.h"

enum { TAG_LEN = 4, VID_MASK = 0xFFF };

void walk_vlan(struct walk *walk, size_t offset)
{
	struct layer *layer;

	if (!walk_has(walk, offset, TAG_LEN))
		return;
	layer = walk_push(walk, LAYER_VLAN, offset, TAG_LEN);
	if (layer == NULL)
		return;
	span_be16(walk->packet, offset, &layer->tag);
	layer->tag &= VID_MASK;
	span_be16(walk->packet, offset + 2, &layer->next);
	walk_ethertype(walk, layer->next, offset + TAG_LEN);
}
