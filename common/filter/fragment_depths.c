/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/fragment_depths.h"

#include <string.h>

bool fragment_depths_key(struct fragment_key *key, const struct headers *headers,
			 struct span packet)
{
	if (headers->ip_version == 0 || !(headers->flags & HEADERS_ANY_FRAGMENT))
		return false;
	key->version = headers->ip_version;
	key->protocol = headers->protocol;
	key->id = headers->fragment_id;
	return headers_copy_addresses(headers, packet, &key->addresses);
}

static bool fragment_key_equal(const struct fragment_key *a, const struct fragment_key *b)
{
	return a->id == b->id && a->version == b->version && a->protocol == b->protocol &&
	       memcmp(&a->addresses, &b->addresses, sizeof(a->addresses)) == 0;
}

/* Senders mostly count identifications up, so that the latest datagrams of a sender have a bucket
 * each. Nobody gains by keys that collide: the packet is then mirrored, as if it came too late. */
static unsigned fragment_key_bucket(const struct fragment_key *key)
{
	uint32_t sum = key->id + key->protocol;

	for (size_t i = 0; i < sizeof(key->addresses.src); i++)
		sum += (uint32_t)(key->addresses.src[i] * 31 + key->addresses.dst[i] * 7)
		       << (i % 4 * 2);
	return (sum ^ sum >> 16) % FRAGMENT_DEPTHS_BUCKETS;
}

/* Returns the index of the datagram's way in its bucket, or FRAGMENT_DEPTHS_WAYS. */
static unsigned fragment_depths_way(const struct fragment_depths *depths, unsigned bucket,
				    const struct fragment_key *key)
{
	unsigned way = 0;

	while (way < FRAGMENT_DEPTHS_WAYS &&
	       !fragment_key_equal(&depths->bucket[bucket].way[way].key, key))
		way++;
	return way;
}

void fragment_depths_note(struct fragment_depths *depths, const struct fragment_key *key,
			  unsigned depth, bool at_least)
{
	unsigned bucket = fragment_key_bucket(key);
	unsigned way = fragment_depths_way(depths, bucket, key);
	struct fragment_depth *place;

	if (way == FRAGMENT_DEPTHS_WAYS) {
		if (depth == 0)
			return;
		way = depths->bucket[bucket].oldest;
		depths->bucket[bucket].oldest = (uint8_t)((way + 1) % FRAGMENT_DEPTHS_WAYS);
		depths->bucket[bucket].way[way].depth = 0;
	}
	place = &depths->bucket[bucket].way[way];
	place->key = *key;
	if (depth > UINT8_MAX)
		depth = UINT8_MAX;
	if (!at_least || depth > place->depth)
		place->depth = (uint8_t)depth;
	if (place->depth == 0)
		place->key.version = 0;
}

unsigned fragment_depths_find(const struct fragment_depths *depths, const struct fragment_key *key)
{
	unsigned bucket = fragment_key_bucket(key);
	unsigned way = fragment_depths_way(depths, bucket, key);

	return way < FRAGMENT_DEPTHS_WAYS ? depths->bucket[bucket].way[way].depth : 0;
}
