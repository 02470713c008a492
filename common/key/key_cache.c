/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "key/key_cache.h"

/* For the cache of tunnels, which does not take NULL. */
static char no_value;

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
		header_cache_learn(&cache->tunnels, bytes, peel, &no_value);
}

/* Returns the value that an interface has for packets of a link type, or NULL. */
static inline void *key_cache_get_interface(const struct key_cache *cache,
					    const struct packet *packet)
{
	uint32_t serial = packet->interface->serial, slot = serial % KEY_CACHE_INTERFACES;

	if (cache->interface[slot].serial == serial &&
	    cache->interface[slot].linktype == packet->linktype)
		return cache->interface[slot].value;
	return NULL;
}

void *key_cache_get(struct key_cache *cache, const struct packet *packet)
{
	const struct header_cache_entry *entry;
	uint32_t end;

	if (key_cache_is_by_tunnel(cache->spec)) {
		if (!key_cache_is_tunnel_all(cache, packet))
			return NULL;
		entry = key_cache_find_tunnel(cache, packet, &end);
		return entry ? entry->value : NULL;
	}
	return cache->spec->deep ? NULL : key_cache_get_interface(cache, packet);
}

/* Keys that look at both tunnels and what is in them need all headers. */
static inline bool key_cache_may_skip(struct key_cache *cache, const struct packet *packet)
{
	const struct key_spec *spec = cache->spec;

	if (key_cache_is_by_tunnel(spec))
		return key_cache_is_tunnel_all(cache, packet);
	return spec->innermost || !spec->deep;
}

/* Sets what peel_left() does not: what the outer lengths leave of the packet. */
static void peel_left_sizes(struct peel *peel, const struct packet *packet, uint32_t end)
{
	uint32_t len = packet->len > packet->caplen ? packet->len : packet->caplen;

	peel->len = (end < len ? end : len) - peel->offset;
	peel->caplen = packet->caplen - peel->offset;
	if (peel->caplen > peel->len)
		peel->caplen = peel->len;
}

void *key_cache_peel_get(struct key_cache *cache, const struct packet *packet, struct peel *peel,
			 uint32_t *outer_end)
{
	struct span bytes = span_of(packet->data, packet->caplen);
	const struct header_cache_entry *entry = NULL;
	bool by_tunnel = key_cache_is_by_tunnel(cache->spec);

	if (key_cache_may_skip(cache, packet))
		entry = key_cache_find_tunnel(cache, packet, outer_end);
	if (entry) {
		peel_left(peel, entry, span_first(bytes, *outer_end));
		peel_left_sizes(peel, packet, *outer_end);
		if (by_tunnel)
			return entry->value;
		return cache->spec->deep ? NULL : key_cache_get_interface(cache, packet);
	}
	*outer_end = 0;
	peel_packet(peel, cache->table, packet->linktype, packet->data, packet->caplen,
		    packet->len);
	if (by_tunnel)
		return peel->count == 0 ? key_cache_get_interface(cache, packet) : NULL;
	if (cache->spec->innermost || !cache->spec->deep)
		header_cache_learn(&cache->tunnels, bytes, peel, &no_value);
	return cache->spec->deep ? NULL : key_cache_get_interface(cache, packet);
}

void key_cache_put(struct key_cache *cache, const struct packet *packet, const struct peel *peel,
		   void *value)
{
	uint32_t serial = packet->interface->serial, slot = serial % KEY_CACHE_INTERFACES;
	bool by_tunnel = key_cache_is_by_tunnel(cache->spec);

	if (by_tunnel && peel->count > 0) {
		if (key_cache_is_tunnel_all(cache, packet))
			header_cache_learn(&cache->tunnels, span_of(packet->data, packet->caplen),
					   peel, value);
	} else if (by_tunnel || !cache->spec->deep) {
		cache->interface[slot].serial = serial;
		cache->interface[slot].linktype = packet->linktype;
		cache->interface[slot].value = value;
	}
}

void key_cache_remember(struct key_cache *cache, const struct key *key, void *value)
{
	unsigned slot = key_cache_slot(key);

	if (key->len > KEY_CACHE_BYTES)
		return;
	cache->recent[slot].value = value;
	cache->recent[slot].len = key->len;
	memcpy(cache->recent[slot].bytes, key->bytes, key->len);
}
