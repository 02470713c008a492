/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv4 (RFC 791). Total length 0 is what a sender with segmentation offload leaves in the header:
 * it claims nothing.
 *
 *   | version 4 bits, IHL 4 | TOS 1 | total length 2 | identification 2 | flags 3 bits, offset 13 |
 *   | TTL 1 | protocol 1 | checksum 2 | source 4 | destination 4 | options |
 */
#include "header/layers_internal.h"

enum { FIXED_LEN = 20, MORE_FRAGMENTS = 0x2000, OFFSET_MASK = 0x1FFF };

static void fragment_fields(struct walk *walk, struct layer *layer, size_t offset)
{
	uint16_t fragment = 0, id = 0;

	span_be16(walk->packet, offset + 6, &fragment);
	fragment &= MORE_FRAGMENTS | OFFSET_MASK;
	if (fragment == 0)
		return;
	span_be16(walk->packet, offset + 4, &id);
	layer->flags |= LAYER_FRAGMENT;
	layer->fragment_id = id;
	layer->fragment_offset = (fragment & OFFSET_MASK) * 8U;
	layer->more_fragments = (fragment & MORE_FRAGMENTS) != 0;
	if (layer->fragment_offset != 0)
		layer->flags |= LAYER_LATER_FRAGMENT;
}

static struct layer *push(struct walk *walk, size_t offset, uint8_t first)
{
	struct layer *layer = walk_push(walk, LAYER_IPV4, offset, (first & 0xFU) * 4);
	uint8_t protocol = 0;

	if (layer == NULL)
		return NULL;
	walk->layers->ip = (int32_t)walk->layers->count - 1;
	span_u8(walk->packet, offset + 9, &protocol);
	layer->next = protocol;
	fragment_fields(walk, layer, offset);
	return layer;
}

/* False, and the walk ended, when the header ends before it should or contradicts itself. */
static bool claim(struct walk *walk, struct layer *layer)
{
	uint16_t total = 0;

	span_be16(walk->packet, layer->offset + 2U, &total);
	if (total != 0 && total < layer->header_len) {
		walk_end(walk, LAYERS_MALFORMED, layer->offset);
		return false;
	}
	if (!walk_has(walk, layer->offset, layer->header_len))
		return false;
	if (total == 0)
		layer->flags |= LAYER_NO_LENGTH;
	else
		layer->end = (uint64_t)layer->offset + total;
	return true;
}

void walk_ipv4(struct walk *walk, size_t offset)
{
	struct layer *layer;
	uint8_t first;

	if (!span_u8(walk->packet, offset, &first)) {
		walk_end(walk, LAYERS_CUT, offset);
		return;
	}
	if (first >> 4 != 4 || (first & 0xF) * 4 < FIXED_LEN) {
		walk_end(walk, LAYERS_MALFORMED, offset);
		return;
	}
	if (!walk_has(walk, offset, FIXED_LEN))
		return;
	layer = push(walk, offset, first);
	if (layer == NULL || !claim(walk, layer))
		return;
	offset += layer->header_len;
	if (layer->flags & LAYER_LATER_FRAGMENT)
		walk_end(walk, LAYERS_FRAGMENT, offset);
	else
		walk_transport(walk, layer, offset);
}

void walk_ip(struct walk *walk, size_t offset)
{
	uint8_t first;

	if (!span_u8(walk->packet, offset, &first))
		walk_end(walk, LAYERS_CUT, offset);
	else if (first >> 4 == 6)
		walk_ipv6(walk, offset);
	else
		walk_ipv4(walk, offset);
}
