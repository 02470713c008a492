/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Remembers which key the packets of a tunnel, or of an interface, have: for all but the first
 * packets of a key. The cache may forget; a packet that is not found has its key made anew.
 */
#ifndef VTAP_SPLIT_KEY_CACHE_H
#define VTAP_SPLIT_KEY_CACHE_H

#include "key.h"
#include "tunnel/header_cache.h"

struct split_key;

enum { KEY_CACHE_INTERFACES = 64, KEY_CACHE_RECENT = 4096, KEY_CACHE_BYTES = 48 };

struct key_cache {
	const struct key_spec *spec;
	const struct encap_table *table;
	struct header_cache tunnels; /* of keys that tunnels alone decide; or the tunnels alone */
	struct {
		uint32_t serial, linktype; /* of the interface; serial 0: free */
		struct split_key *key;
	} interface[KEY_CACHE_INTERFACES]; /* of keys that look at no byte; by serial */
	struct {
		struct split_key *key; /* NULL: free */
		size_t len;
		uint8_t bytes[KEY_CACHE_BYTES];
	} recent[KEY_CACHE_RECENT]; /* keys of at most KEY_CACHE_BYTES bytes */
};

/* The slot of a key; two keys may share one. */
static inline unsigned key_cache_slot(const struct key *key)
{
	uint64_t head = 0, tail = 0;
	struct span bytes = span_of(key->bytes, key->len);

	span_copy(bytes, 0, &head, key->len < sizeof(head) ? key->len : sizeof(head));
	if (key->len > sizeof(head))
		span_copy(bytes, key->len - sizeof(tail), &tail, sizeof(tail));
	return (unsigned)((head ^ tail * 31) * UINT64_C(0x9E3779B97F4A7C15) >> 52);
}

/* Begins empty. spec and table are borrowed; table is of all tunnels. */
void key_cache_init(struct key_cache *cache, const struct key_spec *spec,
		    const struct encap_table *table);
void key_cache_free(struct key_cache *cache);

/* Returns the only key of the packet; NULL if the cache does not know it. */
struct split_key *key_cache_get(const struct key_cache *cache, const struct packet *packet);

/*
 * Peels the packet, for key_make(): where the keys look at nothing but what all tunnels carry, the
 * outer headers of a tunnel that is known are not parsed again.
 */
void key_cache_peel(struct key_cache *cache, const struct packet *packet, struct peel *peel);

/* Returns the key of these bytes, if it was among the recent ones; else NULL. */
static inline struct split_key *key_cache_find(const struct key_cache *cache, const struct key *key)
{
	unsigned slot = key_cache_slot(key);

	if (cache->recent[slot].len == key->len &&
	    memcmp(cache->recent[slot].bytes, key->bytes, key->len) == 0)
		return cache->recent[slot].key;
	return NULL;
}

/* Learns the key of these bytes, if they are few. */
void key_cache_remember(struct key_cache *cache, const struct key *key,
			struct split_key *split_key);

/* Learns that key is the only one of packet; peel holds its tunnels where keys look at them. */
void key_cache_put(struct key_cache *cache, const struct packet *packet, const struct peel *peel,
		   struct split_key *key);

#endif
