/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The index of the table: a chain of entries for each hash. */
#include <stddef.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "entries_internal.h"

static uint32_t *entries_chain_key(const struct entries *entries, struct span text)
{
	return &entries->chain[XXH3_64bits_withSeed(text.data, text.len, entries->seed) &
			       entries->mask];
}

/* What tells the flows of a key apart. */
struct ends {
	uint8_t address[2][16];
	uint16_t port[2];
	uint8_t version, protocol;
	bool has_ports;
	uint8_t unused;
};

static struct ends entries_ends(const struct flow *flow)
{
	struct ends ends = { .version = flow->version,
			     .protocol = flow->protocol,
			     .has_ports = flow->has_ports,
			     .port = { flow->source.port, flow->destination.port } };

	memcpy(ends.address[0], flow->source.address, sizeof(ends.address[0]));
	memcpy(ends.address[1], flow->destination.address, sizeof(ends.address[1]));
	return ends;
}

static struct ends entries_ends_of(const struct entry *entry)
{
	struct ends ends = { .version = entry->version,
			     .protocol = entry->protocol,
			     .has_ports = entry->bits & ENTRY_PORTS,
			     .port = { entry->flow.port[0], entry->flow.port[1] } };

	memcpy(ends.address, entry->flow.address, sizeof(ends.address));
	return ends;
}

/* Addresses of IPv4 are 0 behind their first 4 bytes: less to hash. */
static uint32_t *entries_chain_flow(const struct entries *entries, uint32_t parent,
				    const struct ends *ends)
{
	uint64_t seed = entries->seed ^ (parent * UINT64_C(0x9E3779B97F4A7C15)), hash;
	uint32_t four[4];

	if (ends->version == 4) {
		memcpy(&four[0], ends->address[0], sizeof(*four));
		memcpy(&four[1], ends->address[1], sizeof(*four));
		memcpy(&four[2], ends->port, sizeof(*four));
		four[3] = (uint32_t)ends->protocol << 1 | ends->has_ports;
		hash = XXH3_64bits_withSeed(four, sizeof(four), seed);
	} else {
		hash = XXH3_64bits_withSeed(ends, sizeof(*ends), seed);
	}
	return &entries->chain[hash & entries->mask];
}

struct entry *entries_find_key(const struct entries *entries, struct span text)
{
	uint32_t index = *entries_chain_key(entries, text);

	for (; index; index = entries->entry[index].next) {
		struct entry *entry = &entries->entry[index];

		if (entry->list == ENTRIES_KEYS && entry->key.len == text.len &&
		    memcmp(entries_text(entry).data, text.data, text.len) == 0)
			return entry;
	}
	return NULL;
}

/* Addresses and ports stand alike in both, and are compared by words: for a few of them a call of
 * memcmp() costs more. */
static inline bool entries_has_ends(const struct entry_flow *flow, const struct ends *ends)
{
	enum { SIZE = sizeof(ends->address) + sizeof(ends->port) };
	uint32_t a[SIZE / sizeof(uint32_t)], b[SIZE / sizeof(uint32_t)], differ = 0;

	_Static_assert(offsetof(struct ends, port) == sizeof(ends->address) &&
			       offsetof(struct entry_flow, port) == sizeof(ends->address),
		       "ports stand behind the addresses");
	memcpy(a, flow, SIZE);
	memcpy(b, ends, SIZE);
#pragma GCC unroll 9
	for (unsigned i = 0; i < SIZE / sizeof(uint32_t); i++)
		differ |= a[i] ^ b[i];
	return differ == 0;
}

static bool entries_is_flow(const struct entry *entry, uint32_t parent, const struct ends *ends)
{
	return entry->list != ENTRIES_KEYS && entry->parent == parent &&
	       entries_has_ends(&entry->flow, ends) && entry->version == ends->version &&
	       entry->protocol == ends->protocol &&
	       !(entry->bits & ENTRY_PORTS) == !ends->has_ports;
}

/* All of an entry comes from memory at once. */
static inline void entries_fetch(const struct entry *entry)
{
	enum { LINE = 64 };

	for (size_t at = 0; at < sizeof(*entry); at += LINE)
		__builtin_prefetch((const char *)entry + at);
	__builtin_prefetch((const char *)(entry + 1) - 1);
}

const uint32_t *entries_fetch_chain(const struct entries *entries, uint32_t parent,
				    const struct flow *flow)
{
	const struct ends ends = entries_ends(flow);
	const uint32_t *chain = entries_chain_flow(entries, parent, &ends);

	__builtin_prefetch(chain);
	return chain;
}

const struct entry *entries_fetch_first(const struct entries *entries, const uint32_t *chain)
{
	const struct entry *entry = &entries->entry[*chain];

	if (*chain == ENTRIES_NONE)
		return NULL;
	entries_fetch(entry);
	__builtin_prefetch(&entries->link[*chain]);
	return entry;
}

/* Its neighbours in the list change when the entry becomes the newest. */
void entries_fetch_around(const struct entries *entries, const struct entry *entry)
{
	struct entry_link link = entries->link[entries_index(entries, entry)];

	if (entry->next)
		entries_fetch(&entries->entry[entry->next]);
	__builtin_prefetch(&entries->link[link.newer]);
	__builtin_prefetch(&entries->link[link.older]);
	__builtin_prefetch(&entries->extension_link[entry->extension]);
}

struct entry *entries_find_flow(const struct entries *entries, uint32_t parent,
				const struct flow *flow, const struct entry *guess)
{
	const struct ends ends = entries_ends(flow);
	uint32_t index;

	if (guess && guess->list < ENTRIES_LISTS && entries_is_flow(guess, parent, &ends))
		return &entries->entry[entries_index(entries, guess)];
	index = *entries_chain_flow(entries, parent, &ends);
	while (index) {
		struct entry *entry = &entries->entry[index];

		entries_fetch(entry);
		if (entries_is_flow(entry, parent, &ends))
			return entry;
		index = entry->next;
	}
	return NULL;
}

static uint32_t *entries_chain_of(const struct entries *entries, const struct entry *entry)
{
	struct ends ends;

	if (entry->list == ENTRIES_KEYS)
		return entries_chain_key(entries, entries_text(entry));
	ends = entries_ends_of(entry);
	return entries_chain_flow(entries, entry->parent, &ends);
}

static void entries_put(struct entries *entries, struct entry *entry)
{
	uint32_t *chain = entries_chain_of(entries, entry);

	entry->next = *chain;
	*chain = entries_index(entries, entry);
}

/* In the order in which entries stand in memory: along the chains each would be waited for. */
static void entries_grow(struct entries *entries)
{
	memset(entries->chain, 0, (entries->mask + 1) * sizeof(*entries->chain));
	entries->mask = 2 * entries->mask + 1;
	for (uint32_t i = 1; i < entries->fresh; i++)
		if (entries->entry[i].list < ENTRIES_LISTS)
			entries_put(entries, &entries->entry[i]);
}

void entries_chain(struct entries *entries, struct entry *entry)
{
	/* stat_ahead foretells only the first entry of a chain, so few chains may have several. */
	if (entries->count > entries->mask / 4 && entries->mask + 1 < entries->chains)
		entries_grow(entries);
	else
		entries_put(entries, entry);
}

void entries_unchain(struct entries *entries, const struct entry *entry)
{
	uint32_t *at = entries_chain_of(entries, entry), index = entries_index(entries, entry);

	while (*at != index)
		at = &entries->entry[*at].next;
	*at = entry->next;
}
