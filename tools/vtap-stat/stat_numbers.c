/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stat_numbers.h"

#include <stdlib.h>
#include <string.h>

#include "tunnel/origin.h"
#include "tunnel/sequence.h"
#include "tunnel/tap_meta.h"

enum {
	ADDRESS_LEN = 16,
	KEY_MAX = 1 + ORIGIN_KEY_MAX + ADDRESS_LEN + GENEVE_META_NAME_MAX + sizeof(uint32_t),
};

/* Who writes the numbers: tunnels up to the one that has them, its receiver, and the tap. */
struct numbers_key {
	size_t len;
	uint8_t bytes[KEY_MAX];
};

struct numbers_stream {
	struct sequence sequence;
	struct loss loss;
	uint64_t told; /* of those missing */
	struct stat_numbers_owner owner;
	struct numbers_key key;
};

void stat_numbers_init(struct stat_numbers *numbers)
{
	hash_table_init(&numbers->by_key);
	numbers->failed = 0;
}

static void numbers_free_streams(struct stat_numbers *numbers, bool tell)
{
	struct numbers_stream *stream;
	size_t at = 0;

	while ((stream = hash_table_next(&numbers->by_key, &at))) {
		if (tell && stream->loss.missing > stream->told)
			numbers->end(numbers->arg, stream->owner,
				     stream->loss.missing - stream->told);
		free(stream);
	}
	hash_table_clear(&numbers->by_key);
}

void stat_numbers_end_all(struct stat_numbers *numbers)
{
	numbers_free_streams(numbers, true);
}

void stat_numbers_free(struct stat_numbers *numbers)
{
	numbers_free_streams(numbers, false);
	hash_table_free(&numbers->by_key);
}

bool stat_numbers_are_in(const struct peel *peel)
{
	for (uint32_t i = 0; i < peel->count; i++)
		if (peel->layer[i].tunnel.has_sequence || peel->layer[i].tunnel.meta != 0)
			return true;
	return false;
}

static void numbers_key_append(struct numbers_key *key, const void *bytes, size_t len)
{
	memcpy(key->bytes + key->len, bytes, len);
	key->len += len;
}

static void numbers_key_begin(struct numbers_key *key, const struct peel *peel, uint32_t layer,
			      struct span packet, bool by_tap)
{
	struct span addresses = headers_address_bytes(&peel->headers[layer], packet);
	uint8_t origin[ORIGIN_KEY_MAX], destination[ADDRESS_LEN] = { 0 };

	key->len = 0;
	numbers_key_append(key, &(uint8_t){ by_tap }, 1);
	origin_key(peel, packet, origin);
	numbers_key_append(key, origin, ((size_t)layer + 1) * ORIGIN_KEY_LEN);
	span_copy(addresses, addresses.len / 2, destination, addresses.len / 2);
	numbers_key_append(key, destination, sizeof(destination));
}

static struct numbers_stream *numbers_add(struct stat_numbers *numbers,
					  const struct numbers_key *key)
{
	struct numbers_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->key = *key;
	if (hash_table_put(&numbers->by_key, stream->key.bytes, stream->key.len, stream))
		return stream;
	free(stream);
	return NULL;
}

/* Whoever sends packets chooses streams, too. */
static struct numbers_stream *numbers_find(struct stat_numbers *numbers,
					   const struct numbers_key *key)
{
	struct numbers_stream *stream = hash_table_get(&numbers->by_key, key->bytes, key->len);

	if (stream)
		return stream;
	if (numbers->by_key.count >= STAT_NUMBERS_MAX)
		stat_numbers_end_all(numbers);
	return numbers_add(numbers, key);
}

static uint64_t numbers_tell(struct numbers_stream *stream, struct stat_numbers_owner owner)
{
	uint64_t decided, untold;

	if (owner.entry == 0)
		return 0;
	stream->owner = owner;
	if (stream->loss.missing == stream->told)
		return 0;
	decided = stream->loss.missing - sequence_pending(&stream->sequence);
	untold = decided - stream->told;
	stream->told = decided;
	return untold;
}

static uint64_t numbers_see(struct stat_numbers *numbers, const struct numbers_key *key,
			    uint32_t number, unsigned bits, struct stat_numbers_owner owner)
{
	struct numbers_stream *stream = numbers_find(numbers, key);

	if (!stream) {
		numbers->failed++;
		return 0;
	}
	sequence_see(&stream->sequence, &stream->loss, number, bits);
	return numbers_tell(stream, owner);
}

static uint64_t numbers_see_taps(struct stat_numbers *numbers, const struct peel *peel,
				 struct span packet, struct stat_numbers_owner owner)
{
	struct tap_meta tap_meta;
	struct numbers_key key;
	uint64_t missing = 0;

	tap_meta_read(&tap_meta, peel, packet);
	for (unsigned i = 0; i < tap_meta.count; i++) {
		const struct geneve_meta *meta = &tap_meta.of[i].meta;
		char name[GENEVE_META_NAME_MAX] = { 0 };

		memcpy(name, meta->name, strnlen(meta->name, sizeof(name)));
		numbers_key_begin(&key, peel, tap_meta.of[i].layer, packet, true);
		numbers_key_append(&key, name, sizeof(name));
		numbers_key_append(&key, &meta->instance, sizeof(meta->instance));
		missing += numbers_see(numbers, &key, meta->sequence, 32, owner);
	}
	return missing;
}

uint64_t stat_numbers_see(struct stat_numbers *numbers, const struct peel *peel,
			  const struct packet *packet, struct stat_numbers_owner owner)
{
	struct span bytes = span_of(packet->data, packet->caplen);
	bool has_meta = false;
	uint64_t missing = 0;
	struct numbers_key key;

	for (uint32_t i = 0; i < peel->count; i++) {
		const struct tunnel *tunnel = &peel->layer[i].tunnel;

		has_meta |= tunnel->meta != 0;
		if (!tunnel->has_sequence)
			continue;
		numbers_key_begin(&key, peel, i, bytes, false);
		missing +=
			numbers_see(numbers, &key, tunnel->sequence, tunnel->sequence_bits, owner);
	}
	return has_meta ? missing + numbers_see_taps(numbers, peel, bytes, owner) : missing;
}
