/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "origins_internal.h"

#include <stdlib.h>

/*
 * What interfaces of one origin differ in. The key of an interface is the key of its origin and
 * these bytes behind it. Times of different resolution get interfaces of their own, so that no time
 * is rounded.
 */
struct output_format {
	uint64_t ticks_per_s;
	int64_t offset_s;
	uint64_t linktype;
};

enum { KEY_MAX = ORIGIN_KEY_MAX + sizeof(struct output_format) };

/*
 * The key of a stream: the key of the origin up to the tunnel that has the number, and the outer
 * destination; for a tap, also its name and instance, since several taps may send from one address
 * and each begins anew when it is started.
 */
enum { STREAM_KEY_MAX = ORIGIN_KEY_MAX + 16 + GENEVE_META_NAME_MAX + 4 };

struct stream_key {
	size_t len;
	uint8_t bytes[STREAM_KEY_MAX];
};

struct origins *origins_new(uint32_t limit, const struct origins_users *users)
{
	struct origins *origins = calloc(1, sizeof(*origins));

	if (!origins)
		return NULL;
	hash_table_init(&origins->by_key);
	hash_table_init(&origins->by_key_in_section);
	streams_init(&origins->streams, limit);
	origins->silent.spoken = origins_packets;
	origins->end = &origins->first;
	origins->limit = limit;
	origins->users = *users;
	return origins;
}

void origins_new_section(struct origins *origins)
{
	hash_table_clear(&origins->by_key_in_section);
	origins->last = NULL;
	origins->snaplen_known = false;
}

/* A mirrored packet, and what was read of it. */
struct mirrored {
	const struct peel *peel;
	const struct tap_meta *tap_meta; /* may be NULL */
	const struct packet *packet;
};

static char *origins_describe(const struct mirrored *mirrored)
{
	const struct geneve_meta *meta =
		mirrored->tap_meta ? tap_meta_last(mirrored->tap_meta) : NULL;
	char text[ORIGIN_NAME_MAX + GENEVE_META_NAME_MAX + 8];
	size_t len;

	origin_description(mirrored->peel,
			   span_of(mirrored->packet->data, mirrored->packet->caplen), text);
	len = strlen(text);
	if (meta && *meta->name)
		snprintf(text + len, sizeof(text) - len, ", tap %s", meta->name);
	return strdup(text);
}

static struct origin *origins_make_origin(const uint8_t *key, size_t key_len,
					  const struct mirrored *mirrored)
{
	struct origin *origin = calloc(1, sizeof(*origin) + key_len);
	char text[ORIGIN_NAME_MAX];

	if (!origin)
		return NULL;
	memcpy(origin->key, key, key_len);
	origin->key_len = key_len;
	origin_name(key, key_len, text);
	origin->name = strdup(text);
	origin->description = origins_describe(mirrored);
	if (origin->name && origin->description)
		return origin;
	origins_free_origin(origin);
	return NULL;
}

static struct origin *origins_add_origin(struct origins *origins, const uint8_t *key,
					 size_t key_len, const struct mirrored *mirrored)
{
	struct origin *origin = origins_make_origin(key, key_len, mirrored);

	if (!origin)
		return NULL;
	if (!hash_table_put(&origins->by_key, origin->key, key_len, origin)) {
		origins_free_origin(origin);
		return NULL;
	}
	if (!silent_add(&origins->silent, origin)) {
		hash_table_remove(&origins->by_key, origin->key, key_len);
		origins_free_origin(origin);
		return NULL;
	}
	origins_list(origins, origin);
	return origin;
}

static struct output_interface *origins_add_interface(struct origins *origins, const uint8_t *key,
						      size_t key_len, struct origin *origin,
						      const struct interface *parent,
						      const struct output_format *format)
{
	struct output_interface *output = calloc(1, sizeof(*output) + key_len);

	if (!output)
		return NULL;
	memcpy(output->key, key, key_len);
	output->key_len = key_len;
	if (!hash_table_put(&origins->by_key_in_section, output->key, key_len, output)) {
		free(output);
		return NULL;
	}
	/* libpcap refuses a pcapng whose interfaces have different snaplens. */
	if (!origins->snaplen_known)
		origins->snaplen = parent->snaplen;
	origins->snaplen_known = true;
	output->origin = origin;
	output->interface = (struct interface){ .serial = packet_serial(),
						.section = parent->section,
						.snaplen = origins->snaplen,
						.linktype = (uint32_t)format->linktype,
						.ticks_per_s = format->ticks_per_s,
						.offset_s = format->offset_s,
						.name = origin->name,
						.description = origin->description };
	output->statistics = (struct interface_statistics_entry){
		.interface = &output->interface,
		.loss = &origin->loss,
	};
	if (origins->users.statistics)
		interface_statistics_add(origins->users.statistics, &output->statistics);
	output->next = origin->outputs;
	origin->outputs = output;
	return output;
}

static struct output_interface *origins_find_interface(struct origins *origins, const uint8_t *key,
						       size_t key_len)
{
	struct output_interface *last = origins->last;

	if (last && last->key_len == key_len && memcmp(last->key, key, key_len) == 0)
		return last;
	return hash_table_get(&origins->by_key_in_section, key, key_len);
}

/* key holds the key of the origin, of origin_len bytes, with room for a format behind it. */
static struct output_interface *origins_interface_for(struct origins *origins, uint8_t *key,
						      size_t origin_len,
						      const struct mirrored *mirrored,
						      const struct output_format *format)
{
	struct output_interface *output;
	struct origin *origin;

	memcpy(key + origin_len, format, sizeof(*format));
	output = origins_find_interface(origins, key, origin_len + sizeof(*format));
	if (output)
		return output;
	origin = hash_table_get(&origins->by_key, key, origin_len);
	if (!origin && origins->count >= origins->limit)
		origins_make_room(origins);
	if (!origin)
		origin = origins_add_origin(origins, key, origin_len, mirrored);
	if (!origin)
		return NULL;
	return origins_add_interface(origins, key, origin_len + sizeof(*format), origin,
				     mirrored->packet->interface, format);
}

struct output_interface *origins_interface(struct origins *origins, const struct peel *peel,
					   const struct tap_meta *tap_meta,
					   const struct packet *packet, uint32_t linktype)
{
	const struct interface *parent = packet->interface;
	const struct geneve_meta *meta = tap_meta ? tap_meta_last(tap_meta) : NULL;
	const struct mirrored mirrored = { peel, tap_meta, packet };
	struct output_format format = { parent->ticks_per_s, parent->offset_s, linktype };
	uint8_t key[KEY_MAX];
	size_t origin_len = origin_key(peel, span_of(packet->data, packet->caplen), key);
	struct output_interface *output;

	if (meta && meta->has_time)
		format = (struct output_format){ 1000000000, 0, linktype };
	output = origins_interface_for(origins, key, origin_len, &mirrored, &format);
	if (output)
		origins->last = output;
	return output;
}

static void stream_key_append(struct stream_key *key, const void *bytes, size_t len)
{
	memcpy(key->bytes + key->len, bytes, len);
	key->len += len;
}

static struct span origins_destination(const struct peel *peel, uint32_t layer, struct span packet)
{
	struct span addresses = headers_address_bytes(&peel->headers[layer], packet);

	return span_from(addresses, addresses.len / 2);
}

static bool recent_stream_is(const struct recent_stream *recent, uint32_t layer,
			     struct span destination)
{
	return recent->stream && recent->layer == layer &&
	       memcmp(recent->destination, destination.data, destination.len) == 0;
}

static void recent_stream_set(struct recent_stream *recent, uint32_t layer, struct span destination,
			      struct stream *stream)
{
	recent->stream = stream;
	recent->layer = layer;
	span_copy(destination, 0, recent->destination, destination.len);
}

static void stream_key_append_destination(struct stream_key *key, struct span destination)
{
	uint8_t padded[16] = { 0 };

	span_copy(destination, 0, padded, destination.len);
	stream_key_append(key, padded, sizeof(padded));
}

static void loss_add_change(struct loss *total, const struct loss *before, const struct loss *after)
{
	total->received += after->received - before->received;
	total->missing += after->missing - before->missing;
	total->reordered += after->reordered - before->reordered;
	total->duplicates += after->duplicates - before->duplicates;
	total->restarts += after->restarts - before->restarts;
}

static void stream_key_begin(struct stream_key *key, const struct origin *origin, uint32_t layer,
			     struct span destination)
{
	enum { PER_TUNNEL = ORIGIN_KEY_MAX / PEEL_MAX };

	key->len = 0;
	stream_key_append(key, origin->key, ((size_t)layer + 1) * PER_TUNNEL);
	stream_key_append_destination(key, destination);
}

static void origins_see_number(struct stream *stream, struct loss *total, uint32_t number,
			       unsigned bits)
{
	struct loss before;

	if (sequence_is_next(&stream->sequence, number)) {
		sequence_see(&stream->sequence, stream->loss, number, bits);
		total->received++;
		return;
	}
	before = *stream->loss;
	sequence_see(&stream->sequence, stream->loss, number, bits);
	loss_add_change(total, &before, stream->loss);
}

/* Whoever sends packets chooses streams, too: one origin after the other has to begin anew. */
static void origins_forget_streams(struct origins *origins)
{
	struct origin *origin;

	do {
		origin = origins->streams_next ? origins->streams_next : origins->first;
		origins->streams_next = origin->next;
	} while (!origin->streams);
	streams_forget(&origins->streams, &origin->streams);
	origin->by_tunnel.stream = origin->by_tap.stream = NULL;
}

static enum streams_found origins_find_stream(struct origins *origins, struct origin *origin,
					      const struct stream_key *key, struct stream **stream)
{
	enum streams_found found = streams_find(&origins->streams, key->bytes, key->len,
						&origin->streams, &origin->loss, stream);

	if (found != STREAMS_FULL)
		return found;
	origins_forget_streams(origins);
	return streams_find(&origins->streams, key->bytes, key->len, &origin->streams,
			    &origin->loss, stream);
}

static bool origins_see_tunnel(struct origins *origins, struct origin *origin,
			       const struct peel *peel, uint32_t layer, struct span packet,
			       struct loss *total)
{
	struct span destination = origins_destination(peel, layer, packet);
	const struct tunnel *tunnel = &peel->layer[layer].tunnel;
	enum streams_found found = STREAMS_KNOWN;
	struct stream *stream = origin->by_tunnel.stream;
	struct stream_key key;

	if (!recent_stream_is(&origin->by_tunnel, layer, destination)) {
		stream_key_begin(&key, origin, layer, destination);
		found = origins_find_stream(origins, origin, &key, &stream);
		recent_stream_set(&origin->by_tunnel, layer, destination, stream);
	}
	if (stream)
		origins_see_number(stream, total, tunnel->sequence, tunnel->sequence_bits);
	return found != STREAMS_NO_MEMORY;
}

static bool origins_add_tap(struct origin *origin, const char *name)
{
	struct tap_name **end = &origin->taps;

	for (; *end; end = &(*end)->next)
		if (strcmp((*end)->text, name) == 0)
			return true;
	if (!*name || origin->tap_count == ORIGINS_TAPS)
		return true;
	*end = calloc(1, sizeof(**end));
	if (!*end)
		return false;
	memcpy((*end)->text, name, strlen(name) + 1);
	origin->tap_count++;
	return true;
}

/* A known name with a new instance is a tap that was started again. */
static bool origins_find_tap(struct origins *origins, struct origin *origin, struct stream_key *key,
			     const struct geneve_meta *meta, struct loss *total,
			     struct stream **stream)
{
	char name[GENEVE_META_NAME_MAX] = { 0 };
	enum streams_found known, found;
	struct stream *tap;

	*stream = NULL;
	memcpy(name, meta->name, strnlen(meta->name, sizeof(name)));
	stream_key_append(key, name, sizeof(name));
	known = origins_find_stream(origins, origin, key, &tap);
	if (!tap)
		return known != STREAMS_NO_MEMORY;
	stream_key_append(key, &meta->instance, sizeof(meta->instance));
	found = origins_find_stream(origins, origin, key, stream); /* *tap may be gone now */
	if (known == STREAMS_KNOWN && found == STREAMS_NEW) {
		origin->loss.restarts++;
		total->restarts++;
	}
	return found != STREAMS_NO_MEMORY && origins_add_tap(origin, meta->name);
}

static bool origins_see_tap(struct origins *origins, struct origin *origin, const struct peel *peel,
			    uint32_t layer, const struct geneve_meta *meta, struct span packet,
			    struct loss *total)
{
	struct span destination = origins_destination(peel, layer, packet);
	struct recent_stream *recent = &origin->by_tap;
	struct stream *stream = recent->stream;
	struct stream_key key;
	bool done = true;

	if (!recent_stream_is(recent, layer, destination) || recent->instance != meta->instance ||
	    strcmp(recent->name, meta->name) != 0) {
		stream_key_begin(&key, origin, layer, destination);
		done = origins_find_tap(origins, origin, &key, meta, total, &stream);
		recent_stream_set(recent, layer, destination, stream);
		recent->instance = meta->instance;
		memcpy(recent->name, meta->name, sizeof(recent->name));
	}
	if (stream)
		origins_see_number(stream, total, meta->sequence, 32);
	return done;
}

bool origins_sequence(struct origins *origins, struct origin *origin, const struct peel *peel,
		      const struct tap_meta *tap_meta, struct span packet, struct loss *total)
{
	bool done = true;

	for (uint32_t i = 0; i < peel->count; i++)
		if (peel->layer[i].tunnel.has_sequence)
			done = done && origins_see_tunnel(origins, origin, peel, i, packet, total);
	for (unsigned i = 0; tap_meta && i < tap_meta->count; i++)
		done = done && origins_see_tap(origins, origin, peel, tap_meta->of[i].layer,
					       &tap_meta->of[i].meta, packet, total);
	return done;
}
