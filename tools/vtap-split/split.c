/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "split_files.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "addresses.h"
#include "base/clock.h"
#include "cli/tool.h"
#include "io/filename.h"
#include "io/folder_lock.h"
#include "split_keys.h"

bool split_check(struct split_config *config, struct error *err)
{
	bool named = config->common.output;

	if (!named)
		config->common.output = "{key}.pcapng";
	if (!config->by)
		return error_usage(
			err, "--by is missing: say what to split by, for example --by source");
	if (!key_parse(&config->spec, config->by, err) ||
	    !template_parse(&config->name, config->common.output, &config->spec, config->portable,
			    err))
		return false;
	if ((config->size || config->interval_ns) && !config->name.has_n &&
	    !config->name.has_start && !(config->common.dry_run && !named))
		return error_usage(err, "-C and -G make several files of a key: expected {n} or "
					"{start} in -w");
	if (config->keep && !config->size && !config->interval_ns)
		return error_usage(err, "-W keeps the newest of several files of a key: expected "
					"-C or -G");
	return config->common.print_config || !config->names ||
	       labels_read(&config->labels, config->names, err);
}

void split_config_free(struct split_config *config)
{
	labels_free(&config->labels);
}

struct split *split_new(const struct split_config *config, struct error *err)
{
	struct sink_pool_config sink_pool = { .name = config->common.output,
					      .format = config->common.format,
					      .one_section = config->common.input_count > 1,
					      .sync = config->common.sync,
					      .max_open = (unsigned)config->max_open,
					      .memory = config->memory,
					      .trusted = template_trusted(&config->name),
					      .addresses = addresses_find };
	bool rotates = config->min_free > 0;
	struct split *split = calloc(1, sizeof(*split));

	if (!split) {
		error_set(err, "not enough memory");
		return NULL;
	}
	split->config = config;
	split->last = &split->first;
	split->last_listed = &split->listed;
	hash_table_init(&split->by_bytes);
	hash_table_init(&split->by_label);
	file_names_init(&split->names, &config->name, config->overwrite, config->common.quiet);
	encap_select_default(&split->select);
	encap_table_init(&split->table, &split->select);
	key_cache_init(&split->cache, &config->spec, &split->table);
	split->format = "pcapng";
	split->newest_file_ns = clock_ns(CLOCK_MONOTONIC);
	split->looks_ahead = config->common.input_count == 1 && config->window_ns == 0 &&
			     key_cache_is_by_tunnel(&config->spec);
	split->manifest.output.fd = -1;
	sink_pool.addresses_arg = &split->table;
	sink_pool.wrote = rotates ? split_rotation_go_on : NULL;
	sink_pool.wrote_arg = split;
	split->sink_pool = sink_pool_new(&sink_pool, err);
	if (split->sink_pool)
		return split;
	split_free(split);
	return NULL;
}

bool split_open(struct split *split, struct error *err)
{
	const struct split_config *config = split->config;

	if (config->common.dry_run)
		return true;
	sink_pool_prepare(split->sink_pool);
	if (!file_names_read(&split->names, config->common.inputs, config->common.input_count,
			     err) ||
	    !jobs_init(&split->jobs, "vtap-split", config->command, (unsigned)config->jobs,
		       config->common.user, err))
		return false;
	split_rotation_init(split);
	return manifest_open(&split->manifest, config->manifest, err);
}

static inline struct split_key *split_find_key(struct split *split, const struct key *bytes,
					       struct error *err)
{
	struct split_key *key = key_cache_find(&split->cache, bytes);

	if (key)
		return key;
	key = split_keys_make(split, bytes, err);
	if (key)
		key_cache_remember(&split->cache, bytes, key);
	return key;
}

/* -C. Without {n} the next file must begin at a later time, or it would have the same name. */
static bool split_is_full(const struct split *split, const struct split_file *file,
			  const struct packet *packet)
{
	const struct split_config *config = split->config;

	return file->out && config->size && sink_pool_size(file->out) > config->size &&
	       (config->name.has_n || packet->time_ns > file->last_ns);
}

/* Whoever sends packets chooses their link types: one that does not fit ends nothing. */
static enum put_result split_leave_out(struct split *split, struct error *err)
{
	if (!sink_refused(err))
		return PUT_FAILED;
	if (!split->refuses)
		tool_say("vtap-split",
			 "%s; --by linktype,%s with {linktype} or {key} in -w, or pcapng, keeps "
			 "them",
			 err->text, split->config->by);
	split->refuses = true;
	*err = (struct error){ 0 };
	return PUT_REFUSED;
}

static enum put_result split_count_only(struct split *split, struct split_key *key,
					const struct packet *packet)
{
	const struct split_file one = { .packets = 1,
					.bytes = packet->caplen,
					.first_ns = packet->time_ns,
					.last_ns = packet->time_ns };

	split_sums_add(&key->ended, &one);
	split->counters.packets++;
	split->counters.bytes += packet->caplen;
	return PUT_DONE;
}

static enum put_result split_put_one(struct split *split, struct split_key *key,
				     const struct packet *packet, struct error *err)
{
	struct split_file *file = &key->file;
	enum put_result begun;

	if (split_is_full(split, file, packet) && !split_files_end(split, key, true, err))
		return PUT_FAILED;
	if (!file->out && split->config->common.dry_run)
		return split_count_only(split, key, packet);
	begun = file->out ? PUT_DONE : split_files_begin(split, key, packet, err);
	if (begun != PUT_DONE)
		return begun;
	if (!sink_pool_put(split->sink_pool, file->out, packet, err))
		return split_leave_out(split, err);
	if (packet->time_ns > file->last_ns)
		file->last_ns = packet->time_ns;
	file->packets++;
	file->bytes += packet->caplen;
	return PUT_DONE;
}

/* -G: when packets enter a new interval, all files of the last one end. */
static bool split_advance_time(struct split *split, const struct packet *packet, struct error *err)
{
	int64_t length = split->config->interval_ns, now = packet->time_ns, interval;

	if (packet->form == PACKET_SIMPLE) /* such a packet has no time */
		return true;
	split->counters.late += split->begun && now < split->newest_ns;
	if (!split->begun || now > split->newest_ns)
		split->newest_ns = now;
	if (length > 0) {
		interval = now / length - (now % length < 0);
		if (split->begun && interval > split->interval &&
		    !split_files_end_all(split, true, err))
			return false;
		if (!split->begun || interval > split->interval)
			split->interval = interval;
	}
	split->begun = true;
	return true;
}

/* Files are closed and opened again, so that locks on them do not say all. A folder that cannot be
 * made is told of when the first file is. */
static void split_lock_folder(const struct split *split)
{
	char folder[TEMPLATE_NAME_SIZE];

	template_folder(&split->config->name, folder);
	if (filename_make_folders(folder, split->config->common.sync, &(struct error){ 0 }))
		folder_lock_share(folder);
}

/* The first packet begins no file before the names of all its files are known to be free. */
static bool split_start(struct split *split, const struct packet *packet, unsigned count,
			struct error *err)
{
	struct split_key *key;

	split->started = true;
	if (split->config->common.dry_run)
		return true;
	for (unsigned i = 0; i < count; i++) {
		key = split_find_key(split, &split->key[i], err);
		if (!key || !split_files_may_begin(split, key->owner, packet, err))
			return false;
	}
	split_lock_folder(split);
	return split_rotation_begin(split, err) && manifest_begin(&split->manifest, err);
}

/* Both ends of a packet may have one name (--names), and so one file. */
static bool split_has_file(struct split_key *const files[], unsigned count,
			   const struct split_key *owner)
{
	for (unsigned i = 0; i < count; i++)
		if (files[i] == owner)
			return true;
	return false;
}

/* Writes the packet to the file of each of its `count` keys. *only is its key if it has one only.
 */
static enum put_result split_put_keys(struct split *split, const struct packet *packet,
				      unsigned count, struct split_key **only, struct error *err)
{
	struct split_key *key = NULL, *file[KEY_CHOICES];
	enum put_result all = PUT_DONE, one;
	unsigned files = 0;

	for (unsigned i = 0; i < count; i++) {
		key = split_find_key(split, &split->key[i], err);
		if (!key)
			return PUT_FAILED;
		if (split_has_file(file, files, key->owner))
			continue;
		file[files++] = key->owner;
		one = split_put_one(split, key->owner, packet, err);
		if (one == PUT_FAILED)
			return PUT_FAILED;
		if (one == PUT_REFUSED)
			all = PUT_REFUSED;
	}
	split->counters.copies += all == PUT_DONE ? files - 1 : 0;
	*only = count == 1 ? key : NULL;
	return all;
}

static enum put_result split_put_all(struct split *split, const struct packet *packet,
				     struct split_key **only, struct error *err)
{
	const struct key_spec *spec = &split->config->spec;
	const struct interface_origin *taken = NULL;
	unsigned count;

	if (spec->deep)
		key_cache_peel(&split->cache, packet, &split->peel);
	if (spec->tunnel) {
		taken = key_cache_taken(&split->cache, packet);
		split->tunnelled |= taken->len > 0 || split->peel.count > 0;
	}
	count = key_make(spec, packet, &split->peel, taken, split->key);
	*only = NULL;
	if (!split->started && !split_start(split, packet, count, err))
		return PUT_FAILED;
	return split_put_keys(split, packet, count, only, err);
}

/* A packet that one of its two files could not take counts as left out. */
static void split_count(struct split *split, const struct split_key *only, enum put_result put)
{
	if (put == PUT_FAILED)
		split->counters.unwritten++;
	else if (put == PUT_REFUSED)
		split->counters.refused++;
	else if (only && only->none)
		split->counters.none++;
	else
		split->counters.written++;
}

/* A new file of a key has a new hint. */
static enum put_result split_put_cached(struct split *split, struct split_key *key,
					const struct packet *packet, struct error *err)
{
	enum put_result put;

	sink_pool_fetch(&key->hint);
	put = split_put_one(split, key, packet, err);
	if (put == PUT_DONE && key->hint.file != key->file.out)
		key->hint = sink_pool_hint(key->file.out);
	split_count(split, key, put);
	return put;
}

static enum put_result split_put_uncached(struct split *split, const struct packet *packet,
					  struct error *err)
{
	struct split_key *key;
	enum put_result put = split_put_all(split, packet, &key, err);

	if (put == PUT_DONE && key && key->owner == key) {
		key_cache_put(&split->cache, packet, &split->peel, key);
		if (key->file.out)
			key->hint = sink_pool_hint(key->file.out);
	}
	split_count(split, key, put);
	return put;
}

enum verdict split_put(void *self, const struct packet *in, struct packet *out, struct error *err)
{
	struct split *split = self;
	struct split_key *key;
	enum put_result put;

	(void)out;
	if (split->block_error.text[0])
		*err = split->block_error;
	if (split->block_error.text[0] || !split_advance_time(split, in, err)) {
		split->counters.unwritten++;
		return FAILED;
	}
	if (split->counters.keys >= SPLIT_AHEAD_KEYS && split->looks_ahead)
		split_ahead_look(&split->ahead, &split->cache, in);
	key = key_cache_get(&split->cache, in);
	put = key ? split_put_cached(split, key, in, err) : split_put_uncached(split, in, err);
	return put == PUT_FAILED ? FAILED : HOLD;
}

void split_block(void *self, const struct block *block)
{
	struct split *split = self;

	if (block->kind == BLOCK_INTERFACE)
		split->named |= block->interface->name && *block->interface->name;
	if (!split->block_error.text[0] && !split->config->common.dry_run)
		sink_pool_block(split->sink_pool, block, &split->block_error);
}

void split_begin(struct split *split, const char *format, uint64_t input_len, bool is_file_job)
{
	split->format = format;
	split->names.is_file_job = is_file_job;
	sink_pool_fall_back(split->sink_pool, format);
	sink_pool_expect(split->sink_pool, input_len);
}

bool split_flush(void *self)
{
	struct split *split = self;

	return split->block_error.text[0] || sink_pool_flush(split->sink_pool, &split->block_error);
}

bool split_rotate(struct split *split)
{
	return split->block_error.text[0] || !split->started ||
	       split_rotation_go_on(split, &split->block_error);
}

static void split_tell_left_out(const struct split *split)
{
	uint64_t count = sink_pool_counters(split->sink_pool).blocks_left_out;

	if (count > 0)
		tool_say("vtap-split",
			 "%" PRIu64 " blocks beside packets are not in all files: a file gets 1 "
			 "MiB of secrets, statistics, custom and unknown blocks, all files get 8 "
			 "times the size of the input, and names take 4 KiB for an address; fewer "
			 "files, by a coarser --by or a longer -G, have more of them",
			 count);
}

/* Keys of --names that no packet has are as useless as those of another --by. */
static void split_tell_unnamed(struct split *split)
{
	const struct split_key *key = split->first;
	char name[KEY_PARTS * KEY_PART_SIZE];

	if (!split->config->names || split->config->common.quiet || split->labelled || !key)
		return;
	key_text_label(split_keys_unpack(split, key->text), name);
	tool_say("vtap-split", "no key is in %s: keys of --by %s are such as %s",
		 split->config->names, split->config->by, name);
}

bool split_has_failed(const struct split *split)
{
	return split->block_error.text[0];
}

bool split_finish(struct split *split, bool complete, struct error *err)
{
	bool good = true, closed;
	struct error later = { 0 };

	if (complete && split->block_error.text[0]) {
		*err = split->block_error;
		good = complete = false;
	}
	closed = split_files_end_all(split, complete, good ? err : &later);
	jobs_finish(&split->jobs);
	good = closed && good;
	if (!split_rotation_finish(split, good ? err : &later))
		good = false;
	if (good && split->jobs.failed)
		good = error_set(err, "-z '%s' failed on %" PRIu64 " of %" PRIu64 " files",
				 split->jobs.command, split->jobs.failed, split->jobs.run);
	if (good && split->counters.unremoved)
		good = error_set(err, "%" PRIu64 " files could not be removed",
				 split->counters.unremoved);
	split_tell_left_out(split);
	split_tell_unnamed(split);
	good = good && split_files_none_taken(split, err);
	if (complete && !manifest_begin(&split->manifest, good ? err : &later))
		good = false;
	if (!manifest_close(&split->manifest, good ? err : &later))
		good = false;
	split->counters.commands = split->jobs.run;
	split->counters.failed = split->jobs.failed;
	return good;
}

bool split_has_refused(const struct split *split)
{
	return split->refuses;
}

uint64_t split_unfinished(const struct split *split)
{
	return split->counters.unfinished;
}

void split_free(struct split *split)
{
	jobs_finish(&split->jobs);
	split_rotation_free(split);
	manifest_close(&split->manifest, &(struct error){ 0 });
	hash_table_free(&split->by_bytes);
	hash_table_free(&split->by_label);
	file_names_free(&split->names);
	key_cache_free(&split->cache);
	arena_free(&split->arena);
	sink_pool_free(split->sink_pool);
	free(split);
}
