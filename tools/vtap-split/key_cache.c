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

/* Not by what they carry, and not by interfaces. */
bool key_cache_is_by_tunnel(const struct key_spec *spec)
{
	return spec->deep && !spec->inner && !spec->record;
}

/* Once for an interface, so it stays out of the way of each packet. */
__attribute__((noinline)) static bool key_cache_learn_plain(struct key_cache *cache,
							    const struct packet *packet)
{
	if (key_cache_taken(cache, packet)->len > 0)
		return false;
	cache->plain = packet->interface->serial;
	return true;
}

/* Where the name of the interface has tunnels, those of the packet decide only a part of its key.
 */
static inline bool key_cache_is_tunnel_all(struct key_cache *cache, const struct packet *packet)
{
	return packet->interface->serial == cache->plain || key_cache_learn_plain(cache, packet);
}

/* Returns the packet's only tunnel, or NULL. *end is where the outer lengths say that it ends. */
static const struct header_cache_entry *
key_cache_find_tunnel(const struct key_cache *cache, const struct packet *packet, uint32_t *end)
{
	struct span bytes = span_of(packet->data, packet->caplen);
	const struct header_cache_entry *entry;
	struct header_cache_inside inside;

	if (packet->linktype != LINK_ETHERNET)
		return NULL;
	entry = header_cache_lookup(&cache->tunnels, bytes, end);
	if (!entry ||
	    !header_cache_inside(cache->table, entry->linktype,
				 span_from(span_first(bytes, *end), entry->offset), &inside))
		return NULL;
	return entry;
}

/* Makes a peel of what the tunnel carries as if the packet began there. */
static void peel_left(struct peel *peel, const struct header_cache_entry *entry, struct span packet)
{
	peel->count = 0;
	peel->offset = entry->offset;
	peel->linktype = entry->linktype;
	headers_parse(&peel->headers[0], entry->linktype, packet, entry->offset);
}

void key_cache_peel(struct key_cache *cache, const struct packet *packet, struct peel *peel)
{
	static char tunnel; /* a value for the cache, which does not take NULL */
	struct span bytes = span_of(packet->data, packet->caplen);
	const struct header_cache_entry *entry = NULL;
	uint32_t end;

	if (cache->spec->innermost)
		entry = key_cache_find_tunnel(cache, packet, &end);
	if (entry) {
		peel_left(peel, entry, span_first(bytes, end));
		return;
	}
	peel_packet(peel, cache->table, packet->linktype, packet->data, packet->caplen,
		    packet->len);
	if (cache->spec->innermost)
		header_cache_learn(&cache->tunnels, bytes, peel, &tunnel);
}

struct split_key *key_cache_get(struct key_cache *cache, const struct packet *packet)
{
	uint32_t serial = packet->interface->serial, slot = serial % KEY_CACHE_INTERFACES, end;
	const struct header_cache_entry *entry;

	if (key_cache_is_by_tunnel(cache->spec)) {
		if (!key_cache_is_tunnel_all(cache, packet))
			return NULL;
		entry = key_cache_find_tunnel(cache, packet, &end);
		return entry ? entry->value : NULL;
	}
	if (!cache->spec->deep && cache->interface[slot].serial == serial &&
	    cache->interface[slot].linktype == packet->linktype)
		return cache->interface[slot].key;
	return NULL;
}

void key_cache_put(struct key_cache *cache, const struct packet *packet, const struct peel *peel,
		   struct split_key *key)
{
	uint32_t serial = packet->interface->serial, slot = serial % KEY_CACHE_INTERFACES;

	if (key_cache_is_by_tunnel(cache->spec)) {
		if (key_cache_is_tunnel_all(cache, packet))
			header_cache_learn(&cache->tunnels, span_of(packet->data, packet->caplen),
					   peel, key);
	} else if (!cache->spec->deep) {
		cache->interface[slot].serial = serial;
		cache->interface[slot].linktype = packet->linktype;
		cache->interface[slot].key = key;
	}
}

void key_cache_remember(struct key_cache *cache, const struct key *key, struct split_key *split_key)
{
	unsigned slot = key_cache_slot(key);

	if (key->len > KEY_CACHE_BYTES)
		return;
	cache->recent[slot].key = split_key;
	cache->recent[slot].len = key->len;
	memcpy(cache->recent[slot].bytes, key->bytes, key->len);
}
