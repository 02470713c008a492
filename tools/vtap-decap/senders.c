/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "senders.h"

#include <inttypes.h>
#include <stdlib.h>

#include "streams.h"
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

/* Where packets of one tunnel were put lately: found without the table. */
struct recent {
	uint64_t source[2];
	const struct encap *encap;
	uint32_t id;
	bool has_id;
	uint8_t version;
	struct made *made; /* NULL: nothing is here */
};

enum { RECENT_BITS = 10 };

/*
 * A sequence of numbers is one of a tunnel, whatever is inside: its origin up to that tunnel, and
 * the destination. Taps count by themselves: several may stand behind one address, and each begins
 * anew after a start.
 */
enum { STREAM_KEY_MAX = ORIGIN_KEY_MAX + 16 + META_NAME_MAX + 4 };

struct stream_key {
	size_t len;
	uint8_t bytes[STREAM_KEY_MAX];
};

struct senders {
	struct table by_key; /* struct sender */
	struct table made;   /* struct made of this section */
	struct streams streams;
	struct sender *first, **end;
	struct made *all_made, *last;		/* last: most packets follow one of their own */
	struct recent recent[1 << RECENT_BITS]; /* of this section */
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
	streams_init(&senders->streams, limit);
	senders->end = &senders->first;
	senders->limit = limit;
	return senders;
}

static void free_sender(struct sender *sender)
{
	for (struct tap_name *tap = sender->taps, *next; tap; tap = next) {
		next = tap->next;
		free(tap);
	}
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
	table_free(&senders->by_key);
	table_free(&senders->made);
	streams_free(&senders->streams);
	free(senders);
}

void senders_new_section(struct senders *senders)
{
	table_clear(&senders->made);
	memset(senders->recent, 0, sizeof(senders->recent));
	senders->last = NULL;
	senders->snaplen_known = false;
}

/* What a sender is made from. */
struct seen {
	const struct peel *peel;
	const struct told *told; /* may be NULL */
	const struct packet *packet;
};

static char *describe(const struct seen *seen)
{
	const struct meta *meta = seen->told ? told_last(seen->told) : NULL;
	char text[ORIGIN_NAME_MAX + META_NAME_MAX + 8];
	size_t len;

	origin_description(seen->peel, span_of(seen->packet->data, seen->packet->caplen), text);
	len = strlen(text);
	if (meta && *meta->name)
		snprintf(text + len, sizeof(text) - len, ", tap %s", meta->name);
	return strdup(text);
}

static struct sender *new_sender(const uint8_t *key, size_t key_len, const struct seen *seen)
{
	struct sender *sender = calloc(1, sizeof(*sender) + key_len);
	char text[ORIGIN_NAME_MAX];

	if (!sender)
		return NULL;
	memcpy(sender->key, key, key_len);
	sender->key_len = key_len;
	origin_name(key, key_len, text);
	sender->name = strdup(key_len > 0 ? text : "more-sources");
	sender->description =
		key_len > 0 ? describe(seen) : strdup("sources beyond those told apart");
	if (sender->name && sender->description)
		return sender;
	free_sender(sender);
	return NULL;
}

static struct sender *add_sender(struct senders *senders, const uint8_t *key, size_t key_len,
				 const struct seen *seen)
{
	struct sender *sender = new_sender(key, key_len, seen);

	if (!sender)
		return NULL;
	if (!table_put(&senders->by_key, sender->key, key_len, sender)) {
		free_sender(sender);
		return NULL;
	}
	senders->count++;
	*senders->end = sender;
	senders->end = &sender->next;
	return sender;
}

static struct made *new_made(struct senders *senders, const uint8_t *key, size_t key_len,
			     struct sender *sender, const struct interface *parent,
			     const struct face *face)
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
					      .linktype = (uint32_t)face->linktype,
					      .ticks_per_s = face->ticks_per_s,
					      .offset_s = face->offset_s,
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
			     const struct seen *seen, const struct face *face)
{
	struct sender *sender;
	struct made *made;

	for (;; origin_len = 0) {
		memcpy(key + origin_len, face, sizeof(*face));
		made = find_made(senders, key, origin_len + sizeof(*face));
		if (made)
			return made;
		sender = table_get(&senders->by_key, key, origin_len);
		if (sender || origin_len == 0 || senders->count < senders->limit)
			break;
	}
	if (!sender)
		sender = add_sender(senders, key, origin_len, seen);
	if (!sender)
		return NULL;
	return new_made(senders, key, origin_len + sizeof(*face), sender, seen->packet->interface,
			face);
}

const struct interface *senders_interface(struct senders *senders, const struct peel *peel,
					  const struct told *told, const struct packet *packet,
					  uint32_t linktype, struct sender **sender)
{
	const struct interface *parent = packet->interface;
	const struct meta *meta = told ? told_last(told) : NULL;
	const struct seen seen = { peel, told, packet };
	struct face face = { parent->ticks_per_s, parent->offset_s, linktype };
	uint8_t key[KEY_MAX];
	size_t origin_len = origin_key(peel, span_of(packet->data, packet->caplen), key);
	struct made *made;

	if (meta && meta->has_time)
		face = (struct face){ 1000000000, 0, linktype };
	made = made_for(senders, key, origin_len, &seen, &face);
	if (!made)
		return NULL;
	senders->last = made;
	*sender = made->sender;
	return &made->interface;
}

/* Whoever aims at collisions gains a look into the table. */
static struct recent *recent_of(struct senders *senders, const struct glance *glance)
{
	const uint64_t golden = 0x9E3779B97F4A7C15;
	uint64_t mixed = (glance->source[1] * golden ^ glance->source[0]) * golden;

	mixed = (mixed ^ glance->tunnel.id) * golden;
	return &senders->recent[mixed >> (64 - RECENT_BITS)];
}

static bool is_recent(const struct recent *recent, const struct glance *glance,
		      const struct interface *parent)
{
	return recent->made && recent->source[0] == glance->source[0] &&
	       recent->source[1] == glance->source[1] && recent->version == glance->version &&
	       recent->encap == glance->tunnel.encap && recent->id == glance->tunnel.id &&
	       recent->has_id == glance->tunnel.has_id &&
	       recent->made->interface.linktype == glance->tunnel.linktype &&
	       recent->made->interface.ticks_per_s == parent->ticks_per_s &&
	       recent->made->interface.offset_s == parent->offset_s;
}

static void remember(struct senders *senders, struct recent *recent, const struct glance *glance,
		     const struct interface *parent)
{
	const struct face face = { parent->ticks_per_s, parent->offset_s, glance->tunnel.linktype };
	uint8_t key[ORIGIN_KEY_LEN + sizeof(face)];

	origin_glance(glance, key);
	memcpy(key + ORIGIN_KEY_LEN, &face, sizeof(face));
	*recent = (struct recent){ .source = { glance->source[0], glance->source[1] },
				   .encap = glance->tunnel.encap,
				   .id = glance->tunnel.id,
				   .has_id = glance->tunnel.has_id,
				   .version = glance->version,
				   .made = table_get(&senders->made, key, sizeof(key)) };
}

const struct interface *senders_known(struct senders *senders, const struct glance *glance,
				      const struct interface *parent, struct sender **sender)
{
	struct recent *recent = recent_of(senders, glance);

	if (!is_recent(recent, glance, parent))
		remember(senders, recent, glance, parent);
	if (!recent->made)
		return NULL;
	*sender = recent->made->sender;
	return &recent->made->interface;
}

static void append(struct stream_key *key, const void *bytes, size_t len)
{
	memcpy(key->bytes + key->len, bytes, len);
	key->len += len;
}

static void append_destination(struct stream_key *key, const struct layers *walk,
			       struct span packet)
{
	const struct layer *ip = &walk->layer[walk->ip];
	uint8_t destination[16] = { 0 };

	if (ip->protocol == LAYER_IPV4)
		span_copy(packet, ip->offset + 16U, destination, 4);
	else
		span_copy(packet, ip->offset + 24U, destination, 16);
	append(key, destination, sizeof(destination));
}

static void add(struct loss *total, const struct loss *before, const struct loss *after)
{
	total->received += after->received - before->received;
	total->missing += after->missing - before->missing;
	total->reordered += after->reordered - before->reordered;
	total->duplicates += after->duplicates - before->duplicates;
	total->restarts += after->restarts - before->restarts;
}

static void begin_key(struct stream_key *key, const struct sender *sender, const struct peel *peel,
		      uint32_t layer, struct span packet)
{
	enum { PER_TUNNEL = ORIGIN_KEY_MAX / PEEL_MAX };

	key->len = 0;
	append(key, sender->key, ((size_t)layer + 1) * PER_TUNNEL);
	append_destination(key, &peel->walk[layer], packet);
}

static void see_number(struct stream *stream, struct loss *total, uint32_t number, unsigned bits)
{
	struct loss before = *stream->loss;

	sequence_see(&stream->sequence, stream->loss, number, bits);
	add(total, &before, stream->loss);
}

static bool see_tunnel(struct senders *senders, struct sender *sender, const struct peel *peel,
		       uint32_t layer, struct span packet, struct loss *total)
{
	const struct tunnel *tunnel = &peel->layer[layer].tunnel;
	enum streams_found found;
	struct stream_key key;
	struct stream *stream;

	begin_key(&key, sender, peel, layer, packet);
	found = streams_find(&senders->streams, key.bytes, key.len, &sender->loss, &stream);
	if (stream)
		see_number(stream, total, tunnel->sequence, tunnel->sequence_bits);
	return found != STREAMS_NO_MEMORY;
}

static bool add_tap(struct sender *sender, const char *name)
{
	struct tap_name **end = &sender->taps;

	for (; *end; end = &(*end)->next)
		if (strcmp((*end)->text, name) == 0)
			return true;
	if (!*name || sender->tap_count == SENDERS_TAPS)
		return true;
	*end = calloc(1, sizeof(**end));
	if (!*end)
		return false;
	memcpy((*end)->text, name, strlen(name) + 1);
	sender->tap_count++;
	return true;
}

/* A tap of a name that counts under another instance has been started anew. */
static bool see_tap(struct senders *senders, struct sender *sender, const struct peel *peel,
		    uint32_t layer, const struct meta *meta, struct span packet, struct loss *total)
{
	char name[META_NAME_MAX] = { 0 };
	struct stream_key key;
	struct stream *tap, *stream;
	enum streams_found known, found;

	memcpy(name, meta->name, strnlen(meta->name, sizeof(name)));
	begin_key(&key, sender, peel, layer, packet);
	append(&key, name, sizeof(name));
	known = streams_find(&senders->streams, key.bytes, key.len, &sender->loss, &tap);
	if (!tap)
		return known != STREAMS_NO_MEMORY;
	append(&key, &meta->instance, sizeof(meta->instance));
	found = streams_find(&senders->streams, key.bytes, key.len, tap->loss, &stream);
	if (known == STREAMS_KNOWN && found == STREAMS_NEW) {
		tap->loss->restarts++;
		total->restarts++;
	}
	if (stream)
		see_number(stream, total, meta->sequence, 32);
	return found != STREAMS_NO_MEMORY && add_tap(sender, meta->name);
}

bool senders_sequence(struct senders *senders, struct sender *sender, const struct peel *peel,
		      const struct told *told, struct span packet, struct loss *total)
{
	bool done = true;

	if (sender->key_len == 0)
		return true;
	for (uint32_t i = 0; i < peel->count; i++)
		if (peel->layer[i].tunnel.has_sequence)
			done = done && see_tunnel(senders, sender, peel, i, packet, total);
	for (unsigned i = 0; told && i < told->count; i++)
		done = done && see_tap(senders, sender, peel, told->of[i].layer, &told->of[i].meta,
				       packet, total);
	return done;
}

static void json_taps(struct json *json, const struct sender *sender)
{
	json_array(json, "taps");
	for (const struct tap_name *tap = sender->taps; tap; tap = tap->next)
		json_string(json, NULL, tap->text, strlen(tap->text));
	json_array_end(json);
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
		json_taps(json, sender);
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
