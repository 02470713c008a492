/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/header_cache.h"

#include <stdlib.h>

enum { MASK_BYTES = HEADER_CACHE_WORDS * sizeof(uint64_t) };
enum { SETS_FIRST = 256, SETS_MAX = HEADER_CACHE_MAX / HEADER_CACHE_WAYS };

/* Bytes to which the entries are aligned: a set takes whole cache lines. */
enum { CACHE_LINE = 64 };
_Static_assert(HEADER_CACHE_WAYS * sizeof(struct header_cache_entry) % CACHE_LINE == 0,
	       "aligned_alloc() wants whole alignments");

/*
 * header_cache.seen is a Bloom filter in which a tunnel sets four bits of one word. It is cleared
 * after SEEN_MOST tunnels. Less than a quarter of its bits is set then, so that few tunnels are
 * taken for others.
 */
enum { SEEN_WORDS = 1 << 15, SEEN_MOST = 4 * SEEN_WORDS, SEEN_BYTES = SEEN_WORDS * 8 };

/* The entries of a cache that has learned nothing, so that a lookup needs no test for NULL. They
 * stay free. */
static struct header_cache_entry no_entries[HEADER_CACHE_WAYS];

void header_cache_init(struct header_cache *cache)
{
	cache->entries = no_entries;
	cache->seen = NULL;
	cache->sets = 1;
	cache->count = cache->turn = cache->seen_count = 0;
	cache->shapes = 0;
}

static void free_entries(struct header_cache *cache)
{
	if (cache->entries != no_entries)
		free(cache->entries);
}

void header_cache_free(struct header_cache *cache)
{
	free_entries(cache);
	free(cache->seen);
	header_cache_init(cache);
}

/* In front of the IP header only the EtherTypes are compared. */
static void mask_types(struct patch mask, size_t ip)
{
	for (size_t at = ETHERNET_LEN; at <= ip; at += VLAN_TAG_LEN)
		patch_be16(mask, at - 2, 0xFFFF);
}

static void mask_ipv4(struct patch header)
{
	patch_u8(header, 0, 0xFF);
	patch_be16(header, IPV4_FRAGMENT_AT, IPV4_ANY_FRAGMENT);
	patch_u8(header, IPV4_PROTOCOL_AT, 0xFF);
	patch_be32(header, IPV4_SRC_AT, UINT32_MAX);
}

static void mask_ipv6(struct patch header)
{
	patch_u8(header, 0, 0xF0);
	patch_u8(header, IPV6_NEXT_AT, 0xFF);
	patch_be64(header, IPV6_SRC_AT, UINT64_MAX);
	patch_be64(header, IPV6_SRC_AT + 8, UINT64_MAX);
}

/* All bytes of the tunnel header are compared: a codec reads no others but the IP version of the
 * payload, and says so. */
static void mask_tunnel(struct patch mask, size_t tunnel, size_t offset, bool first_nibble)
{
	for (size_t at = tunnel; at < offset; at++)
		patch_u8(mask, at, 0xFF);
	if (first_nibble)
		patch_u8(mask, offset, 0xF0);
}

static void make_mask(uint64_t words[HEADER_CACHE_WORDS], const struct peel *peel)
{
	const struct headers *headers = &peel->headers[0];
	uint8_t room[HEADER_CACHE_LEN + 1] = { 0 };
	struct patch mask = { room, sizeof(room) };

	mask_types(mask, headers->network);
	if (headers->ip_version == 4)
		mask_ipv4(patch_from(mask, headers->network));
	else
		mask_ipv6(patch_from(mask, headers->network));
	if (headers_is_udp(headers))
		patch_be16(mask, headers->transport + (size_t)DST_PORT_AT, 0xFFFF);
	mask_tunnel(mask, headers->payload, peel->offset, peel->layer[0].tunnel.first_nibble);
	memcpy(words, room + HEADER_CACHE_SKIP, HEADER_CACHE_WORDS * sizeof(*words));
}

/* Returns the index of a mask, which is added if it is new; HEADER_CACHE_SHAPES if there is no room
 * for it. */
static unsigned header_cache_shape(struct header_cache *cache,
				   const uint64_t mask[HEADER_CACHE_WORDS])
{
	unsigned i = 0;

	while (i < cache->shapes && memcmp(cache->mask[i], mask, MASK_BYTES) != 0)
		i++;
	if (i == cache->shapes && i < HEADER_CACHE_SHAPES) {
		memcpy(cache->mask[i], mask, MASK_BYTES);
		cache->shapes++;
	}
	return i;
}

/* Returns true for Ethernet, at most two VLAN tags, and IP without options or extension headers. */
static bool is_usual(const struct headers *headers)
{
	size_t tags = headers->vlans * (size_t)VLAN_TAG_LEN;

	return headers->link == HEADERS_LINK_ETHERNET && headers->vlans <= 2 &&
	       headers->network == ETHERNET_LEN + tags &&
	       headers->network_len ==
		       (headers->ip_version == 4 ? (uint32_t)IPV4_MIN_LEN : (uint32_t)IPV6_LEN) &&
	       headers->payload <= HEADER_CACHE_FIELD_MASK + UDP_LEN - UDP_LENGTH_AT;
}

/* Returns true if the packets of a tunnel differ in nothing that its codec has read. Over UDP,
 * header_cache_id() reads the second word behind UDP's header, so that word has to begin in the
 * tunnel header: in what IP carries it differs from packet to packet. */
static bool header_repeats(const struct tunnel *tunnel)
{
	enum { UDP_ID_AT = 4 };

	return tunnel->payload_len == UINT32_MAX && tunnel->meta == 0 &&
	       tunnel->sequence_bits == 0 && tunnel->direction == 0 && !tunnel->varies &&
	       (tunnel->linktype == LINK_ETHERNET || tunnel->linktype == LINK_RAW) &&
	       (tunnel->encap->carrier == CARRIER_IP || tunnel->header_len > UDP_ID_AT);
}

static bool can_learn(struct span packet, const struct peel *peel)
{
	return peel->count == 1 && peel->end == PEEL_PLAIN &&
	       header_repeats(&peel->layer[0].tunnel) && is_usual(&peel->headers[0]) &&
	       packet.len >= (peel->offset < HEADER_CACHE_HALF_LEN ? (size_t)HEADER_CACHE_HALF_LEN
								   : (size_t)HEADER_CACHE_LEN) &&
	       peel->offset < HEADER_CACHE_LEN;
}

/* Returns true if a tunnel with that hash was seen before, and notes that it was seen now. */
static bool header_cache_seen(struct header_cache *cache, uint32_t hash)
{
	uint64_t mixed = hash * UINT64_C(0x9E3779B97F4A7C15), bits = 0, *word;

	if (!cache->seen)
		cache->seen = calloc(1, SEEN_BYTES);
	if (!cache->seen)
		return false;
	for (int shift = 0; shift < 24; shift += 6)
		bits |= UINT64_C(1) << (mixed >> shift & 63);
	word = &cache->seen[mixed >> 40 & (SEEN_WORDS - 1)];
	if ((*word & bits) == bits)
		return true;
	if (cache->seen_count++ == SEEN_MOST) {
		memset(cache->seen, 0, SEEN_BYTES);
		cache->seen_count = 0;
	}
	*word |= bits;
	return false;
}

static struct header_cache_entry *header_cache_set(const struct header_cache *cache, uint32_t hash)
{
	return cache->entries + (size_t)(hash & (cache->sets - 1)) * HEADER_CACHE_WAYS;
}

static bool is_same(const struct header_cache_entry *a, const struct header_cache_entry *b)
{
	return a->hash == b->hash && a->shape == b->shape &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* Returns the slot for an entry: the one that has it already, else a free one, else the next in
 * turn. */
static struct header_cache_entry *header_cache_slot(struct header_cache *cache,
						    const struct header_cache_entry *entry)
{
	struct header_cache_entry *set = header_cache_set(cache, entry->hash);

	for (int i = 0; i < HEADER_CACHE_WAYS; i++)
		if (set[i].hash == 0 || is_same(&set[i], entry))
			return &set[i];
	return &set[cache->turn++ % HEADER_CACHE_WAYS];
}

static void header_cache_insert(struct header_cache *cache, const struct header_cache_entry *entry)
{
	struct header_cache_entry *to = header_cache_slot(cache, entry);

	cache->count += to->hash == 0;
	*to = *entry;
}

/* Doubles the number of sets. If there is no memory, the cache stays as it is. */
static void header_cache_grow(struct header_cache *cache)
{
	struct header_cache old = *cache;
	uint32_t sets = old.entries != no_entries ? 2 * old.sets : SETS_FIRST;
	size_t size = (size_t)sets * HEADER_CACHE_WAYS * sizeof(*old.entries);
	struct header_cache_entry *entries = aligned_alloc(CACHE_LINE, size);

	if (!entries)
		return;
	memset(entries, 0, size);
	cache->entries = entries;
	cache->sets = sets;
	cache->count = 0;
	for (size_t i = 0; i < (size_t)old.sets * HEADER_CACHE_WAYS; i++)
		if (old.entries[i].hash != 0)
			header_cache_insert(cache, &old.entries[i]);
	free_entries(&old);
}

static void header_cache_fill(struct header_cache_entry *entry, const struct headers *headers,
			      const struct peel *peel)
{
	bool four = headers->ip_version == 4, udp = headers_is_udp(headers);

	entry->both = peel->offset >= HEADER_CACHE_HALF_LEN;
	entry->network = (uint8_t)headers->network;
	entry->ip_len_at = (uint8_t)(headers->network +
				     (four ? (unsigned)IPV4_TOTAL_AT : (unsigned)IPV6_PAYLOAD_AT));
	entry->ip_base = (uint8_t)(headers->network + (four ? 0U : (unsigned)IPV6_LEN));
	entry->udp_len_at = udp ? (uint8_t)(headers->transport + UDP_LENGTH_AT) : entry->ip_len_at;
	entry->udp_base = udp ? (uint8_t)headers->transport : entry->ip_base;
	entry->tunnel = udp ? (uint8_t)headers->payload : 0;
	entry->offset = (uint8_t)peel->offset;
	entry->linktype = (uint8_t)peel->linktype;
	entry->index = peel->layer[0].tunnel.index;
}

static void header_cache_add(struct header_cache *cache, struct span packet,
			     const struct peel *peel, struct header_cache_entry *entry)
{
	uint64_t mask[HEADER_CACHE_WORDS];
	unsigned shape;

	make_mask(mask, peel);
	shape = header_cache_shape(cache, mask);
	if (shape == HEADER_CACHE_SHAPES)
		return;
	entry->shape = (uint8_t)shape;
	header_cache_fill(entry, &peel->headers[0], peel);
	span_copy(packet, HEADER_CACHE_SKIP, entry->bytes,
		  entry->both ? sizeof(entry->bytes) : HEADER_CACHE_HALF * sizeof(*entry->bytes));
	for (size_t i = 0; i < HEADER_CACHE_WORDS; i++)
		entry->bytes[i] &= mask[i];
	if ((cache->entries == no_entries || 2 * cache->count >= cache->sets * HEADER_CACHE_WAYS) &&
	    cache->sets < SETS_MAX)
		header_cache_grow(cache);
	if (cache->entries != no_entries)
		header_cache_insert(cache, entry);
}

void header_cache_learn(struct header_cache *cache, struct span packet, const struct peel *peel,
			void *value)
{
	uint32_t hash;

	if (!can_learn(packet, peel))
		return;
	hash = header_cache_hash(packet);
	if (header_cache_seen(cache, hash))
		header_cache_add(cache, packet, peel,
				 &(struct header_cache_entry){ .value = value, .hash = hash });
}
