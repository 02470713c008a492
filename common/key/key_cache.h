/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Remembers the keys of recent packets, so that the next packets of a tunnel, of an interface or of
 * a key need no lookup by text, and often no parsing. A value is whatever its user stores with a
 * key (void *). The cache forgets what it has no room for; a miss costs time, never a wrong key.
 */
#ifndef VTAP_KEY_KEY_CACHE_H
#define VTAP_KEY_KEY_CACHE_H

#include "key/key.h"
#include "tunnel/header_cache.h"

enum {
	KEY_CACHE_INTERFACES = 64, /* interfaces; one of the same slot replaces another */
	KEY_CACHE_RECENT = 4096,   /* recent keys; one of the same slot replaces another */
	KEY_CACHE_BYTES = 48,	   /* bytes of a recent key; longer ones are not remembered */
};

struct key_cache {
	const struct key_spec *spec;
	const struct encap_table *table;
	/* Tunnels, with their key where the tunnel alone decides it. */
	struct header_cache tunnels;
	/* What names of interfaces say. */
	struct interface_origins taken;
	uint32_t plain; /* serial of an interface whose name has no tunnels; 0: none was seen */
	/* Keys that the interface and the link type alone decide, by the interface's serial: where
	   tunnels decide, of packets without one. */
	struct {
		uint32_t serial, linktype; /* serial 0: the entry is free */
		void *value;
	} interface[KEY_CACHE_INTERFACES];
	/* Keys by their bytes. */
	struct {
		void *value; /* NULL if the entry is free */
		size_t len;
		uint8_t bytes[KEY_CACHE_BYTES];
	} recent[KEY_CACHE_RECENT];
};

/* Returns the index in `recent` of a key. Different keys may share a slot. */
static inline unsigned key_cache_slot(const struct key *key)
{
	uint64_t head = 0, tail = 0;
	struct span bytes = span_of(key->bytes, key->len);

	span_copy(bytes, 0, &head, key->len < sizeof(head) ? key->len : sizeof(head));
	if (key->len > sizeof(head))
		span_copy(bytes, key->len - sizeof(tail), &tail, sizeof(tail));
	return (unsigned)((head ^ tail * 31) * UINT64_C(0x9E3779B97F4A7C15) >> 52);
}

/* Begins empty. spec and table are borrowed; table has to be of all encapsulations. */
void key_cache_init(struct key_cache *cache, const struct key_spec *spec,
		    const struct encap_table *table);
void key_cache_free(struct key_cache *cache);

/*
 * Returns the value of the only key of a packet, if the packet's tunnel or interface alone decides
 * it. Returns NULL if the cache does not know the key.
 */
void *key_cache_get(struct key_cache *cache, const struct packet *packet);

/* Returns true if packets are found by their tunnels alone, so that key_cache_ahead() helps. */
bool key_cache_is_by_tunnel(const struct key_spec *spec);

/* Begins to look for the key of an Ethernet frame that comes soon, whose first bytes are `head`:
 * fetches what is known of its tunnel into the processor's cache. Returns a number for
 * key_cache_guess(), or 0. */
static inline uint32_t key_cache_ahead(const struct key_cache *cache, struct span head)
{
	uint32_t hash = head.len < HEADER_CACHE_HALF_LEN ? 0 : header_cache_hash(head);

	if (hash)
		header_cache_fetch(&cache->tunnels, hash);
	return hash;
}

/* Returns the value of the key that the frame of key_cache_ahead() is likely to have, or NULL. */
static inline void *key_cache_guess(const struct key_cache *cache, uint32_t number)
{
	return header_cache_guess(&cache->tunnels, number);
}

/* Returns the tunnels that were taken off a packet before, for key_make(). They hold until the next
 * call of a function of the cache. */
static inline const struct interface_origin *key_cache_taken(struct key_cache *cache,
							     const struct packet *packet)
{
	return interface_origin_find(&cache->taken, packet->interface);
}

/*
 * Peels a packet for key_make(). If spec->innermost is set, the outer headers of a tunnel in the
 * cache are not parsed again, and *peel only has what the tunnel carries.
 */
void key_cache_peel(struct key_cache *cache, const struct packet *packet, struct peel *peel);

/*
 * Peels a packet for whoever looks at each. Returns the value of the packet's only key, if the
 * packet's tunnel or interface alone decides it, or NULL. The outer headers of a tunnel in the
 * cache are not parsed again: *peel then begins where the tunnel's payload does, as if nothing were
 * in front of it, and *outer_end is the offset at which the outer headers say that the packet ends;
 * else that is 0. A cache that is used by this function is not to be used by key_cache_peel().
 */
void *key_cache_peel_get(struct key_cache *cache, const struct packet *packet, struct peel *peel,
			 uint32_t *outer_end);

/* Returns the value of the recent key of these bytes. Returns NULL if the cache does not know it.
 */
static inline void *key_cache_find(const struct key_cache *cache, const struct key *key)
{
	unsigned slot = key_cache_slot(key);

	if (cache->recent[slot].len == key->len &&
	    memcmp(cache->recent[slot].bytes, key->bytes, key->len) == 0)
		return cache->recent[slot].value;
	return NULL;
}

/* Remembers the value of the key of these bytes for key_cache_find(). value is borrowed, and not
 * NULL. */
void key_cache_remember(struct key_cache *cache, const struct key *key, void *value);

/*
 * Remembers, for key_cache_get(), the value of the only key of packet. peel has the packet's
 * tunnels, from key_cache_peel() or, with *outer_end 0, key_cache_peel_get(). value is borrowed.
 */
void key_cache_put(struct key_cache *cache, const struct packet *packet, const struct peel *peel,
		   void *value);

#endif
