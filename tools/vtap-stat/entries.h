/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of keys and flows, of a size that never grows: entries of at most 192 bytes, their
 * index included, in one allocation that is touched as it is used. What every packet counts stands
 * in the entry; all else stands in an extension, which an entry gets when the first of it is not 0.
 *
 * Entries are ordered by the last touch, in ticks of the stage's clock, which never goes back. A
 * key is touched when a flow of it is, so that no key is silent for longer than a flow of it.
 */
#ifndef VTAP_STAT_ENTRIES_H
#define VTAP_STAT_ENTRIES_H

#include "bar.h"
#include "base/error.h"
#include "counts.h"
#include "header/flow.h"
#include "oversize.h"
#include "tcp_flow.h"

enum { ENTRIES_NONE = 0 };     /* an index; that of no entry */
enum { ENTRIES_LEAST = 16 };   /* entries of a table, at least */
enum { ENTRIES_INLINE = 104 }; /* bytes of a key's text that stand in its entry */

/* Where an entry is. Lists are in the order of the last touch. */
enum entries_list {
	ENTRIES_KEYS,
	ENTRIES_FLOWS,
	ENTRIES_CLOSED, /* TCP flows behind both FINs, or a RST */
	ENTRIES_LISTS,
	ENTRIES_FORGOTTEN = ENTRIES_LISTS, /* keys that caches may still point to */
	ENTRIES_FREE,
};

/* Bits of an entry. */
enum {
	ENTRY_TIMED = 1,	  /* first_ns and last_ns are set */
	ENTRY_SOURCE_IS_HIGH = 2, /* the flow's source is the higher end */
	ENTRY_PORTS = 4,	  /* the flow has ports */
	ENTRY_MACS = 8,		  /* mac is set */
	ENTRY_ICMP = 16,	  /* icmp is set */
	ENTRY_SEEN_LOW = 32, /* a packet of the lower end was seen; the next bit: of the higher */
	ENTRY_SEEN_HIGH = 64,
};

/* The ends of a flow, the lower one first, as flow_normalise() orders them. */
struct entry_flow {
	uint8_t address[2][16];
	uint16_t port[2];
	uint8_t mac[2][6]; /* of the source and the destination, in the first packet */
	struct tcp_flow tcp;
	struct oversize_flow oversize;
};

struct entry_key {
	struct bar *bar; /* bytes over time, or NULL */
	uint16_t len;	 /* of text */
	bool is_long;	 /* text is behind `more` */
	bool none;	 /* the packets have no part of the key */
	struct oversize_source oversize;
	union {
		char text[ENTRIES_INLINE]; /* parts, each with a NUL behind it */
		char *more;
	};
};

struct entry {
	int64_t first_ns, last_ns; /* smallest and largest time of what is counted */
	uint32_t next;		   /* in the chain of its hash */
	uint32_t extension : 20, list : 4, bits : 8;
	uint32_t touched; /* ticks */
	uint32_t parent;  /* key of a flow */
	uint32_t packets, source_packets;
	uint32_t bytes, source_bytes; /* on the wire */
	uint32_t left_out;	      /* of bytes: not captured */
	uint8_t version, protocol;    /* of a flow */
	uint8_t icmp[2]; /* type and code of the first packet of a flow, of ICMP and ICMPv6 */
	union {
		struct entry_flow flow;
		struct entry_key key;
	};
};

/* Counts that an entry has no room for. What is here is added to what is there. */
struct entry_extension {
	struct counts counts;
	uint64_t source_packets, source_bytes;
	uint32_t largest_superframe;
	uint32_t owner; /* entry */
};

/* Neighbours of an entry in its list, or of an extension. They change with each packet, so they
 * stand apart: those of many entries stay in the processor's cache. */
struct entry_link {
	uint32_t newer, older;
};

struct entries {
	struct entry *entry;	 /* the first is not used */
	struct entry_link *link; /* of each entry */
	uint32_t *chain;	 /* first entry of each hash */
	uint32_t chains;	 /* that there is room for */
	uint32_t mask; /* those in use less 1: few entries have few chains, which stay near */
	uint32_t most, count; /* keys and flows: that may be, and that are */
	uint32_t fresh, end;  /* the first entry that was never used; how many there are */
	uint32_t free;	      /* entries that were given back, by `next` */
	uint32_t forgotten, forgotten_count; /* keys, by `next` */
	struct {
		uint32_t newest, oldest;
	} list[ENTRIES_LISTS];
	uint64_t seed;
	uint32_t now;			   /* ticks */
	uint64_t now_begin;		   /* the tick that is 0 in now */
	uint32_t mark;			   /* ticks */
	struct entry_extension *extension; /* the first is not used */
	/* Neighbours of each extension in the list of those in use, which is in the order of the
	 * last touch of their owners. A free extension has the next free one as `older`. */
	struct entry_link *extension_link;
	uint32_t extension_fresh, extension_end, extension_free;
	uint32_t extension_newest, extension_oldest;
	size_t pool, pool_most; /* bytes of bars and of long texts: taken, and at most */
};

/* Makes an empty table for `most` keys and flows, at least ENTRIES_LEAST. Returns false and sets
 * err without memory. */
bool entries_open(struct entries *entries, uint32_t most, struct error *err);
void entries_close(struct entries *entries); /* *entries may be all zero */

static inline struct entry *entries_at(const struct entries *entries, uint32_t index)
{
	return &entries->entry[index];
}

static inline uint32_t entries_index(const struct entries *entries, const struct entry *entry)
{
	return (uint32_t)(entry - entries->entry);
}

/* Returns the next one of its list that was touched later, or 0. */
static inline uint32_t entries_newer(const struct entries *entries, uint32_t index)
{
	return entries->link[index].newer;
}

/* Returns the text of a key. It lives until the key is removed. */
static inline struct span entries_text(const struct entry *entry)
{
	const struct entry_key *key = &entry->key;

	return span_of((const uint8_t *)(key->is_long ? key->more : key->text), key->len);
}

/* Returns the key of such a text, or NULL. */
struct entry *entries_find_key(const struct entries *entries, struct span text);

/* Returns the flow of a key, or NULL. flow is normalised. guess: an entry that may be the flow, and
 * that is compared before the index is read; or NULL. */
struct entry *entries_find_flow(const struct entries *entries, uint32_t parent,
				const struct flow *flow, const struct entry *guess);

/*
 * Three steps that fetch into the processor's cache what entries_find_flow() will read: its chain,
 * the first entry of the chain, and what that entry leads to. Each reads what the step before has
 * fetched, so a packet or two should come in between. Nothing changes, and what is found may be
 * another flow. entries_fetch_chain() returns the chain for the second step, which returns the
 * entry for the third, or NULL.
 */
const uint32_t *entries_fetch_chain(const struct entries *entries, uint32_t parent,
				    const struct flow *flow);
const struct entry *entries_fetch_first(const struct entries *entries, const uint32_t *chain);
void entries_fetch_around(const struct entries *entries, const struct entry *entry);

/* Returns true if an entry has to be removed before the next is added. */
static inline bool entries_is_full(const struct entries *entries)
{
	return entries->count >= entries->most;
}

/* Returns true if keys that were removed take all the room that there is for them: when nothing
 * points to them any more, entries_reuse() gives it back. */
bool entries_needs_reuse(const struct entries *entries);
void entries_reuse(struct entries *entries);

/*
 * Adds a key or a flow that is not there yet, as the one that was touched last. The table is not
 * full, and does not need reuse. Returns NULL if a key's text has more than ENTRIES_INLINE bytes
 * and the pool has no room for it.
 */
struct entry *entries_add_key(struct entries *entries, struct span text);
struct entry *entries_add_flow(struct entries *entries, uint32_t parent, const struct flow *flow);

/* Makes an entry the one of its list that was touched last. */
void entries_touch(struct entries *entries, struct entry *entry);

/* Moves an entry to another list, as the one that was touched last. */
void entries_move(struct entries *entries, struct entry *entry, enum entries_list list);

/* Returns the entry that was silent longest, a flow in front of a key; NULL if there is none. */
struct entry *entries_oldest(const struct entries *entries);

/* Returns the entry of a list that was silent longest, if that is for longer than `ticks`. */
struct entry *entries_silent(const struct entries *entries, enum entries_list list, uint32_t ticks);

/*
 * Removes an entry: a flow, or a key without flows. A key stays where it is, as
 * ENTRIES_FORGOTTEN, until entries_reuse().
 */
void entries_remove(struct entries *entries, struct entry *entry);

/* Returns the extension of an entry, which gets one if it has none; NULL if none is free. */
struct entry_extension *entries_extend(struct entries *entries, struct entry *entry);

/* Returns the extension of an entry, or NULL. */
static inline struct entry_extension *entries_extension(const struct entries *entries,
							const struct entry *entry)
{
	return entry->extension ? &entries->extension[entry->extension] : NULL;
}

/* Returns the entry with an extension that was silent longest. There is one. */
struct entry *entries_oldest_extended(const struct entries *entries);

/* Sets all counts of an entry to 0 and gives its extension back. */
void entries_reset(struct entries *entries, struct entry *entry);

/* Returns true if something was counted since the last entries_reset(). */
static inline bool entries_is_counted(const struct entry *entry)
{
	return entry->packets > 0 || entry->extension;
}

/* Sets the clock: nanoseconds since it began. It must not go back. */
void entries_set_clock(struct entries *entries, uint64_t ns);

/* Makes this moment the one that entries_marked() asks for. */
static inline void entries_set_mark(struct entries *entries)
{
	entries->mark = entries->now;
}

/*
 * Returns the entry of a list that was touched first of those that were touched since the mark, or
 * 0; some that were touched a moment before it may be among them. The others follow by
 * entries_newer().
 */
uint32_t entries_marked(const struct entries *entries, enum entries_list list);

/* Returns ticks, rounded up, of a time. */
uint32_t entries_ticks(uint64_t ns);

/* Takes zeroed memory of the pool for something of a key, or returns NULL if it is full. */
void *entries_pool_take(struct entries *entries, size_t size);
void entries_pool_give(struct entries *entries, void *memory, size_t size);

#endif
