/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "key_cache.h"

void key_cache_init(struct key_cache *cache, const struct key_spec *spec,
		    const struct encap_table *table)
{
	*cache = (struct key_cache){ .spec = spec, .table = table };
	header_cache_init(&cache->tunnels);
}

void key_cache_free(struct key_cache *cache)
{
	header_cache_free(&cache->tunnels);
}

/* Keys that look at tunnels, and neither inside them nor at the interface. */
static bool is_by_tunnel(const struct key_spec *spec)
{
	return spec->deep && !spec->inner && !spec->record;
}

static struct split_key *find_tunnel(const struct key_cache *cache, const struct packet *packet)
{
	struct span bytes = span_of(packet->data, packet->caplen);
	const struct header_cache_entry *entry;
	struct header_cache_inside inside;
	uint32_t end;

	if (packet->linktype != LINK_ETHERNET)
		return NULL;
	entry = header_cache_lookup(&cache->tunnels, bytes, &end);
	if (!entry ||
	    !header_cache_inside(cache->table, entry->linktype,
				 span_from(span_first(bytes, end), entry->offset), &inside))
		return NULL;
	return entry->value;
}

struct split_key *key_cache_get(const struct key_cache *cache, const struct packet *packet)
{
	uint32_t serial = packet->interface->serial, slot = serial % KEY_CACHE_INTERFACES;

	if (is_by_tunnel(cache->spec))
		return find_tunnel(cache, packet);
	if (!cache->spec->deep && cache->interface[slot].serial == serial &&
	    cache->interface[slot].linktype == packet->linktype)
		return cache->interface[slot].key;
	return NULL;
}

void key_cache_put(struct key_cache *cache, const struct packet *packet, const struct peel *peel,
		   struct split_key *key)
{
	uint32_t serial = packet->interface->serial, slot = serial % KEY_CACHE_INTERFACES;

	if (is_by_tunnel(cache->spec)) {
		header_cache_learn(&cache->tunnels, span_of(packet->data, packet->caplen), peel,
				   key);
	} else if (!cache->spec->deep) {
		cache->interface[slot].serial = serial;
		cache->interface[slot].linktype = packet->linktype;
		cache->interface[slot].key = key;
	}
}
