/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the cache says of a packet, after others were learned, peel_packet() says too. Each input
 * goes through twice: once every tunnel is learned, once only the first, which no other takes the
 * place of then. Input: sequence, as fuzz_next() has it.
 */
#include "tunnel/header_cache.h"

#include "fuzz.h"
#include "tunnel/origin.h"
#include "tunnel/wirelen.h"

enum { LEARNED_MAX = 8192 };

/* A value of the cache: what was known of the packet that was learned. */
struct learned {
	struct tunnel tunnel;
	uint8_t key[ORIGIN_KEY_LEN];
};

static struct learned learned[LEARNED_MAX];
static size_t learned_count;
static struct header_cache cache;
static struct encap_table table;
static struct peel peel;

static void check_tunnel(const struct tunnel *a, const struct tunnel *b)
{
	FUZZ_CHECK(a->encap == b->encap && a->index == b->index);
	FUZZ_CHECK(a->has_id == b->has_id && a->id == b->id);
	FUZZ_CHECK(a->has_sequence == b->has_sequence && a->sequence == b->sequence &&
		   a->sequence_bits == b->sequence_bits);
	FUZZ_CHECK(a->cut == b->cut && a->anomalies == b->anomalies && a->meta == b->meta);
	FUZZ_CHECK(a->header_len == b->header_len && a->payload_len == b->payload_len);
	FUZZ_CHECK(a->linktype == b->linktype && a->direction == b->direction);
}

/* The outermost tunnel. */
static void check_entry(const struct header_cache_entry *entry, const struct fuzz_packet *packet)
{
	const struct peel_layer *layer = &peel.layer[0];
	const struct headers *headers = &peel.headers[0];
	const struct learned *value = entry->value;
	uint8_t key[ORIGIN_KEY_MAX];
	size_t len = origin_key(&peel, span_of(packet->data, packet->caplen), key);

	FUZZ_CHECK(peel.count >= 1 && value >= learned && value < learned + learned_count);
	FUZZ_CHECK(entry->index == layer->tunnel.index && entry->offset == layer->payload);
	FUZZ_CHECK(entry->linktype == layer->tunnel.linktype);
	FUZZ_CHECK(entry->network == headers->network && entry->network == headers->link_len);
	FUZZ_CHECK(entry->tunnel == (headers_is_udp(headers) ? headers->payload : 0));
	check_tunnel(&value->tunnel, &layer->tunnel);
	FUZZ_CHECK(len >= ORIGIN_KEY_LEN && memcmp(key, value->key, ORIGIN_KEY_LEN) == 0);
}

/* What is left, of which header_cache_inside() has said that it is no further tunnel. */
static void check_left(const struct header_cache_entry *entry, const struct fuzz_packet *packet,
		       struct span left, uint32_t end)
{
	uint32_t wire = packet->len > packet->caplen ? packet->len : packet->caplen;

	FUZZ_CHECK(end >= entry->offset && peel.count == 1 && peel.end == PEEL_PLAIN);
	FUZZ_CHECK(peel.offset == entry->offset && peel.linktype == entry->linktype);
	FUZZ_CHECK(left.data == packet->data + peel.offset && left.len == peel.caplen);
	FUZZ_CHECK(peel.len == (wire < end ? wire : end) - entry->offset);
	FUZZ_CHECK(peel.anomalies == peel.layer[0].tunnel.anomalies);
}

/* Lengths on the wire; IP that claims no more than its header may be malformed, or claim nothing.
 */
static void check_claim(const struct header_cache_entry *entry,
			const struct header_cache_inside *inside, uint64_t end)
{
	uint64_t claim = 0;

	if (peel.layer[0].tunnel.cut ||
	    (inside->header_end != 0 && inside->end <= inside->header_end))
		return;
	if (entry->offset + inside->end > end)
		end = entry->offset + inside->end;
	FUZZ_CHECK(wirelen_peel(&peel, &claim) == WIRELEN_KNOWN && claim == end);
}

static void check(const struct fuzz_packet *packet)
{
	struct span bytes = span_of(packet->data, packet->caplen), left;
	const struct header_cache_entry *entry;
	struct header_cache_inside inside;
	uint32_t end;

	entry = packet->linktype == LINK_ETHERNET ? header_cache_lookup(&cache, bytes, &end) : NULL;
	if (!entry)
		return;
	left = span_from(span_first(bytes, end), entry->offset);
	if (end >= entry->offset)
		check_entry(entry, packet);
	if (!header_cache_inside(&table, entry->linktype, left, &inside))
		return;
	check_left(entry, packet, left, end);
	check_claim(entry, &inside, end);
}

/* A packet as what a tunnel carries. */
static void check_inside(const struct fuzz_packet *packet)
{
	const struct headers *headers = &peel.headers[0];
	struct header_cache_inside inside;

	if ((packet->linktype != LINK_ETHERNET && packet->linktype != LINK_RAW) ||
	    !header_cache_inside(&table, packet->linktype, span_of(packet->data, packet->caplen),
				 &inside))
		return;
	FUZZ_CHECK(peel.count == 0 && peel.end == PEEL_PLAIN);
	if (inside.header_end == 0)
		FUZZ_CHECK(headers->ip_version == 0 && headers->end == HEADERS_NOT_IP);
	if (inside.end > inside.header_end)
		FUZZ_CHECK(headers->network_end == inside.end &&
			   headers->network + headers->network_len == inside.header_end);
}

/* Twice, since what is seen once only is not kept. */
static void learn(const struct fuzz_packet *packet)
{
	struct span bytes = span_of(packet->data, packet->caplen);
	struct learned *value = &learned[learned_count];
	uint8_t key[ORIGIN_KEY_MAX];

	if (peel.count == 0 || learned_count == LEARNED_MAX)
		return;
	learned_count++;
	value->tunnel = peel.layer[0].tunnel;
	origin_key(&peel, bytes, key);
	memcpy(value->key, key, sizeof(value->key));
	header_cache_learn(&cache, bytes, &peel, value);
	header_cache_learn(&cache, bytes, &peel, value);
}

static void run(struct span input, bool only_first)
{
	struct fuzz_packet packet = { 0 };

	learned_count = 0;
	header_cache_init(&cache);
	while (fuzz_next(&input, &packet)) {
		peel_packet(&peel, &table, packet.linktype, packet.data, packet.caplen, packet.len);
		check_inside(&packet);
		check(&packet);
		if (only_first && cache.count > 0)
			continue;
		learn(&packet);
		check(&packet);
	}
	header_cache_free(&cache);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	struct encap_select select;

	fuzz_select(&select, (uint8_t)fuzz_number(&input, 4));
	encap_table_init(&table, &select);
	run(input, false);
	run(input, true);
	return 0;
}
