/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "split_ahead.h"

#include "capture/pcap_record.h"
#include "split_internal.h"

/* How many packets in front each step comes: what it reads was fetched by the step before. */
enum { TO_KEY = 5, TO_FILE = 2 };

/* pcapng's enhanced packet block: type, length, interface, time (8 bytes), captured length. */
enum { BLOCK_LEN_AT = 4, BLOCK_LEN_MIN = 12, ENHANCED_CAPLEN_AT = 20, ENHANCED_HEAD = 28 };

/* Sets *head to what is there of a packet, and *len to the bytes of its record. Returns false if
 * the record's own header is not there. */
static bool split_ahead_read_pcap(struct span left, struct span *head, uint32_t *len)
{
	struct pcap_record record;

	if (!span_copy(left, 0, &record, sizeof(record)))
		return false;
	*len = (uint32_t)sizeof(record) + record.caplen;
	*head = span_first(span_from(left, sizeof(record)), record.caplen);
	return true;
}

/* Other blocks count as packets without a head. */
static bool split_ahead_read_pcapng(struct span left, struct span *head, uint32_t *len)
{
	uint32_t type, caplen;

	if (!span_copy(left, 0, &type, sizeof(type)) ||
	    !span_copy(left, BLOCK_LEN_AT, len, sizeof(*len)) || *len < BLOCK_LEN_MIN)
		return false;
	*head = span_of(NULL, 0);
	if (type == PCAPNG_ENHANCED_PACKET &&
	    span_copy(left, ENHANCED_CAPLEN_AT, &caplen, sizeof(caplen)))
		*head = span_first(span_from(left, ENHANCED_HEAD), caplen);
	return true;
}

static bool split_ahead_step(struct ahead *ahead, const struct key_cache *cache, bool pcap)
{
	struct span left = span_of(ahead->at, (size_t)(ahead->loan->end - ahead->at)), head;
	unsigned slot = ahead->next % SPLIT_AHEAD_SLOTS;
	uint32_t len = 0;
	bool found = pcap ? split_ahead_read_pcap(left, &head, &len)
			  : split_ahead_read_pcapng(left, &head, &len);

	if (!found || len > left.len)
		return false;
	ahead->slot[slot].record = ahead->at;
	ahead->slot[slot].number = key_cache_ahead(cache, head);
	ahead->slot[slot].key = NULL;
	ahead->at += len;
	ahead->next++;
	return true;
}

/* Begins behind a packet: the first one, or the first one of a block that was read anew. */
static void split_ahead_begin(struct ahead *ahead, const struct packet *packet)
{
	*ahead = (struct ahead){ .loan = packet->loan,
				 .memory = packet->loan->memory,
				 .at = packet->block.data + packet->block.len,
				 .next = 1 };
}

static void split_ahead_find_key(struct ahead *ahead, const struct key_cache *cache)
{
	unsigned slot = (ahead->now + TO_KEY) % SPLIT_AHEAD_SLOTS;
	const char *key;

	if (!ahead->slot[slot].number)
		return;
	ahead->slot[slot].key = key_cache_guess(cache, ahead->slot[slot].number);
	key = (const char *)ahead->slot[slot].key;
	__builtin_prefetch(key, 1);
	__builtin_prefetch(key + ARENA_LINE);
}

static void split_ahead_find_file(const struct ahead *ahead)
{
	const struct split_key *key = ahead->slot[(ahead->now + TO_FILE) % SPLIT_AHEAD_SLOTS].key;

	if (key)
		sink_pool_fetch(&key->hint);
}

void split_ahead_look(struct ahead *ahead, const struct key_cache *cache,
		      const struct packet *packet)
{
	bool pcap = packet->form == PACKET_PLAIN;

	if (packet->block.len == 0 || !packet->loan || packet->interface->section->swapped ||
	    (!pcap && packet->form != PACKET_ENHANCED))
		return;
	ahead->now++;
	if (ahead->loan != packet->loan || ahead->memory != packet->loan->memory ||
	    ahead->at > packet->loan->end || ahead->now >= ahead->next ||
	    ahead->slot[ahead->now % SPLIT_AHEAD_SLOTS].record != packet->block.data)
		split_ahead_begin(ahead, packet);
	for (int i = 0; i < 2 && ahead->next - ahead->now <= SPLIT_AHEAD_PACKETS; i++)
		if (!split_ahead_step(ahead, cache, pcap))
			break;
	if (ahead->next > ahead->now + TO_KEY)
		split_ahead_find_key(ahead, cache);
	if (ahead->next > ahead->now + TO_FILE)
		split_ahead_find_file(ahead);
}
