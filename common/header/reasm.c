/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "header/reasm.h"

#include <stdlib.h>

#include "base/hash_table.h"
#include "base/ring_buffer.h"
#include "header/reasm_fragment.h"

/* All bytes of it count: two keys are compared as memory. */
struct key {
	uint32_t interface;
	uint32_t id;
	uint64_t vlans; /* the first HEADERS_VLANS VIDs, 12 bits each */
	uint8_t source[16], destination[16];
	uint32_t version, protocol;
};

/* In the order of age: older and younger. Free ones hang together by younger. */
struct datagram {
	struct key key;
	int64_t time_ns; /* of the fragment that came first */
	bool listed;	 /* in the table and among the ages: fragments may still come */
	bool given_up;	 /* fragments overlapped: those that still come are refused */
	bool queued;	 /* in the heap: its fragments are due */
	enum reasm_cause cause;
	unsigned count;	       /* of fragments */
	uint32_t bytes, total; /* of payload; total UINT32_MAX: the last fragment is missing */
	struct kept *oldest, *newest; /* by arrival, all */
	struct kept *first, *last;    /* by offset, without duplicates */
	struct datagram *older, *younger;
};

struct reasm {
	int64_t time_ns;
	struct ring_buffer ring;
	struct hash_table table;
	struct datagram *datagrams, *unused; /* one array, and what came back of it */
	size_t fresh; /* of the array, from its start: never used, so not even touched */
	struct datagram *oldest, *youngest;
	struct datagram **heap; /* of the queued ones, the earliest arrival on top */
	size_t heap_count;
	uint64_t arrivals;
	struct kept *given;	  /* handed out by reasm_due(), dropped by the next call */
	struct datagram *pending; /* whole, waits for accept or refuse */
	struct patch whole;
};

/* One datagram's record for so many bytes of memory: about eight of ten bytes go to packets. */
enum { MEMORY_PER_DATAGRAM = 2048 };

static bool allocate(struct reasm *reasm, uint64_t memory)
{
	size_t records = memory / MEMORY_PER_DATAGRAM;
	size_t used;

	hash_table_init(&reasm->table);
	reasm->whole.len = REASM_PACKET_MAX + UINT16_MAX;
	reasm->whole.data = malloc(reasm->whole.len);
	reasm->datagrams = calloc(records, sizeof(*reasm->datagrams));
	reasm->heap = calloc(records, sizeof(*reasm->heap));
	if (!reasm->whole.data || !reasm->datagrams || !reasm->heap ||
	    !hash_table_reserve(&reasm->table, records))
		return false;
	reasm->fresh = records;
	used = reasm->whole.len + records * (sizeof(*reasm->datagrams) + sizeof(*reasm->heap)) +
	       reasm->table.size * sizeof(*reasm->table.slots);
	return ring_buffer_init(&reasm->ring, memory - used);
}

struct reasm *reasm_new(uint64_t memory, int64_t time_ns)
{
	struct reasm *reasm = calloc(1, sizeof(*reasm));

	if (!reasm)
		return NULL;
	reasm->time_ns = time_ns;
	if (memory < REASM_MEMORY_MIN)
		memory = REASM_MEMORY_MIN;
	if (allocate(reasm, memory))
		return reasm;
	reasm_free(reasm);
	return NULL;
}

void reasm_free(struct reasm *reasm)
{
	if (!reasm)
		return;
	ring_buffer_free(&reasm->ring);
	hash_table_free(&reasm->table);
	free(reasm->datagrams);
	free(reasm->heap);
	free(reasm->whole.data);
	free(reasm);
}

static void heap_swap(struct reasm *reasm, size_t a, size_t b)
{
	struct datagram *other = reasm->heap[a];

	reasm->heap[a] = reasm->heap[b];
	reasm->heap[b] = other;
}

static bool heap_earlier(const struct reasm *reasm, size_t a, size_t b)
{
	return reasm->heap[a]->oldest->arrival < reasm->heap[b]->oldest->arrival;
}

static void heap_push(struct reasm *reasm, struct datagram *datagram)
{
	size_t at = reasm->heap_count++;

	for (reasm->heap[at] = datagram; at > 0 && heap_earlier(reasm, at, (at - 1) / 2);
	     at = (at - 1) / 2)
		heap_swap(reasm, at, (at - 1) / 2);
}

/* Puts the top where it belongs after its oldest kept has changed. */
static void heap_sift(struct reasm *reasm)
{
	for (size_t at = 0;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < reasm->heap_count && heap_earlier(reasm, child + 1, child))
			child++;
		if (child >= reasm->heap_count || !heap_earlier(reasm, child, at))
			return;
		heap_swap(reasm, at, child);
		at = child;
	}
}

static void recycle(struct reasm *reasm, struct datagram *datagram)
{
	if (datagram->listed || datagram->queued)
		return;
	datagram->younger = reasm->unused;
	reasm->unused = datagram;
}

static void list(struct reasm *reasm, struct datagram *datagram)
{
	/* Cannot fail: room for all records was reserved. */
	hash_table_put(&reasm->table, &datagram->key, sizeof(datagram->key), datagram);
	datagram->listed = true;
	datagram->older = reasm->youngest;
	datagram->younger = NULL;
	if (reasm->youngest)
		reasm->youngest->younger = datagram;
	else
		reasm->oldest = datagram;
	reasm->youngest = datagram;
}

static void unlist(struct reasm *reasm, struct datagram *datagram)
{
	hash_table_remove(&reasm->table, &datagram->key, sizeof(datagram->key));
	datagram->listed = false;
	if (datagram->older)
		datagram->older->younger = datagram->younger;
	else
		reasm->oldest = datagram->younger;
	if (datagram->younger)
		datagram->younger->older = datagram->older;
	else
		reasm->youngest = datagram->older;
}

static void queue(struct reasm *reasm, struct datagram *datagram, enum reasm_cause cause)
{
	datagram->cause = cause;
	datagram->queued = true;
	heap_push(reasm, datagram);
}

/* Takes a datagram out of the table; what it has becomes due. */
static void release(struct reasm *reasm, struct datagram *datagram, enum reasm_cause cause)
{
	unlist(reasm, datagram);
	if (!datagram->queued && datagram->oldest)
		queue(reasm, datagram, cause);
	recycle(reasm, datagram);
}

static void settle(struct reasm *reasm)
{
	if (reasm->given)
		ring_buffer_drop(&reasm->ring, reasm->given);
	reasm->given = NULL;
}

/* Whatever comes next, there is a record and room for it: the oldest go. */
static void make_room(struct reasm *reasm)
{
	struct kept *kept;

	while ((kept = ring_buffer_crowding(&reasm->ring, REASM_PACKET_MAX)))
		if (!kept->datagram->queued)
			release(reasm, kept->datagram, REASM_NO_MEMORY);
	if (!reasm->unused && reasm->fresh == 0 && reasm->heap_count == 0)
		release(reasm, reasm->oldest, REASM_NO_MEMORY);
}

bool reasm_due(struct reasm *reasm, struct packet *packet, enum reasm_cause *cause)
{
	struct datagram *datagram;

	settle(reasm);
	make_room(reasm);
	if (reasm->heap_count == 0)
		return false;
	datagram = reasm->heap[0];
	reasm->given = datagram->oldest;
	*packet = datagram->oldest->packet;
	*cause = datagram->cause;
	datagram->oldest = datagram->oldest->later;
	if (!datagram->oldest) {
		reasm->heap[0] = reasm->heap[--reasm->heap_count];
		datagram->queued = false;
		recycle(reasm, datagram);
	}
	heap_sift(reasm);
	return true;
}

bool reasm_idle(const struct reasm *reasm)
{
	return !reasm->oldest && reasm->heap_count == 0;
}

/* Clocks may also jump back: then the old ones would wait for ever. */
static bool too_old(const struct reasm *reasm, const struct datagram *datagram, int64_t now_ns)
{
	__int128 age = (__int128)now_ns - datagram->time_ns;

	return age > reasm->time_ns || -age > reasm->time_ns;
}

void reasm_expire(struct reasm *reasm, int64_t now_ns)
{
	bool all = now_ns == INT64_MAX;

	while (reasm->oldest && (all || too_old(reasm, reasm->oldest, now_ns)))
		release(reasm, reasm->oldest, all ? REASM_INCOMPLETE : REASM_TIMED_OUT);
}

static void key_of(struct key *key, const struct reasm_fragment *fragment,
		   const struct packet *packet, const struct headers *headers)
{
	memset(key, 0, sizeof(*key));
	key->interface = packet->interface ? packet->interface->serial : 0;
	key->id = fragment->id;
	key->version = fragment->version;
	/* RFC 8200 section 4.5: in IPv6 the next header of the first fragment counts alone. */
	key->protocol = fragment->version == 4 ? fragment->protocol : 0;
	memcpy(key->source, fragment->source, sizeof(key->source));
	memcpy(key->destination, fragment->destination, sizeof(key->destination));
	for (unsigned i = 0; i < headers->vlans && i < HEADERS_VLANS; i++)
		key->vlans = key->vlans << 12 | headers->vlan[i];
}

static struct datagram *new_datagram(struct reasm *reasm, const struct key *key, int64_t time_ns)
{
	struct datagram *datagram = reasm->unused;

	if (datagram)
		reasm->unused = datagram->younger;
	else if (reasm->fresh > 0)
		datagram = &reasm->datagrams[--reasm->fresh];
	else
		return NULL;
	*datagram = (struct datagram){ .key = *key, .time_ns = time_ns, .total = UINT32_MAX };
	return datagram;
}

static struct datagram *datagram_for(struct reasm *reasm, const struct reasm_fragment *fragment,
				     const struct packet *packet, const struct headers *headers)
{
	struct datagram *datagram;
	struct key key;

	key_of(&key, fragment, packet, headers);
	datagram = hash_table_get(&reasm->table, &key, sizeof(key));
	if (datagram)
		return datagram;
	datagram = new_datagram(reasm, &key, packet->time_ns);
	if (datagram)
		list(reasm, datagram);
	return datagram;
}

/* Appends by arrival. */
static void append(struct reasm *reasm, struct datagram *datagram, struct kept *kept)
{
	kept->datagram = datagram;
	kept->arrival = reasm->arrivals++;
	if (datagram->newest)
		datagram->newest->later = kept;
	else
		datagram->oldest = kept;
	datagram->newest = kept;
	datagram->count++;
}

/*
 * Sorts an kept in by offset. False: it overlaps or contradicts what is there (RFC 5722). An
 * exact copy, as mirrors of both ends of a link bring it, is left out.
 */
static bool sort_in(struct datagram *datagram, struct kept *kept)
{
	const struct reasm_fragment *new = &kept->fragment;
	struct kept *before = NULL, *after = datagram->first;

	if (!new->more && datagram->total != UINT32_MAX && datagram->total != new->end)
		return false;
	if (!new->more)
		datagram->total = new->end;
	/* In order or in reverse, the common cases, take no steps. */
	if (datagram->last && datagram->last->fragment.end <= new->start) {
		before = datagram->last;
		after = NULL;
	}
	while (after && after->fragment.start < new->start) {
		before = after;
		after = after->next;
	}
	if (after && reasm_fragment_same(kept, after))
		return true;
	if ((before && before->fragment.end > new->start) ||
	    (after && after->fragment.start < new->end))
		return false;
	kept->next = after;
	*(before ? &before->next : &datagram->first) = kept;
	if (!after)
		datagram->last = kept;
	datagram->bytes += new->end - new->start;
	return datagram->last->fragment.end <= datagram->total;
}

static enum reasm_result put_kept(struct reasm *reasm, struct datagram *datagram, struct kept *kept)
{
	append(reasm, datagram, kept);
	if (!sort_in(datagram, kept)) {
		datagram->given_up = true;
		queue(reasm, datagram, REASM_OVERLAPPING);
	} else if (datagram->bytes == datagram->total) {
		return REASM_WHOLE;
	} else if (datagram->count == REASM_FRAGMENTS_MAX) {
		release(reasm, datagram, REASM_NO_MEMORY);
	}
	return REASM_KEPT;
}

enum reasm_result reasm_put(struct reasm *reasm, const struct packet *packet,
			    const struct headers *headers, struct packet *whole)
{
	struct reasm_fragment fragment;
	struct datagram *datagram;
	enum reasm_result result;
	struct kept *kept;

	settle(reasm);
	result = reasm_fragment_read(&fragment, packet, headers);
	if (result != REASM_KEPT)
		return result;
	if (reasm_fragment_cost(packet) > REASM_PACKET_MAX)
		return REASM_FULL;
	datagram = datagram_for(reasm, &fragment, packet, headers);
	if (datagram && datagram->given_up)
		return REASM_REFUSED;
	kept = datagram ? ring_buffer_add(&reasm->ring, reasm_fragment_cost(packet)) : NULL;
	if (!kept) {
		if (datagram && !datagram->oldest)
			release(reasm, datagram, REASM_NO_MEMORY);
		return REASM_FULL;
	}
	reasm_fragment_keep(kept, packet, &fragment);
	result = put_kept(reasm, datagram, kept);
	if (result == REASM_WHOLE) {
		reasm->pending = datagram;
		*whole = *packet;
		reasm_fragment_join(datagram->first, reasm->whole, whole);
	}
	return result;
}

uint64_t reasm_accept(struct reasm *reasm)
{
	struct datagram *datagram = reasm->pending;
	uint64_t count = datagram->count;

	for (struct kept *kept = datagram->oldest, *later; kept; kept = later) {
		later = kept->later;
		ring_buffer_drop(&reasm->ring, kept);
	}
	datagram->oldest = NULL;
	release(reasm, datagram, REASM_NOT_WANTED);
	return count;
}

void reasm_refuse(struct reasm *reasm)
{
	release(reasm, reasm->pending, REASM_NOT_WANTED);
}
