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

enum { KEY_CACHE_INTERFACES = 64 };

struct key_cache {
	const struct key_spec *spec;
	const struct encap_table *table;
	struct header_cache tunnels; /* of keys that tunnels alone decide */
	struct {
		uint32_t serial, linktype; /* of the interface; serial 0: free */
		struct split_key *key;
	} interface[KEY_CACHE_INTERFACES]; /* of keys that look at no byte; by serial */
};

/* Begins empty. spec and table are borrowed; table is of all tunnels. */
void key_cache_init(struct key_cache *cache, const struct key_spec *spec,
		    const struct encap_table *table);
void key_cache_free(struct key_cache *cache);

/* Returns the only key of the packet; NULL if the cache does not know it. */
struct split_key *key_cache_get(const struct key_cache *cache, const struct packet *packet);

/* Learns that key is the only one of packet; peel holds its tunnels where keys look at them. */
void key_cache_put(struct key_cache *cache, const struct packet *packet, const struct peel *peel,
		   struct split_key *key);

#endif
