/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv6 (RFC 8200) with its extension headers as one layer. Payload length 0 means a jumbogram (RFC
 * 2675) when a hop-by-hop option says so; else it is what segmentation offload leaves behind and
 * claims nothing.
 *
 *   | version 4 bits, class 8, flow label 20 | payload length 2 | next header 1 | hop limit 1 |
 *   | source 16 | destination 16 |
 */
#include "header/layers_internal.h"

enum { FIXED_LEN = 40, FRAGMENT_LEN = 8, JUMBO_MIN = 65536, EXTENSIONS_MAX = 64 };

enum {
	NEXT_HOP_BY_HOP = 0,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_AH = 51,
	NEXT_NONE = 59,
	NEXT_DESTINATION = 60,
	NEXT_MOBILITY = 135,
	NEXT_HIP = 139,
	NEXT_SHIM6 = 140,
};

enum { OPTION_PAD1 = 0, OPTION_JUMBO = 0xC2 };

static bool is_extension(uint16_t next)
{
	switch (next) {
	case NEXT_HOP_BY_HOP:
	case NEXT_ROUTING:
	case NEXT_FRAGMENT:
	case NEXT_AH:
	case NEXT_DESTINATION:
	case NEXT_MOBILITY:
	case NEXT_HIP:
	case NEXT_SHIM6:
		return true;
	}
	return false;
}

/* The whole length of an extension header; RFC 4302 section 2.2 counts AH in its own way. */
static size_t extension_len(uint16_t next, uint8_t units)
{
	if (next == NEXT_FRAGMENT)
		return FRAGMENT_LEN;
	return next == NEXT_AH ? (units + 2U) * 4 : (units + 1U) * 8;
}

/* The jumbo payload length among hop-by-hop options; 0 without one. */
static uint32_t jumbo_len(struct span options)
{
	size_t at = 2;
	uint32_t value;
	uint8_t type, len;

	while (span_u8(options, at, &type)) {
		if (type == OPTION_PAD1) {
			at++;
			continue;
		}
		if (!span_u8(options, at + 1, &len))
			break;
		if (type == OPTION_JUMBO && len == 4 && span_be32(options, at + 2, &value))
			return value;
		at += 2U + len;
	}
	return 0;
}

/* False, and the walk ended, when the jumbo length is one that RFC 2675 section 3 forbids. */
static bool claim_jumbo(struct walk *walk, struct layer *layer, struct span options)
{
	uint32_t jumbo = jumbo_len(options);

	if (jumbo == 0) {
		layer->flags |= LAYER_NO_LENGTH;
		return true;
	}
	if (jumbo < JUMBO_MIN) {
		walk_end(walk, LAYERS_MALFORMED, layer->offset);
		return false;
	}
	layer->flags |= LAYER_JUMBO;
	layer->end = (uint64_t)layer->offset + FIXED_LEN + jumbo;
	return true;
}

/* A fragment header that fragments nothing (RFC 6946) is no more than an extension header. */
static void fragment_fields(struct walk *walk, struct layer *layer, size_t at)
{
	uint16_t fragment = 0;

	span_be16(walk->packet, at + 2, &fragment);
	if ((fragment & 0xFFF9) == 0 || (layer->flags & LAYER_FRAGMENT) != 0)
		return;
	span_be32(walk->packet, at + 4, &layer->fragment_id);
	layer->flags |= LAYER_FRAGMENT;
	layer->fragment_offset = fragment & 0xFFF8U;
	layer->more_fragments = (fragment & 1) != 0;
	layer->unfragmentable_len = (uint32_t)(at - layer->offset);
	if (layer->fragment_offset != 0)
		layer->flags |= LAYER_LATER_FRAGMENT;
}

/* Takes one extension header; false when the walk ended in it. */
static bool extension(struct walk *walk, struct layer *layer)
{
	size_t at = layer->offset + (size_t)layer->header_len, len;
	struct span options = { NULL, 0 };
	uint8_t next = 0, units = 0;

	if (!walk_has_within(walk, layer->end, at, 8))
		return false;
	span_u8(walk->packet, at, &next);
	span_u8(walk->packet, at + 1, &units);
	len = extension_len(layer->next, units);
	if (!walk_has_within(walk, layer->end, at, len))
		return false;
	span_sub(walk->packet, at, len, &options);
	if (layer->next == NEXT_FRAGMENT)
		fragment_fields(walk, layer, at);
	if (layer->next == NEXT_HOP_BY_HOP && layer->header_len == FIXED_LEN && layer->end == 0 &&
	    !claim_jumbo(walk, layer, options))
		return false;
	layer->next = next;
	layer->header_len += (uint32_t)len;
	return true;
}

static void extensions(struct walk *walk, struct layer *layer)
{
	for (int i = 0; i < EXTENSIONS_MAX && is_extension(layer->next); i++) {
		if (!extension(walk, layer))
			return;
		if (layer->flags & LAYER_LATER_FRAGMENT) {
			walk_end(walk, LAYERS_FRAGMENT, layer->offset + (size_t)layer->header_len);
			return;
		}
	}
	if (is_extension(layer->next))
		walk_end(walk, LAYERS_TOO_DEEP, layer->offset + (size_t)layer->header_len);
	else
		walk_transport(walk, layer, layer->offset + (size_t)layer->header_len);
}

static void fixed_header(struct walk *walk, struct layer *layer)
{
	uint16_t payload = 0;
	uint8_t next = 0;

	span_be16(walk->packet, layer->offset + 4U, &payload);
	span_u8(walk->packet, layer->offset + 6U, &next);
	layer->next = next;
	if (payload != 0 || next == NEXT_NONE)
		layer->end = (uint64_t)layer->offset + FIXED_LEN + payload;
	else if (next != NEXT_HOP_BY_HOP)
		layer->flags |= LAYER_NO_LENGTH;
}

void walk_ipv6(struct walk *walk, size_t offset)
{
	struct layer *layer;
	uint8_t first;

	if (!span_u8(walk->packet, offset, &first)) {
		walk_end(walk, LAYERS_CUT, offset);
		return;
	}
	if (first >> 4 != 6) {
		walk_end(walk, LAYERS_MALFORMED, offset);
		return;
	}
	if (!walk_has(walk, offset, FIXED_LEN))
		return;
	layer = walk_push(walk, LAYER_IPV6, offset, FIXED_LEN);
	if (layer == NULL)
		return;
	walk->layers->ip = (int32_t)walk->layers->count - 1;
	fixed_header(walk, layer);
	extensions(walk, layer);
}
