/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/tap_meta.h"

static void meta_read_layer(struct tap_meta *tap_meta, const struct peel_layer *layer,
			    uint32_t index, struct span packet)
{
	const struct tunnel *tunnel = &layer->tunnel;
	uint32_t start = layer->payload - tunnel->header_len;
	struct span option =
		span_from(span_first(packet, layer->payload), (size_t)start + tunnel->meta);

	switch (geneve_meta_parse(option, &tap_meta->of[tap_meta->count].meta)) {
	case GENEVE_META_OK:
		tap_meta->of[tap_meta->count++].layer = index;
		break;
	case GENEVE_META_UNKNOWN_VERSION:
		tap_meta->unknown++;
		break;
	case GENEVE_META_MALFORMED:
		tap_meta->malformed++;
		break;
	}
}

void tap_meta_read(struct tap_meta *tap_meta, const struct peel *peel, struct span packet)
{
	tap_meta->count = 0;
	tap_meta->unknown = tap_meta->malformed = 0;
	for (uint32_t i = 0; i < peel->count; i++)
		if (peel->layer[i].tunnel.meta != 0)
			meta_read_layer(tap_meta, &peel->layer[i], i, packet);
}

const struct geneve_meta *tap_meta_last(const struct tap_meta *tap_meta)
{
	return tap_meta->count > 0 ? &tap_meta->of[tap_meta->count - 1].meta : NULL;
}

/*
 * The tap says how long the packet in its tunnel was, with the headers of tunnels further inside. A
 * tap may cut a packet and never makes it longer, so a length below the one that the tunnel has is
 * wrong and is ignored.
 */
uint32_t tap_meta_len(const struct tap_meta *tap_meta, const struct peel *peel)
{
	uint64_t len = peel->len;
	const struct peel_layer *layer;
	uint32_t original;

	if (tap_meta->count == 0)
		return peel->len;
	layer = &peel->layer[tap_meta->of[tap_meta->count - 1].layer];
	original = tap_meta->of[tap_meta->count - 1].meta.len;
	if (original > layer->len)
		len += original - layer->len;
	return len < UINT32_MAX ? (uint32_t)len : UINT32_MAX;
}

uint8_t tap_meta_direction(const struct tap_meta *tap_meta, const struct peel *peel)
{
	unsigned left = tap_meta->count;

	for (unsigned i = peel->count; i-- > 0;) {
		if (left > 0 && tap_meta->of[left - 1].layer == i) {
			left--;
			if (tap_meta->of[left].meta.direction != 0)
				return tap_meta->of[left].meta.direction;
		}
		if (peel->layer[i].tunnel.direction != 0)
			return peel->layer[i].tunnel.direction;
	}
	return 0;
}
