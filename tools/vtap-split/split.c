/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "split.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define ROW(group, field, text, loss)                                                     \
	{                                                                                 \
		STATS_##group, #field, text, offsetof(struct split_counters, field), loss \
	}

const struct stats_row split_rows[] = {
	ROW(OUTCOME, written, "written to the file of their key", false),
	ROW(OUTCOME, none, "without the key, written to none", false),
	ROW(DETAIL, copies, "written to a second file too", false),
	ROW(DETAIL, late, "behind a later packet, out of order", false),
	ROW(DETAIL, keys, "keys", false),
	ROW(DETAIL, files, "files finished", false),
	ROW(DETAIL, commands, "commands run", false),
	ROW(DETAIL, failed, "commands failed", true),
	{ 0 },
};

bool split_check(struct split_config *config, struct error *err)
{
	const char *name = config->common.output ? config->common.output : "{key}.pcapng";

	if (!config->by)
		return error_usage(err, "what to split by is missing: --by source, for example");
	if (!key_parse(&config->spec, config->by, err) ||
	    !template_parse(&config->name, name, &config->spec, config->portable, err))
		return false;
	if ((config->size || config->interval_ns) && !config->name.has_n && !config->name.has_start)
		return error_usage(err, "-C and -G make several files of a key: expected {n} or "
					"{start} in -w");
	return true;
}

bool split_init(struct split *split, const struct split_config *config, struct error *err)
{
	struct outset_config outset = { .format = config->common.format,
					.one_section = config->common.input_count > 1,
					.max_open = (unsigned)config->max_open,
					.memory = OUTSET_MEMORY,
					.trusted = template_trusted(&config->name) };

	memset(split, 0, offsetof(struct split, peel));
	split->config = config;
	split->last = &split->first;
	table_init(&split->by_bytes);
	table_init(&split->by_text);
	encap_select_all(&split->select);
	glance_prepare(&split->glance, &split->select);
	split->outset = outset_new(&outset, err);
	if (split->outset)
		outset_prepare(split->outset);
	return split->outset &&
	       jobs_init(&split->jobs, "vtap-split", config->command, (unsigned)config->jobs,
			 config->common.user, err) &&
	       manifest_open(&split->manifest, config->manifest, err);
}

/* The parts of a key's text, as templates want them. */
static const struct key_text *unpack(struct split *split, const struct split_key *key)
{
	const char *at = key->text;

	split->text.count = split->config->spec.count;
	for (unsigned i = 0; i < split->text.count; i++) {
		size_t size = strlen(at) + 1;

		memcpy(split->text.part[i], at, size);
		at += size;
	}
	return &split->text;
}

static bool expand(struct split *split, const struct split_key *key, const struct split_file *file,
		   bool ended, char name[TEMPLATE_NAME_SIZE], struct error *err)
{
	struct template_values values = { .key = unpack(split, key),
					  .n = key->files,
					  .start_ns = file->first_ns,
					  .end_ns = file->last_ns,
					  .ended = ended,
					  .serial = file->serial };

	return template_expand(&split->config->name, &values, name, err) &&
	       names_add(&split->names, name, err);
}

/* A second file of a key gets the blocks since the first one ended, and names and secrets again. */
static bool begin_file(struct split *split, struct split_key *key, const struct packet *packet,
		       struct error *err)
{
	struct split_file *file = &key->file;
	char name[TEMPLATE_NAME_SIZE];

	*file = (struct split_file){ .serial = ++split->serial,
				     .first_ns = packet->time_ns,
				     .last_ns = packet->time_ns };
	key->files++;
	if (!expand(split, key, file, false, name, err))
		return false;
	file->name = strdup(name);
	if (!file->name)
		return error_errno(err, "%s", name);
	file->out =
		outset_open(split->outset, file->name, packet->interface->section, key->mark, err);
	if (!file->out)
		free(file->name);
	return file->out != NULL;
}

static bool tell(struct split *split, const struct split_key *key, const struct split_file *file,
		 const char *name, struct error *err)
{
	char label[KEY_PARTS * KEY_PART_SIZE];
	struct manifest_entry entry = { .name = name,
					.key = label,
					.key_len = template_label(unpack(split, key), label),
					.packets = file->packets,
					.bytes = file->bytes,
					.first_ns = file->first_ns,
					.last_ns = file->last_ns };

	split->counters.files++;
	jobs_run(&split->jobs, name);
	return manifest_add(&split->manifest, &entry, err);
}

static bool end_file(struct split *split, struct split_key *key, bool complete, struct error *err)
{
	struct split_file *file = &key->file;
	char ended[TEMPLATE_NAME_SIZE];
	const char *name = file->name;
	bool good = true;

	if (complete && split->config->name.has_end) {
		good = expand(split, key, file, true, ended, err);
		name = ended;
	}
	if (good)
		good = outset_close(split->outset, file->out, name, complete, err);
	else
		outset_close(split->outset, file->out, name, false, &(struct error){ 0 });
	file->out = NULL;
	key->mark = outset_mark(split->outset);
	key->packets += file->packets;
	key->bytes += file->bytes;
	split->counters.packets += file->packets;
	split->counters.bytes += file->bytes;
	if (good && complete)
		good = tell(split, key, file, name, err);
	free(file->name);
	return good;
}

static bool end_all(struct split *split, bool complete, struct error *err)
{
	struct error later = { 0 };
	bool good = true;

	for (struct split_key *key = split->first; key; key = key->next)
		if (key->file.out && !end_file(split, key, complete, good ? err : &later))
			good = false;
	return good;
}

static bool remember(struct split *split, const struct key *bytes, struct split_key *key,
		     struct error *err)
{
	uint8_t *copy = arena_take(&split->arena, bytes->len, 1);

	if (!copy)
		return error_errno(err, "a key");
	memcpy(copy, bytes->bytes, bytes->len);
	return table_put(&split->by_bytes, copy, bytes->len, key) || error_errno(err, "a key");
}

/* The parts in one piece, each with its NUL. */
static size_t pack(const struct key_text *text, char *to)
{
	size_t len = 0;

	for (unsigned i = 0; i < text->count; i++) {
		size_t size = strlen(text->part[i]) + 1;

		memcpy(to + len, text->part[i], size);
		len += size;
	}
	return len;
}

static struct split_key *new_key(struct split *split, const char *text, size_t len, bool none,
				 struct error *err)
{
	struct split_key *key = arena_take(&split->arena, sizeof(*key) + len, ARENA_LINE);

	if (key) {
		memcpy(key->text, text, len);
		key->len = (uint32_t)len;
		key->none = none;
	}
	if (!key || !table_put(&split->by_text, key->text, len, key)) {
		error_errno(err, "a key");
		return NULL;
	}
	*split->last = key;
	split->last = &key->next;
	split->counters.keys++;
	return key;
}

static struct split_key *find_key(struct split *split, const struct key *bytes, struct error *err)
{
	struct split_key *key = table_get(&split->by_bytes, bytes->bytes, bytes->len);
	char text[KEY_PARTS * KEY_PART_SIZE];
	size_t len;

	if (key)
		return key;
	key_write(&split->config->spec, bytes, &split->text);
	len = pack(&split->text, text);
	key = table_get(&split->by_text, text, len);
	if (!key)
		key = new_key(split, text, len, bytes->none, err);
	return key && remember(split, bytes, key, err) ? key : NULL;
}

static bool put_one(struct split *split, struct split_key *key, const struct packet *packet,
		    struct error *err)
{
	struct split_file *file = &key->file;

	if (file->out && split->config->size && outset_size(file->out) > split->config->size &&
	    !end_file(split, key, true, err))
		return false;
	if (!file->out && !begin_file(split, key, packet, err))
		return false;
	if (!outset_put(split->outset, file->out, packet, err))
		return false;
	if (packet->time_ns > file->last_ns)
		file->last_ns = packet->time_ns;
	file->packets++;
	file->bytes += packet->caplen;
	return true;
}

/* -G: when the packets' time enters a new interval all files of the one before end. */
static bool on_time(struct split *split, const struct packet *packet, struct error *err)
{
	int64_t interval = split->config->interval_ns, now = packet->time_ns, slot;

	if (packet->form == PACKET_SIMPLE) /* it has no time */
		return true;
	split->counters.late += split->begun && now < split->newest_ns;
	if (!split->begun || now > split->newest_ns)
		split->newest_ns = now;
	if (interval > 0) {
		slot = now / interval - (now % interval < 0);
		if (split->begun && slot > split->slot && !end_all(split, true, err))
			return false;
		if (!split->begun || slot > split->slot)
			split->slot = slot;
	}
	split->begun = true;
	return true;
}

/* The general way: to the file of each of the packet's keys. *only: its key where it has one. */
static bool put_all(struct split *split, const struct packet *packet, struct split_key **only,
		    struct error *err)
{
	const struct key_spec *spec = &split->config->spec;
	struct split_key *key = NULL;
	unsigned count;

	if (spec->deep)
		peel_walk(&split->peel, &split->select, packet->linktype, packet->data,
			  packet->caplen, packet->len);
	count = key_make(spec, packet, &split->peel, split->key);
	for (unsigned i = 0; i < count; i++) {
		key = find_key(split, &split->key[i], err);
		if (!key || !put_one(split, key, packet, err))
			return false;
	}
	split->counters.copies += count - 1;
	*only = count == 1 ? key : NULL;
	return true;
}

static void count_packet(struct split *split, const struct split_key *only)
{
	if (only && only->none)
		split->counters.none++;
	else
		split->counters.written++;
}

/* A packet whose key is known by its id. A new file of the key gives a new hint. */
static bool put_known(struct split *split, struct known_slot *slot, const struct packet *packet,
		      struct error *err)
{
	struct split_key *key = slot->key;

	outset_fetch(&slot->hint);
	if (!put_one(split, key, packet, err))
		return false;
	if (slot->hint.file != key->file.out)
		slot->hint = outset_hint(key->file.out);
	count_packet(split, key);
	return true;
}

/* A packet that a glance may have told the id of. */
static bool put_new(struct split *split, const struct key_id *id, const struct packet *packet,
		    struct error *err)
{
	struct split_key *key;

	if (!put_all(split, packet, &key, err))
		return false;
	if (id && key)
		known_put(&split->known, id, key, outset_hint(key->file.out));
	count_packet(split, key);
	return true;
}

enum verdict split_put(void *self, const struct packet *in, struct packet *out, struct error *err)
{
	struct split *split = self;
	struct known_slot *slot = NULL;
	struct key_id id;
	bool glanced, good;

	(void)out;
	if (split->block_error.text[0]) {
		*err = split->block_error;
		return FAILED;
	}
	if (!on_time(split, in, err))
		return FAILED;
	glanced = key_glance(&split->config->spec, &split->glance, in, &id);
	if (glanced)
		slot = known_get(&split->known, &id);
	good = slot ? put_known(split, slot, in, err)
		    : put_new(split, glanced ? &id : NULL, in, err);
	return good ? HOLD : FAILED;
}

void split_block(void *self, const struct block *block)
{
	struct split *split = self;

	if (!split->block_error.text[0])
		outset_block(split->outset, block, &split->block_error);
}

void split_begin(struct split *split, const char *format)
{
	outset_fall_back(split->outset, format);
}

bool split_flush(void *self)
{
	struct split *split = self;

	return split->block_error.text[0] || outset_flush(split->outset, &split->block_error);
}

bool split_finish(struct split *split, bool complete, struct error *err)
{
	bool good = true, closed;
	struct error later = { 0 };

	if (complete && split->block_error.text[0]) {
		*err = split->block_error;
		good = complete = false;
	}
	closed = end_all(split, complete, good ? err : &later);
	jobs_finish(&split->jobs);
	good = closed && good;
	if (good && split->jobs.failed)
		good = error_set(err, "-z '%s' failed on %" PRIu64 " of %" PRIu64 " files",
				 split->jobs.command, split->jobs.failed, split->jobs.run);
	if (!manifest_close(&split->manifest, good ? err : &later))
		good = false;
	split->counters.commands = split->jobs.run;
	split->counters.failed = split->jobs.failed;
	return good;
}

void split_sources(struct json *json, void *self)
{
	char label[KEY_PARTS * KEY_PART_SIZE];
	struct split *split = self;

	for (struct split_key *key = split->first; key; key = key->next) {
		json_object(json, NULL);
		json_string(json, "name", label, template_label(unpack(split, key), label));
		json_number(json, "packets", key->packets);
		json_number(json, "bytes", key->bytes);
		json_number(json, "files", key->files);
		json_object_end(json);
	}
}

void split_sources_text(FILE *to, void *self)
{
	char label[KEY_PARTS * KEY_PART_SIZE];
	struct split *split = self;

	for (struct split_key *key = split->first; key; key = key->next) {
		template_label(unpack(split, key), label);
		fprintf(to, "  %s: %" PRIu64 " packets, %" PRIu64 " bytes\n", label, key->packets,
			key->bytes);
	}
}

void split_free(struct split *split)
{
	jobs_finish(&split->jobs);
	table_free(&split->by_bytes);
	table_free(&split->by_text);
	known_free(&split->known);
	arena_free(&split->arena);
	names_free(&split->names);
	outset_free(split->outset);
}
