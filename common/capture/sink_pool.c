/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/sink_pool_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/sink_file.h"
#include "capture/sink_pool_name.h"
#include "io/filename.h"
#include "io/sync.h"

struct sink_pool *sink_pool_new(const struct sink_pool_config *config, struct error *err)
{
	struct sink_pool *pool = calloc(1, sizeof(*pool));

	if (!pool) {
		error_errno(err, "outputs");
		return NULL;
	}
	pool->config = *config;
	block_spool_init(&pool->block_spool);
	names_init(&pool->names);
	hash_table_init(&pool->given.by_file);
	return pool;
}

void sink_pool_prepare(struct sink_pool *pool)
{
	block_spool_prepare(&pool->block_spool);
}

void sink_pool_fall_back(struct sink_pool *pool, const char *format)
{
	pool->config.fallback = format;
}

void sink_pool_expect(struct sink_pool *pool, uint64_t input_len)
{
	pool->input_len = input_len;
}

enum { SHARE_MIN = 1 << 10 };  /* bytes of a buffer, however many files there are */
enum { SINK_POOL_MANY = 512 }; /* files; the memory of fewer is small */

static unsigned size_index(size_t size)
{
	unsigned log = 63 - (unsigned)__builtin_clzll(size | 4);
	unsigned index = 4 * log + (unsigned)(size >> (log - 2) & 3);

	return index < SIZES ? index : SIZES - 1;
}

static struct ends *ends_of(struct sink_pool *pool, const struct sink_pool_file *file,
			    enum list which)
{
	return which == BUFFERS ? &pool->buffers[size_index(file->memory)] : &pool->list[which];
}

static void sink_pool_unlist(struct sink_pool *pool, struct sink_pool_file *file, enum list which)
{
	struct link *link = &file->link[which];
	struct ends *list = ends_of(pool, file, which);

	if (!file->listed[which])
		return;
	*(link->newer ? &link->newer->link[which].older : &list->newest) = link->older;
	*(link->older ? &link->older->link[which].newer : &list->oldest) = link->newer;
	file->listed[which] = false;
	list->count--;
}

static void sink_pool_list_first(struct sink_pool *pool, struct sink_pool_file *file,
				 enum list which)
{
	struct link *link = &file->link[which];
	struct ends *list = ends_of(pool, file, which);

	sink_pool_unlist(pool, file, which);
	*link = (struct link){ .older = list->newest };
	file->listed[which] = true;
	*(list->newest ? &list->newest->link[which].newer : &list->oldest) = file;
	list->newest = file;
	list->count++;
}

/* Updates the count of bytes that the file's buffer takes. */
static void count_buffer(struct sink_pool *pool, struct sink_pool_file *file)
{
	sink_pool_unlist(pool, file, BUFFERS);
	pool->used -= file->memory;
	file->memory = file->output->size;
	pool->used += file->memory;
	if (pool->open >= SINK_POOL_MANY)
		huge_pages_go_on(&pool->huge_pages);
	if (file->memory == 0)
		return;
	sink_pool_list_first(pool, file, BUFFERS);
	if (size_index(file->memory) > pool->largest)
		pool->largest = size_index(file->memory);
}

static void sink_pool_unlist_all(struct sink_pool *pool, struct sink_pool_file *file)
{
	for (enum list which = 0; which < LISTS; which++)
		sink_pool_unlist(pool, file, which);
	pool->used -= file->memory;
	file->memory = 0;
}

bool sink_pool_kept_in_tmp(const struct sink_pool_file *file, struct error *err)
{
	return error_wrap(err, "what was written is in %s", file->output->tmp);
}

/*
 * Called before a file is opened or written to. The files that lose their descriptor keep their
 * buffer, so that each is opened once a buffer, not once a packet.
 */
static bool sink_pool_free_descriptor(struct sink_pool *pool, const struct sink_pool_file *file,
				      struct error *err)
{
	const struct ends *list = &pool->list[DESCRIPTORS];

	while (!(file && file->listed[DESCRIPTORS]) && list->count >= pool->config.max_open) {
		struct sink_pool_file *oldest = list->oldest;

		sink_pool_unlist(pool, oldest, DESCRIPTORS);
		if (!sink_suspend(oldest->sink, err))
			return sink_pool_kept_in_tmp(oldest, err);
	}
	return true;
}

/* Returns the file with the oldest of the largest buffers: so writes are few and long. */
static struct sink_pool_file *sink_pool_largest_buffer(struct sink_pool *pool)
{
	while (pool->largest > 0 && pool->buffers[pool->largest].count == 0)
		pool->largest--;
	return pool->buffers[pool->largest].oldest;
}

static void sink_pool_note_written(struct sink_pool *pool, struct sink_pool_file *file)
{
	pool->wrote += file->output->written - file->written;
	file->written = file->output->written;
}

static bool sink_pool_tell_wrote(struct sink_pool *pool, struct error *err)
{
	if (!pool->config.wrote || pool->wrote < SINK_POOL_WROTE)
		return true;
	pool->wrote = 0;
	return pool->config.wrote(pool->config.wrote_arg, err);
}

bool sink_pool_evict(struct sink_pool *pool, struct sink_pool_file *file, struct error *err)
{
	if (!sink_pool_free_descriptor(pool, file, err))
		return false;
	sink_pool_unlist_all(pool, file);
	if (!sink_evict(file->sink, err))
		return sink_pool_kept_in_tmp(file, err);
	sink_pool_note_written(pool, file);
	return true;
}

/* Frees the largest buffer, and keeps the descriptor: those have a limit of their own. */
static bool sink_pool_release(struct sink_pool *pool, struct sink_pool_file *file,
			      struct error *err)
{
	if (!sink_pool_free_descriptor(pool, file, err))
		return false;
	sink_pool_unlist(pool, file, DIRTY);
	if (!sink_release(file->sink, err))
		return sink_pool_kept_in_tmp(file, err);
	count_buffer(pool, file);
	sink_pool_note_written(pool, file);
	if (file->output->fd >= 0)
		sink_pool_list_first(pool, file, DESCRIPTORS);
	return true;
}

/*
 * Returns the bytes to which the buffer of a file may grow. While there is memory it doubles, so
 * that a busy file among idle ones gets long writes. After that each file has its share: it writes
 * its buffer when that is full, and does not take memory from others, which would take it back.
 */
static size_t sink_pool_limit(const struct sink_pool *pool, const struct sink_pool_file *file)
{
	size_t share = pool->config.memory / (pool->open + !pool->open);

	if (pool->used + file->memory <= pool->config.memory / 4 * 3)
		return 0;
	if (share < SHARE_MIN)
		share = SHARE_MIN;
	return share > file->memory ? share : file->memory;
}

/* Called after a file was written to; files with large buffers make room for its own. */
static bool sink_pool_account(struct sink_pool *pool, struct sink_pool_file *file,
			      struct error *err)
{
	struct sink_pool_file *full;

	if (file->output->written != file->written && file->output->fd >= 0)
		sink_pool_list_first(pool, file, DESCRIPTORS);
	sink_pool_note_written(pool, file);
	if (file->output->size != file->memory)
		count_buffer(pool, file);
	while (pool->used > pool->config.memory && (full = sink_pool_largest_buffer(pool)))
		if (!sink_pool_release(pool, full, err))
			return false;
	output_limit(file->output, sink_pool_limit(pool, file));
	return sink_pool_tell_wrote(pool, err);
}

static struct sink *sink_pool_open_sink(struct sink_pool *pool, const char *name, struct error *err)
{
	const char *format = pool->foreign ? "pcapng" : pool->format;
	struct sink_config config = { .name = name,
				      .fallback = pool->config.fallback,
				      .one_section = pool->config.one_section,
				      .interfaces = INTERFACES_ALIKE,
				      .manner = OUTPUT_KEEP,
				      .encode = sink_file_encode(pool->config.name) };
	struct sink *sink = sink_file_open_as(&config, format, err);

	if (sink || err->number != ENOENT || !filename_make_folders(name, pool->config.sync, err))
		return sink;
	return sink_file_open_as(&config, format, err);
}

/*
 * Chooses the format of all files before the first of them, or the first block, needs it. It is
 * never chosen by the name of a file: packets make that, and its ending may be a packet's.
 */
bool sink_pool_choose_format(struct sink_pool *pool, struct error *err)
{
	struct sink_config config = { .name = pool->config.name,
				      .format = pool->config.format,
				      .fallback = pool->config.fallback };

	if (pool->format)
		return true;
	pool->format = sink_file_format(&config, err);
	if (!pool->format)
		return false;
	pool->blockless = strcmp(pool->format, "pcapng") != 0;
	pool->foreign = !sink_file_is_native(pool->format);
	return true;
}

static struct sink_pool_file *file_new(struct sink_pool *pool, const char *name, struct error *err)
{
	struct sink_pool_file *file = pool->free;

	if (file)
		pool->free = file->link[0].older;
	else
		file = arena_take(&pool->arena, sizeof(*file), ARENA_LINE);
	if (!file) {
		error_errno(err, "%s", name);
		return NULL;
	}
	*file = (struct sink_pool_file){ 0 };
	if (asprintf(&file->name, "%s%s", name, pool->foreign ? ".pcapng" : "") >= 0)
		return file;
	error_errno(err, "%s", name);
	file->link[0].older = pool->free;
	pool->free = file;
	return NULL;
}

static void file_free(struct sink_pool *pool, struct sink_pool_file *file)
{
	sink_pool_forget_names(pool, file);
	free(file->name);
	file->link[0].older = pool->free;
	pool->free = file;
}

static struct sink_pool_name sink_pool_named(const struct sink_pool *pool, const char *name,
					     bool replace)
{
	return (struct sink_pool_name){ .name = name,
					.names = pool->config.name,
					.foreign = pool->foreign ? pool->format : NULL,
					.trusted = pool->config.trusted,
					.replace = replace,
					.sync = pool->config.sync };
}

bool sink_pool_may_have(struct sink_pool *pool, const char *name, bool replace, struct error *err)
{
	return sink_pool_choose_format(pool, err) &&
	       sink_pool_name_is_free(sink_pool_named(pool, name, replace), err);
}

bool sink_pool_may_begin(struct sink_pool *pool, const char *name, struct error *err)
{
	return sink_pool_choose_format(pool, err) &&
	       sink_pool_name_can_begin(sink_pool_named(pool, name, false), err);
}

struct sink_pool_file *sink_pool_open(struct sink_pool *pool, const char *name,
				      const struct section *section, uint64_t after, bool replace,
				      struct error *err)
{
	struct sink_pool_file *file;

	if (!sink_pool_may_have(pool, name, replace, err) ||
	    !sink_pool_free_descriptor(pool, NULL, err))
		return NULL;
	file = file_new(pool, name, err);
	if (!file)
		return NULL;
	file->section = section;
	file->after = after;
	file->names = pool->names.blocks;
	if (!pool->config.one_section && section == pool->section)
		file->at = pool->section_start;
	file->sink = sink_pool_open_sink(pool, file->name, err);
	if (!file->sink) {
		file_free(pool, file);
		return NULL;
	}
	file->output = sink_output(file->sink);
	pool->open++;
	sink_pool_list_first(pool, file, DESCRIPTORS);
	return file;
}

/* The names stand in front of the blocks, unless there are some of an earlier section. */
static bool sink_pool_put_beside(struct sink_pool *pool, struct sink_pool_file *file,
				 const struct packet *packet, struct error *err)
{
	const struct interface *to = packet->interface;
	bool first = pool->config.one_section || file->section == to->section;

	return (!first || sink_pool_put_names(pool, file, packet, err)) &&
	       sink_pool_put_blocks(pool, file, to->section, to, err) &&
	       (first || sink_pool_put_names(pool, file, packet, err));
}

bool sink_pool_put(struct sink_pool *pool, struct sink_pool_file *file, const struct packet *packet,
		   struct error *err)
{
	const struct output *output = file->output;

	if (!file->listed[DESCRIPTORS] && !sink_pool_free_descriptor(pool, file, err))
		return false;
	if (file->at < pool->pending && !sink_pool_put_beside(pool, file, packet, err))
		return false;
	file->section = packet->interface->section;
	pool->taken += packet->caplen;
	if (!file->listed[DIRTY])
		sink_pool_list_first(pool, file, DIRTY);
	if (!sink_put(file->sink, packet, err))
		return sink_refused(err) ? false : sink_pool_kept_in_tmp(file, err);
	return (output->size == file->memory && output->written == file->written) ||
	       sink_pool_account(pool, file, err);
}

bool sink_pool_flush(struct sink_pool *pool, struct error *err)
{
	for (struct sink_pool_file *file; (file = pool->list[DIRTY].newest);) {
		if (!sink_pool_free_descriptor(pool, file, err))
			return false;
		sink_pool_unlist(pool, file, DIRTY);
		if (!sink_flush(file->sink, err))
			return sink_pool_kept_in_tmp(file, err);
		if (!sink_pool_account(pool, file, err))
			return false;
	}
	return true;
}

uint64_t sink_pool_mark(const struct sink_pool *pool)
{
	return pool->block_spool.end;
}

bool sink_pool_close(struct sink_pool *pool, struct sink_pool_file *file, const char *name,
		     bool complete, bool replace, struct output_path_id *made, struct error *err)
{
	bool good = sink_pool_free_descriptor(pool, file, err) &&
		    (!complete || (sink_pool_put_blocks(pool, file, file->section, NULL, err) &&
				   sink_pool_put_late_names(pool, file, err)));
	struct output_path_id id = file->output->id;
	const struct sink_pool_name last = sink_pool_named(pool, name, replace);
	struct error close_err = { 0 };

	pool->open--;
	sink_pool_unlist_all(pool, file);
	sink_pool_count(&pool->counters, file->sink);
	if (!sink_close(file->sink, false, good ? err : &close_err))
		good = false;
	if (good && complete)
		good = sink_pool_name_give(&last, file->name, &id, &pool->counters, err) &&
		       (!pool->config.sync || sync_folder(name, err));
	if (good && complete)
		*made = id;
	file_free(pool, file);
	return good;
}

void sink_pool_free(struct sink_pool *pool)
{
	if (!pool)
		return;
	block_spool_free(&pool->block_spool);
	names_free(&pool->names);
	hash_table_free(&pool->given.by_file);
	arena_free(&pool->given.arena);
	arena_free(&pool->arena);
	free(pool);
}

struct sink_pool_counters sink_pool_counters(const struct sink_pool *pool)
{
	struct sink_pool_counters counters = pool->counters;

	if (pool->blockless)
		counters.blocks_dropped = pool->blocks;
	counters.blocks_left_out += pool->names.dropped + pool->left_out[BESIDE_SECRETS].blocks +
				    pool->left_out[BESIDE_OTHERS].blocks;
	counters.blocks_dropped += counters.blocks_left_out;
	return counters;
}

struct sink_pool_hint sink_pool_hint(const struct sink_pool_file *file)
{
	return (struct sink_pool_hint){ file, file->sink, &file->output->used };
}

uint64_t sink_pool_size(const struct sink_pool_file *file)
{
	return sink_size(file->sink);
}
