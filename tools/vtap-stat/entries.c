/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "entries.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "entries_internal.h"
#include "pages.h"

_Static_assert(sizeof(struct entry) + sizeof(struct entry_link) + sizeof(uint32_t) <= 192,
	       "an entry, its neighbours and its index");

enum {
	TICK_SHIFT = 20,	    /* a tick is about a millisecond: 2^20 nanoseconds */
	CHAINS_FIRST = 4096,	    /* of a table; it gets more with its entries */
	FORGOTTEN_MOST = 4096,	    /* keys that were removed, before entries_reuse() */
	EXTENSIONS_SIZE = 28 << 20, /* bytes, with their neighbours */
	EXTENSIONS = EXTENSIONS_SIZE / (sizeof(struct entry_extension) + sizeof(struct entry_link)),
	POOL_SIZE = 8 << 20, /* bytes of bars and texts */
};

/* A chain for each entry or two: the largest power of two that is not above their number. */
static uint32_t entries_count_chains(uint32_t most)
{
	uint32_t chains = 1;

	while (chains <= most / 2)
		chains *= 2;
	return chains;
}

bool entries_open(struct entries *entries, uint32_t most, struct error *err)
{
	uint32_t forgotten = most / 8 < FORGOTTEN_MOST ? most / 8 : FORGOTTEN_MOST;
	uint32_t chains = entries_count_chains(most);

	*entries = (struct entries){ .most = most,
				     .chains = chains,
				     .mask = (chains < CHAINS_FIRST ? chains : CHAINS_FIRST) - 1,
				     .fresh = 1,
				     .end = 1 + most + forgotten,
				     .extension_fresh = 1,
				     .pool_most = POOL_SIZE };
	entries->extension_end = EXTENSIONS;
	if (getrandom(&entries->seed, sizeof(entries->seed), GRND_NONBLOCK) < 0)
		entries->seed = (uintptr_t)entries;
	entries->entry = pages_map(entries->end * sizeof(*entries->entry));
	entries->link = pages_map(entries->end * sizeof(*entries->link));
	entries->chain = pages_map(chains * sizeof(*entries->chain));
	entries->extension = pages_map(EXTENSIONS * sizeof(*entries->extension));
	entries->extension_link = pages_map(EXTENSIONS * sizeof(*entries->extension_link));
	if (entries->entry && entries->link && entries->chain && entries->extension &&
	    entries->extension_link)
		return true;
	error_errno(err, "a table of %u keys and flows", most);
	entries_close(entries);
	return false;
}

static void entries_free_key(struct entries *entries, struct entry *entry)
{
	struct entry_key *key = &entry->key;

	if (key->bar)
		entries_pool_give(entries, key->bar, sizeof(*key->bar));
	if (key->is_long)
		entries_pool_give(entries, key->more, key->len);
	key->bar = NULL;
	key->is_long = false;
	key->len = 0;
}

void entries_close(struct entries *entries)
{
	for (uint32_t i = 1; entries->entry && i < entries->fresh; i++)
		if (entries->entry[i].list == ENTRIES_KEYS)
			entries_free_key(entries, &entries->entry[i]);
	pages_unmap(entries->entry, entries->end * sizeof(*entries->entry));
	pages_unmap(entries->link, entries->end * sizeof(*entries->link));
	pages_unmap(entries->chain, entries->chains * sizeof(*entries->chain));
	pages_unmap(entries->extension, EXTENSIONS * sizeof(*entries->extension));
	pages_unmap(entries->extension_link, EXTENSIONS * sizeof(*entries->extension_link));
	*entries = (struct entries){ 0 };
}

void *entries_pool_take(struct entries *entries, size_t size)
{
	void *memory = NULL;

	if (size <= entries->pool_most - entries->pool)
		memory = calloc(1, size);
	entries->pool += memory ? size : 0;
	return memory;
}

void entries_pool_give(struct entries *entries, void *memory, size_t size)
{
	free(memory);
	entries->pool -= size;
}

/* The lists. */

static void entries_link(struct entries *entries, struct entry *entry, enum entries_list list)
{
	uint32_t index = entries_index(entries, entry), newest = entries->list[list].newest;

	entry->list = list;
	entries->link[index] = (struct entry_link){ .older = newest };
	if (newest)
		entries->link[newest].newer = index;
	else
		entries->list[list].oldest = index;
	entries->list[list].newest = index;
	entry->touched = entries->now;
}

static void entries_unlink(struct entries *entries, struct entry *entry)
{
	struct entry_link link = entries->link[entries_index(entries, entry)];

	if (link.newer)
		entries->link[link.newer].older = link.older;
	else
		entries->list[entry->list].newest = link.older;
	if (link.older)
		entries->link[link.older].newer = link.newer;
	else
		entries->list[entry->list].oldest = link.newer;
}

static void entries_link_extension(struct entries *entries, uint32_t index)
{
	struct entry_link *link = entries->extension_link;

	link[index] = (struct entry_link){ .older = entries->extension_newest };
	if (link[index].older)
		link[link[index].older].newer = index;
	else
		entries->extension_oldest = index;
	entries->extension_newest = index;
}

static void entries_unlink_extension(struct entries *entries, uint32_t index)
{
	struct entry_link *link = entries->extension_link, of = link[index];

	if (of.newer)
		link[of.newer].older = of.older;
	else
		entries->extension_newest = of.older;
	if (of.older)
		link[of.older].newer = of.newer;
	else
		entries->extension_oldest = of.newer;
}

void entries_move(struct entries *entries, struct entry *entry, enum entries_list list)
{
	if (entries->list[list].newest != entries_index(entries, entry)) {
		entries_unlink(entries, entry);
		entries_link(entries, entry, list);
	}
	entry->touched = entries->now;
	if (entry->extension && entries->extension_newest != entry->extension) {
		entries_unlink_extension(entries, entry->extension);
		entries_link_extension(entries, entry->extension);
	}
}

void entries_touch(struct entries *entries, struct entry *entry)
{
	entries_move(entries, entry, entry->list);
}

struct entry *entries_oldest(const struct entries *entries)
{
	static const enum entries_list order[] = { ENTRIES_CLOSED, ENTRIES_FLOWS, ENTRIES_KEYS };
	struct entry *oldest = NULL;

	for (unsigned i = 0; i < ENTRIES_LISTS; i++) {
		uint32_t index = entries->list[order[i]].oldest;
		struct entry *entry = &entries->entry[index];

		if (index && (!oldest || entry->touched < oldest->touched))
			oldest = entry;
	}
	return oldest;
}

struct entry *entries_silent(const struct entries *entries, enum entries_list list, uint32_t ticks)
{
	uint32_t index = entries->list[list].oldest;
	struct entry *entry = &entries->entry[index];

	return index && entries->now - entry->touched > ticks ? entry : NULL;
}

uint32_t entries_marked(const struct entries *entries, enum entries_list list)
{
	uint32_t first = 0;

	for (uint32_t i = entries->list[list].newest;
	     i && entries->entry[i].touched >= entries->mark; i = entries->link[i].older)
		first = i;
	return first;
}

/* Adding and removing. */

bool entries_needs_reuse(const struct entries *entries)
{
	return !entries->free && entries->fresh == entries->end;
}

void entries_reuse(struct entries *entries)
{
	while (entries->forgotten) {
		struct entry *entry = &entries->entry[entries->forgotten];
		uint32_t index = entries->forgotten;

		entries->forgotten = entry->next;
		entry->list = ENTRIES_FREE;
		entry->next = entries->free;
		entries->free = index;
	}
	entries->forgotten_count = 0;
}

static struct entry *entries_take(struct entries *entries)
{
	uint32_t index = entries->free;
	struct entry *entry;

	if (index)
		entries->free = entries->entry[index].next;
	else
		index = entries->fresh++;
	entry = &entries->entry[index];
	memset(entry, 0, sizeof(*entry));
	entries->count++;
	return entry;
}

struct entry *entries_add_key(struct entries *entries, struct span text)
{
	char *more = NULL;
	struct entry *entry;

	if (text.len > ENTRIES_INLINE) {
		more = text.len > UINT16_MAX ? NULL : entries_pool_take(entries, text.len);
		if (!more)
			return NULL;
	}
	entry = entries_take(entries);
	entry->key.len = (uint16_t)text.len;
	entry->key.is_long = more;
	if (more)
		entry->key.more = more;
	memcpy(more ? more : entry->key.text, text.data, text.len);
	entries_link(entries, entry, ENTRIES_KEYS);
	entries_chain(entries, entry);
	return entry;
}

struct entry *entries_add_flow(struct entries *entries, uint32_t parent, const struct flow *flow)
{
	struct entry *entry = entries_take(entries);

	memcpy(entry->flow.address[0], flow->source.address, sizeof(entry->flow.address[0]));
	memcpy(entry->flow.address[1], flow->destination.address, sizeof(entry->flow.address[1]));
	entry->flow.port[0] = flow->source.port;
	entry->flow.port[1] = flow->destination.port;
	entry->version = flow->version;
	entry->protocol = flow->protocol;
	entry->bits = flow->has_ports ? ENTRY_PORTS : 0;
	entry->parent = parent;
	entries_link(entries, entry, ENTRIES_FLOWS);
	entries_chain(entries, entry);
	return entry;
}

void entries_remove(struct entries *entries, struct entry *entry)
{
	uint32_t index = entries_index(entries, entry);

	entries_reset(entries, entry);
	entries_unchain(entries, entry);
	entries_unlink(entries, entry);
	entries->count--;
	if (entry->list == ENTRIES_KEYS) {
		entries_free_key(entries, entry);
		entry->list = ENTRIES_FORGOTTEN;
		entry->next = entries->forgotten;
		entries->forgotten = index;
		entries->forgotten_count++;
		return;
	}
	entry->list = ENTRIES_FREE;
	entry->next = entries->free;
	entries->free = index;
}

/* Extensions. */

struct entry_extension *entries_extend(struct entries *entries, struct entry *entry)
{
	uint32_t index = entries->extension_free;

	if (entry->extension)
		return &entries->extension[entry->extension];
	if (index)
		entries->extension_free = entries->extension_link[index].older;
	else if (entries->extension_fresh < entries->extension_end)
		index = entries->extension_fresh++;
	else
		return NULL;
	entries->extension[index] =
		(struct entry_extension){ .owner = entries_index(entries, entry) };
	entries_link_extension(entries, index);
	entry->extension = index & 0xFFFFF;
	return &entries->extension[index];
}

struct entry *entries_oldest_extended(const struct entries *entries)
{
	return &entries->entry[entries->extension[entries->extension_oldest].owner];
}

void entries_reset(struct entries *entries, struct entry *entry)
{
	uint32_t index = entry->extension;

	entry->bits &= 0xFF & ~ENTRY_TIMED;
	entry->packets = entry->source_packets = 0;
	entry->bytes = entry->source_bytes = entry->left_out = 0;
	entry->extension = 0;
	if (!index)
		return;
	entries_unlink_extension(entries, index);
	entries->extension_link[index].older = entries->extension_free;
	entries->extension_free = index;
}

/* The clock. */

uint32_t entries_ticks(uint64_t ns)
{
	uint64_t ticks = (ns + ((1 << TICK_SHIFT) - 1)) >> TICK_SHIFT;

	return ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX;
}

/* Once in 26 days of packet time at most, so no times that packets choose make it dear. */
static void entries_begin_clock(struct entries *entries, uint64_t tick)
{
	uint64_t by = tick - entries->now_begin - INT32_MAX;

	for (uint32_t i = 1; i < entries->fresh; i++) {
		struct entry *entry = &entries->entry[i];

		entry->touched = entry->touched > by ? (uint32_t)(entry->touched - by) : 0;
	}
	entries->mark = entries->mark > by ? (uint32_t)(entries->mark - by) : 0;
	entries->now_begin += by;
}

void entries_set_clock(struct entries *entries, uint64_t ns)
{
	uint64_t tick = ns >> TICK_SHIFT;

	if (tick - entries->now_begin > UINT32_MAX)
		entries_begin_clock(entries, tick);
	entries->now = (uint32_t)(tick - entries->now_begin);
}
