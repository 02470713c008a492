/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "senders.h"

#include <inttypes.h>
#include <stdlib.h>

#include "table.h"

/*
 * What makes an interface, as bytes: an origin key and this behind it. Times of different
 * resolutions are not put on one interface, so that none is rounded.
 */
struct face {
	uint64_t ticks_per_s;
	int64_t offset_s;
	uint64_t linktype;
};

enum { SOURCES_SHOWN = 100 };
enum { KEY_MAX = ORIGIN_KEY_MAX + sizeof(struct face) };

struct made {
	struct made *next;
	struct interface interface;
	struct sender *sender;
	size_t key_len;
	uint8_t key[];
};

/* A sequence of numbers is one of a tunnel: sender, which of its tunnels, destination. */
struct stream_key {
	uint32_t sender, tunnel;
	uint8_t destination[16];
};

struct stream {
	struct stream *next;
	struct stream_key key;
	struct sequence sequence;
};

struct senders {
	struct table by_key;  /* struct sender */
	struct table made;    /* struct made of this section */
	struct table streams; /* struct stream */
	struct sender *first, **end;
	struct made *all_made, *last; /* last: most packets follow one of their own */
	struct stream *all_streams;
	uint32_t count, limit;
	uint32_t snaplen;
	bool snaplen_known;
};

struct senders *senders_new(uint32_t limit)
{
	struct senders *senders = calloc(1, sizeof(*senders));

	if (!senders)
		return NULL;
	table_init(&senders->by_key);
	table_init(&senders->made);
	table_init(&senders->streams);
	senders->end = &senders->first;
	senders->limit = limit;
	return senders;
}

static void free_sender(struct sender *sender)
{
	free(sender->name);
	free(sender->description);
	free(sender);
}

void senders_free(struct senders *senders)
{
	if (!senders)
		return;
	for (struct sender *sender = senders->first, *next; sender; sender = next) {
		next = sender->next;
		free_sender(sender);
	}
	for (struct made *made = senders->all_made, *next; made; made = next) {
		next = made->next;
		free(made);
	}
	for (struct stream *stream = senders->all_streams, *next; stream; stream = next) {
		next = stream->next;
		free(stream);
	}
	table_free(&senders->by_key);
	table_free(&senders->made);
	table_free(&senders->streams);
	free(senders);
}

void senders_new_section(struct senders *senders)
{
	table_clear(&senders->made);
	senders->last = NULL;
	senders->snaplen_known = false;
}

static struct sender *new_sender(const uint8_t *key, size_t key_len, const struct peel *peel,
				 struct span packet)
{
	struct sender *sender = calloc(1, sizeof(*sender) + key_len);
	char text[ORIGIN_NAME_MAX];

	if (!sender)
		return NULL;
	memcpy(sender->key, key, key_len);
	sender->key_len = key_len;
	origin_name(key, key_len, text);
	sender->name = strdup(key_len > 0 ? text : "more-sources");
	origin_description(peel, packet, text);
	sender->description = strdup(key_len > 0 ? text : "sources beyond those told apart");
	if (sender->name && sender->description)
		return sender;
	free_sender(sender);
	return NULL;
}

static struct sender *add_sender(struct senders *senders, const uint8_t *key, size_t key_len,
				 const struct peel *peel, struct span packet)
{
	struct sender *sender = new_sender(key, key_len, peel, packet);

	if (!sender)
		return NULL;
	if (!table_put(&senders->by_key, sender->key, key_len, sender)) {
		free_sender(sender);
		return NULL;
	}
	sender->serial = senders->count++;
	*senders->end = sender;
	senders->end = &sender->next;
	return sender;
}

static struct made *new_made(struct senders *senders, const uint8_t *key, size_t key_len,
			     struct sender *sender, const struct interface *parent)
{
	struct made *made = calloc(1, sizeof(*made) + key_len);

	if (!made)
		return NULL;
	memcpy(made->key, key, key_len);
	made->key_len = key_len;
	if (!table_put(&senders->made, made->key, key_len, made)) {
		free(made);
		return NULL;
	}
	/* One snaplen for all: libpcap refuses a pcapng whose interfaces differ in it. */
	if (!senders->snaplen_known)
		senders->snaplen = parent->snaplen;
	senders->snaplen_known = true;
	made->sender = sender;
	made->interface = (struct interface){ .serial = packet_serial(),
					      .section = parent->section,
					      .snaplen = senders->snaplen,
					      .ticks_per_s = parent->ticks_per_s,
					      .offset_s = parent->offset_s,
					      .name = sender->name,
					      .description = sender->description };
	made->next = senders->all_made;
	senders->all_made = made;
	return made;
}

static struct made *find_made(struct senders *senders, const uint8_t *key, size_t key_len)
{
	struct made *last = senders->last;

	if (last && last->key_len == key_len && memcmp(last->key, key, key_len) == 0)
		return last;
	return table_get(&senders->made, key, key_len);
}

/* key: an origin key of origin_len bytes with room for a face behind it. */
static struct made *made_for(struct senders *senders, uint8_t *key, size_t origin_len,
			     const struct peel *peel, const struct packet *packet,
			     const struct face *face)
{
	struct sender *sender;
	struct made *made;

	memcpy(key + origin_len, face, sizeof(*face));
	made = find_made(senders, key, origin_len + sizeof(*face));
	if (made)
		return made;
	sender = table_get(&senders->by_key, key, origin_len);
	if (!sender && origin_len > 0 && senders->count >= senders->limit)
		return made_for(senders, key, 0, peel, packet, face);
	if (!sender)
		sender = add_sender(senders, key, origin_len, peel,
				    span_of(packet->data, packet->caplen));
	if (!sender)
		return NULL;
	made = new_made(senders, key, origin_len + sizeof(*face), sender, packet->interface);
	if (made)
		made->interface.linktype = (uint32_t)face->linktype;
	return made;
}

const struct interface *senders_interface(struct senders *senders, const struct peel *peel,
					  const struct packet *packet, uint32_t linktype,
					  struct sender **sender)
{
	const struct interface *parent = packet->interface;
	struct face face = { parent->ticks_per_s, parent->offset_s, linktype };
	uint8_t key[KEY_MAX];
	size_t origin_len = origin_key(peel, span_of(packet->data, packet->caplen), key);
	struct made *made = made_for(senders, key, origin_len, peel, packet, &face);

	if (!made)
		return NULL;
	senders->last = made;
	*sender = made->sender;
	return &made->interface;
}

static struct stream *find_stream(struct senders *senders, const struct stream_key *key)
{
	struct stream *stream = table_get(&senders->streams, key, sizeof(*key));

	if (stream || senders->streams.count >= senders->limit)
		return stream;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return NULL;
	stream->key = *key;
	if (!table_put(&senders->streams, &stream->key, sizeof(stream->key), stream)) {
		free(stream);
		return NULL;
	}
	stream->next = senders->all_streams;
	senders->all_streams = stream;
	return stream;
}

static void read_destination(const struct layers *walk, struct span packet, uint8_t out[16])
{
	const struct layer *ip = &walk->layer[walk->ip];

	if (ip->protocol == LAYER_IPV4)
		span_copy(packet, ip->offset + 16U, out, 4);
	else
		span_copy(packet, ip->offset + 24U, out, 16);
}

static void add(struct loss *total, const struct loss *before, const struct loss *after)
{
	total->received += after->received - before->received;
	total->missing += after->missing - before->missing;
	total->reordered += after->reordered - before->reordered;
	total->duplicates += after->duplicates - before->duplicates;
	total->restarts += after->restarts - before->restarts;
}

bool senders_sequence(struct senders *senders, struct sender *sender, const struct peel *peel,
		      struct span packet, struct loss *total)
{
	for (unsigned i = 0; i < peel->count; i++) {
		const struct tunnel *tunnel = &peel->layer[i].tunnel;
		struct stream_key key = { sender->serial, i, { 0 } };
		struct loss before = sender->loss;
		struct stream *stream;

		if (!tunnel->has_sequence || sender->key_len == 0)
			continue;
		read_destination(&peel->walk[i], packet, key.destination);
		stream = find_stream(senders, &key);
		if (!stream && senders->streams.count >= senders->limit)
			continue;
		if (!stream)
			return false;
		sequence_see(&stream->sequence, &sender->loss, tunnel->sequence,
			     tunnel->sequence_bits);
		add(total, &before, &sender->loss);
	}
	return true;
}

void senders_json(struct json *json, void *arg)
{
	const struct senders *senders = arg;

	for (const struct sender *sender = senders->first; sender; sender = sender->next) {
		json_object(json, NULL);
		json_string(json, "name", sender->name, strlen(sender->name));
		json_string(json, "description", sender->description, strlen(sender->description));
		json_number(json, "packets", sender->packets);
		json_number(json, "bytes", sender->bytes);
		json_number(json, "received", sender->loss.received);
		json_number(json, "missing", sender->loss.missing);
		json_number(json, "reordered", sender->loss.reordered);
		json_number(json, "duplicates", sender->loss.duplicates);
		json_number(json, "restarts", sender->loss.restarts);
		json_object_end(json);
	}
}

static void print_loss(FILE *to, const struct loss *loss)
{
	fprintf(to,
		"; numbered: %" PRIu64 " received, %" PRIu64 " missing, %" PRIu64
		" reordered, %" PRIu64 " duplicates, %" PRIu64 " restarts",
		loss->received, loss->missing, loss->reordered, loss->duplicates, loss->restarts);
}

void senders_text(FILE *to, void *arg)
{
	const struct senders *senders = arg;
	unsigned shown = 0;

	if (senders->first)
		fprintf(to, "  sources:\n");
	for (const struct sender *sender = senders->first; sender; sender = sender->next) {
		if (shown++ == SOURCES_SHOWN) {
			fprintf(to, "  ... %u in all: --stats has them\n", senders->count);
			return;
		}
		fprintf(to, "%14" PRIu64 "  %s", sender->packets, sender->name);
		if (sender->loss.received > 0)
			print_loss(to, &sender->loss);
		putc('\n', to);
	}
}
