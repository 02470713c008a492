/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "told.h"

static void read_one(struct told *told, const struct peel_layer *layer, uint32_t index,
		     struct span packet)
{
	const struct tunnel *tunnel = &layer->tunnel;
	uint32_t start = layer->payload - tunnel->header_len;
	struct span option =
		span_from(span_first(packet, layer->payload), (size_t)start + tunnel->meta);

	switch (meta_parse(option, &told->of[told->count].meta)) {
	case META_OK:
		told->of[told->count++].layer = index;
		break;
	case META_UNKNOWN_VERSION:
		told->unknown++;
		break;
	case META_MALFORMED:
		told->malformed++;
		break;
	}
}

void told_read(struct told *told, const struct peel *peel, struct span packet)
{
	told->count = 0;
	told->unknown = told->malformed = 0;
	for (uint32_t i = 0; i < peel->count; i++)
		if (peel->layer[i].tunnel.meta != 0)
			read_one(told, &peel->layer[i], i, packet);
}

const struct meta *told_last(const struct told *told)
{
	return told->count > 0 ? &told->of[told->count - 1].meta : NULL;
}

/*
 * The tap speaks of what its tunnel carries. Tunnels further inside lose their headers from that as
 * they do from what is present. A tap cuts, it never adds: less than what came is no length.
 */
uint32_t told_len(const struct told *told, const struct peel *peel)
{
	uint64_t len = peel->len;
	const struct peel_layer *layer;
	uint32_t original;

	if (told->count == 0)
		return peel->len;
	layer = &peel->layer[told->of[told->count - 1].layer];
	original = told->of[told->count - 1].meta.len;
	if (original > layer->len)
		len += original - layer->len;
	return len < UINT32_MAX ? (uint32_t)len : UINT32_MAX;
}
