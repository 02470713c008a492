/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "header/reasm.h"

#include <stdlib.h>

#include "base/hash_table.h"
#include "base/ring_buffer.h"
#include "header/reasm_fragment.h"

/* What tells datagrams apart. Two keys are compared as memory, so that padding has to be 0. */
struct datagram_key {
	uint32_t interface; /* serial number of the capture interface */
	uint32_t id;	    /* identification */
	uint64_t vlans;	    /* the first HEADERS_VLANS VIDs, 12 bits each; 0 without a tag */
	uint8_t source[16], destination[16];
	uint32_t version, protocol;
};

struct datagram {
	struct datagram_key key;
	int64_t time_ns; /* capture time of the fragment that came first; if it is done, of the one
			    that completed it */
	bool listed;	 /* in the table and in a list by age */
	bool done;	 /* accepted: its copies are kept to know further ones by */
	bool given_up;	 /* two fragments overlap: fragments that still come are refused */
	bool queued;	 /* in the heap: its fragments are due */
	enum reasm_cause cause; /* why they are due */
	unsigned count;		/* fragments, with duplicates */
	uint32_t bytes;		/* bytes of payload that its fragments hold */
	uint32_t total;		/* bytes of its payload; UINT32_MAX without the last fragment */
	struct reasm_copy *oldest, *newest; /* list of all fragments, by arrival */
	struct reasm_copy *first, *last;    /* list of fragments without duplicates, by offset */
	struct datagram *older, *younger;   /* neighbours by age; younger also links free ones */
};

/* Neighbours are linked by `older` and `younger`. */
struct ages {
	struct datagram *oldest, *youngest;
};

struct reasm {
	int64_t time_ns;	 /* the age at which a datagram is given up */
	struct ring_buffer ring; /* the copies of fragments */
	struct hash_table table;
	struct datagram *datagrams; /* an array of all */
	struct datagram *unused;    /* list of those that were used and are free again */
	size_t untouched; /* number of those, from the array's start, that were never used: their
			     pages take no memory yet */
	struct ages waiting, done; /* the listed ones that take more fragments, and those that are
				      done */
	struct datagram **heap;	   /* the queued ones, earliest arrival on top */
	size_t heap_count;
	uint64_t arrivals;	     /* number of fragments that were kept */
	struct reasm_copy *returned; /* what reasm_due() returned; the next call drops it */
	struct datagram *pending;    /* complete; reasm_accept() or reasm_refuse() is to come */
	struct patch whole;	     /* buffer for joined datagrams */
};

/* Bytes of memory for which there is one struct datagram. 71% of REASM_MEMORY_MIN, and about
 * 90% of a large limit, is left for packets. */
enum { MEMORY_PER_DATAGRAM = 2048 };

static bool reasm_allocate(struct reasm *reasm, uint64_t memory)
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
	reasm->untouched = records;
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
	if (reasm_allocate(reasm, memory))
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

/* Restores the heap's order after the oldest copy of its top has changed. */
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

static void datagram_recycle(struct reasm *reasm, struct datagram *datagram)
{
	if (datagram->listed || datagram->queued)
		return;
	datagram->younger = reasm->unused;
	reasm->unused = datagram;
}

static void ages_add(struct ages *ages, struct datagram *datagram)
{
	datagram->older = ages->youngest;
	datagram->younger = NULL;
	*(ages->youngest ? &ages->youngest->younger : &ages->oldest) = datagram;
	ages->youngest = datagram;
}

static void ages_remove(struct ages *ages, struct datagram *datagram)
{
	*(datagram->older ? &datagram->older->younger : &ages->oldest) = datagram->younger;
	*(datagram->younger ? &datagram->younger->older : &ages->youngest) = datagram->older;
}

static void datagram_list(struct reasm *reasm, struct datagram *datagram)
{
	/* It cannot fail: reasm_allocate() reserved room for all datagrams. */
	hash_table_put(&reasm->table, &datagram->key, sizeof(datagram->key), datagram);
	datagram->listed = true;
	ages_add(&reasm->waiting, datagram);
}

static void datagram_unlist(struct reasm *reasm, struct datagram *datagram)
{
	hash_table_remove(&reasm->table, &datagram->key, sizeof(datagram->key));
	datagram->listed = false;
	ages_remove(datagram->done ? &reasm->done : &reasm->waiting, datagram);
}

static void datagram_queue(struct reasm *reasm, struct datagram *datagram, enum reasm_cause cause)
{
	datagram->cause = cause;
	datagram->queued = true;
	heap_push(reasm, datagram);
}

/* Takes a datagram out of the table and makes its fragments due. */
static void datagram_release(struct reasm *reasm, struct datagram *datagram, enum reasm_cause cause)
{
	datagram_unlist(reasm, datagram);
	if (!datagram->queued && datagram->oldest)
		datagram_queue(reasm, datagram, cause);
	datagram_recycle(reasm, datagram);
}

/* Drops a datagram that is done, with its copies. */
static void datagram_forget(struct reasm *reasm, struct datagram *datagram)
{
	for (struct reasm_copy *copy = datagram->oldest, *later; copy; copy = later) {
		later = copy->later;
		ring_buffer_drop(&reasm->ring, copy);
	}
	datagram->oldest = NULL;
	datagram_unlist(reasm, datagram);
	datagram_recycle(reasm, datagram);
}

static void drop_returned(struct reasm *reasm)
{
	if (reasm->returned)
		ring_buffer_drop(&reasm->ring, reasm->returned);
	reasm->returned = NULL;
}

/* Releases the oldest datagrams, so that there is room for any next packet once those that are due
 * were taken out. Those that are done take no room from others. */
static void reasm_make_room(struct reasm *reasm)
{
	struct reasm_copy *copy;

	while ((copy = ring_buffer_crowding(&reasm->ring, REASM_PACKET_MAX)))
		if (copy->datagram->done)
			datagram_forget(reasm, copy->datagram);
		else if (!copy->datagram->queued)
			datagram_release(reasm, copy->datagram, REASM_NO_MEMORY);
	if (reasm->unused || reasm->untouched > 0)
		return;
	if (reasm->done.oldest)
		datagram_forget(reasm, reasm->done.oldest);
	else if (reasm->heap_count == 0)
		datagram_release(reasm, reasm->waiting.oldest, REASM_NO_MEMORY);
}

bool reasm_due(struct reasm *reasm, struct packet *packet, enum reasm_cause *cause)
{
	struct datagram *datagram;

	drop_returned(reasm);
	reasm_make_room(reasm);
	if (reasm->heap_count == 0)
		return false;
	datagram = reasm->heap[0];
	reasm->returned = datagram->oldest;
	*packet = datagram->oldest->packet;
	*cause = datagram->cause;
	datagram->oldest = datagram->oldest->later;
	if (!datagram->oldest) {
		reasm->heap[0] = reasm->heap[--reasm->heap_count];
		datagram->queued = false;
		datagram_recycle(reasm, datagram);
	}
	heap_sift(reasm);
	return true;
}

bool reasm_idle(const struct reasm *reasm)
{
	return !reasm->waiting.oldest && reasm->heap_count == 0;
}

/* A clock that was set back must not make datagrams wait for ever, so the distance counts. */
static bool datagram_is_old(const struct reasm *reasm, const struct datagram *datagram,
			    int64_t now_ns)
{
	__int128 age = (__int128)now_ns - datagram->time_ns;

	return age > reasm->time_ns || -age > reasm->time_ns;
}

void reasm_expire(struct reasm *reasm, int64_t now_ns)
{
	while (reasm->waiting.oldest && datagram_is_old(reasm, reasm->waiting.oldest, now_ns))
		datagram_release(reasm, reasm->waiting.oldest, REASM_TIMED_OUT);
	while (reasm->done.oldest && datagram_is_old(reasm, reasm->done.oldest, now_ns))
		datagram_forget(reasm, reasm->done.oldest);
}

void reasm_end(struct reasm *reasm)
{
	while (reasm->waiting.oldest)
		datagram_release(reasm, reasm->waiting.oldest, REASM_INCOMPLETE);
	while (reasm->done.oldest)
		datagram_forget(reasm, reasm->done.oldest);
}

static void datagram_key_of(struct datagram_key *key, const struct reasm_fragment *fragment,
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

static struct datagram *datagram_new(struct reasm *reasm, const struct datagram_key *key,
				     int64_t time_ns)
{
	struct datagram *datagram = reasm->unused;

	if (datagram)
		reasm->unused = datagram->younger;
	else if (reasm->untouched > 0)
		datagram = &reasm->datagrams[--reasm->untouched];
	else
		return NULL;
	*datagram = (struct datagram){ .key = *key, .time_ns = time_ns, .total = UINT32_MAX };
	return datagram;
}

/* An identification is used again, perhaps at once, so the bytes have to be those of a copy. */
static bool datagram_has(const struct datagram *datagram, const struct reasm_fragment *fragment,
			 const struct packet *packet)
{
	const struct reasm_copy look = { .fragment = *fragment, .packet = *packet };
	const struct reasm_copy *copy = datagram->first;

	while (copy && copy->fragment.start < fragment->start)
		copy = copy->next;
	return copy && reasm_fragment_same(&look, copy);
}

/* A datagram that is done is returned for a copy of one of its fragments only. */
static struct datagram *datagram_get(struct reasm *reasm, const struct reasm_fragment *fragment,
				     const struct packet *packet, const struct headers *headers)
{
	struct datagram *datagram;
	struct datagram_key key;

	datagram_key_of(&key, fragment, packet, headers);
	datagram = hash_table_get(&reasm->table, &key, sizeof(key));
	if (datagram && (!datagram->done || datagram_has(datagram, fragment, packet)))
		return datagram;
	if (datagram)
		datagram_forget(reasm, datagram);
	datagram = datagram_new(reasm, &key, packet->time_ns);
	if (datagram)
		datagram_list(reasm, datagram);
	return datagram;
}

/* Appends a copy to the list by arrival. */
static void datagram_append(struct reasm *reasm, struct datagram *datagram, struct reasm_copy *copy)
{
	copy->datagram = datagram;
	copy->arrival = reasm->arrivals++;
	if (datagram->newest)
		datagram->newest->later = copy;
	else
		datagram->oldest = copy;
	datagram->newest = copy;
	datagram->count++;
}

/*
 * Inserts a fragment by offset. Returns false if it overlaps another one or contradicts the length
 * (RFC 5722). An exact duplicate, which mirrors of both ends of a link bring, is left out of
 * that list.
 */
static bool datagram_insert(struct datagram *datagram, struct reasm_copy *copy)
{
	const struct reasm_fragment *new = &copy->fragment;
	struct reasm_copy *before = NULL, *after = datagram->first;

	if (!new->more && datagram->total != UINT32_MAX && datagram->total != new->end)
		return false;
	if (!new->more)
		datagram->total = new->end;
	/* Fragments arrive in order or in reverse order: both need no search. */
	if (datagram->last && datagram->last->fragment.end <= new->start) {
		before = datagram->last;
		after = NULL;
	}
	while (after && after->fragment.start < new->start) {
		before = after;
		after = after->next;
	}
	if (after && reasm_fragment_same(copy, after))
		return true;
	if ((before && before->fragment.end > new->start) ||
	    (after && after->fragment.start < new->end))
		return false;
	copy->next = after;
	*(before ? &before->next : &datagram->first) = copy;
	if (!after)
		datagram->last = copy;
	datagram->bytes += new->end - new->start;
	return datagram->last->fragment.end <= datagram->total;
}

static enum reasm_result datagram_add(struct reasm *reasm, struct datagram *datagram,
				      struct reasm_copy *copy)
{
	datagram_append(reasm, datagram, copy);
	if (!datagram_insert(datagram, copy)) {
		datagram->given_up = true;
		datagram_queue(reasm, datagram, REASM_OVERLAPPING);
	} else if (datagram->bytes == datagram->total) {
		if (reasm_fragment_fits(&datagram->first->fragment, datagram->total))
			return REASM_WHOLE;
		datagram_release(reasm, datagram, REASM_TOO_LONG);
	} else if (datagram->count == REASM_FRAGMENTS_MAX) {
		datagram_release(reasm, datagram, REASM_NO_MEMORY);
	}
	return REASM_KEPT;
}

enum reasm_result reasm_put(struct reasm *reasm, const struct packet *packet,
			    const struct headers *headers, struct packet *whole)
{
	struct reasm_fragment fragment;
	struct datagram *datagram;
	enum reasm_result result;
	struct reasm_copy *copy;

	drop_returned(reasm);
	result = reasm_fragment_read(&fragment, packet, headers);
	if (result != REASM_KEPT)
		return result;
	if (reasm_fragment_cost(packet) > REASM_PACKET_MAX)
		return REASM_FULL;
	datagram = datagram_get(reasm, &fragment, packet, headers);
	if (datagram && datagram->done)
		return REASM_COPY;
	if (datagram && datagram->given_up)
		return REASM_REFUSED;
	copy = datagram ? ring_buffer_add(&reasm->ring, reasm_fragment_cost(packet)) : NULL;
	if (!copy) {
		if (datagram && !datagram->oldest)
			datagram_release(reasm, datagram, REASM_NO_MEMORY);
		return REASM_FULL;
	}
	reasm_fragment_keep(copy, packet, &fragment);
	result = datagram_add(reasm, datagram, copy);
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

	ages_remove(&reasm->waiting, datagram);
	datagram->done = true;
	datagram->time_ns = datagram->newest->packet.time_ns;
	ages_add(&reasm->done, datagram);
	return datagram->count;
}

uint64_t reasm_refuse(struct reasm *reasm)
{
	uint64_t count = reasm->pending->count;

	datagram_release(reasm, reasm->pending, REASM_NOT_WANTED);
	return count;
}
