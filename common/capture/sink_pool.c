/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/sink_pool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "capture/block_spool.h"
#include "capture/sink_file.h"
#include "capture/sink_pool_convert.h"
#include "io/filename.h"
#include "io/sync.h"

enum { NAME_SIZE = 4096 };

/*
 * Lists of files, the newest first: those with a descriptor, by when they were written to; those
 * with packets since the last flush; and, one list a size, those with a buffer, by when it grew.
 */
enum list { DESCRIPTORS, DIRTY, BUFFERS, LISTS };
enum { SIZES = 160 }; /* kinds of buffers by size: four from a power of two to the next */

/* The first members, up to listed, are needed for every packet and fit one line of the cache. */
struct sink_pool_file {
	struct sink *sink;
	const struct output *output; /* of the sink */
	const struct section *section;
	uint64_t at;	  /* position in block_spool: blocks before it were put */
	size_t memory;	  /* bytes of its buffer that sink_pool.used counts */
	uint64_t written; /* output->written when it was last looked at */
	bool listed[LISTS];
	struct link {
		struct sink_pool_file *newer, *older;
	} link[LISTS];
	char *name;	/* of the sink */
	uint64_t after; /* position before which only names and secrets are put */
};

struct sink_pool {
	struct sink_pool_config config;
	const char *format; /* of all files, as sink_file_format() says it; NULL: not chosen yet */
	bool foreign;	    /* it is wiretap's: files are pcapng and converted at the end */
	bool blockless;	    /* it is not pcapng: no blocks but packets */
	struct block_spool block_spool;
	const struct section *section; /* the latest, and where its blocks begin */
	uint64_t section_start;
	struct ends {
		struct sink_pool_file *newest, *oldest;
		unsigned count;
	} list[BUFFERS], buffers[SIZES];
	unsigned largest;	     /* no list of buffers above this index has any */
	size_t used;		     /* bytes of all buffers that are counted */
	struct arena arena;	     /* of files */
	struct sink_pool_file *free; /* those that ended; a list by link[0].older */
	uint64_t blocks;	     /* beside packets, sections and interfaces */
	struct sink_pool_counters counters;
};

struct sink_pool *sink_pool_new(const struct sink_pool_config *config, struct error *err)
{
	struct sink_pool *pool = calloc(1, sizeof(*pool));

	if (!pool) {
		error_errno(err, "outputs");
		return NULL;
	}
	pool->config = *config;
	block_spool_init(&pool->block_spool);
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

/* Says where the bytes are after a write has failed; of a FIFO or a device nobody can say. */
static bool kept_in_tmp(const struct sink_pool_file *file, struct error *err)
{
	const char *tmp = file->output->tmp;

	return tmp ? error_wrap(err, "what was written is in %s", tmp) : false;
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
			return kept_in_tmp(oldest, err);
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

static bool sink_pool_evict(struct sink_pool *pool, struct sink_pool_file *file, struct error *err)
{
	if (!sink_pool_free_descriptor(pool, file, err))
		return false;
	sink_pool_unlist_all(pool, file);
	if (!sink_evict(file->sink, err))
		return kept_in_tmp(file, err);
	file->written = file->output->written;
	return true;
}

/* Called after a file was written to; files with large buffers make room for its own. */
static bool sink_pool_account(struct sink_pool *pool, struct sink_pool_file *file,
			      struct error *err)
{
	struct sink_pool_file *full;

	if (!file->output->tmp)
		return true;
	if (file->output->written != file->written && file->output->fd >= 0)
		sink_pool_list_first(pool, file, DESCRIPTORS);
	file->written = file->output->written;
	if (file->output->size == file->memory)
		return true;
	count_buffer(pool, file);
	while (pool->used > pool->config.memory && (full = sink_pool_largest_buffer(pool)))
		if (!sink_pool_evict(pool, full, err))
			return false;
	return true;
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
static bool sink_pool_choose_format(struct sink_pool *pool, struct error *err)
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
	free(file->name);
	file->link[0].older = pool->free;
	pool->free = file;
}

struct sink_pool_file *sink_pool_open(struct sink_pool *pool, const char *name,
				      const struct section *section, uint64_t after,
				      struct error *err)
{
	struct sink_pool_file *file;

	if (!filename_is_free(name, pool->config.trusted, err) ||
	    !sink_pool_choose_format(pool, err) || !sink_pool_free_descriptor(pool, NULL, err))
		return NULL;
	file = file_new(pool, name, err);
	if (!file)
		return NULL;
	file->section = section;
	file->after = after;
	if (!pool->config.one_section && section == pool->section)
		file->at = pool->section_start;
	if (!pool->foreign || sink_pool_can_convert(file->name, err))
		file->sink = sink_pool_open_sink(pool, file->name, err);
	if (!file->sink) {
		file_free(pool, file);
		return NULL;
	}
	file->output = sink_output(file->sink);
	if (file->output->tmp)
		sink_pool_list_first(pool, file, DESCRIPTORS);
	return file;
}

static bool sink_pool_wants_block(const struct sink_pool *pool, const struct sink_pool_file *file,
				  const struct section *next, const struct block *block)
{
	if (file->at < file->after && !block_spool_lasts(block->type))
		return false;
	return pool->config.one_section || block->section == file->section ||
	       block->section == next;
}

/*
 * Returns the position of the next block that a file may want, behind one that it does not. There
 * may be any number of blocks, and of files, so that whole sections are skipped at once.
 */
static uint64_t sink_pool_skip_blocks(const struct sink_pool *pool,
				      const struct sink_pool_file *file, const struct section *next,
				      const struct block *block, uint64_t behind)
{
	uint64_t lasting;

	if (!pool->config.one_section && block->section != file->section &&
	    block->section != next) {
		if (next == pool->section)
			return behind > pool->section_start ? behind : pool->section_start;
		return block->section->serial < next->serial ? behind : pool->block_spool.end;
	}
	if (behind >= file->after)
		return behind;
	lasting = block_spool_lasting(&pool->block_spool, behind);
	return lasting < file->after ? lasting : file->after;
}

/*
 * Puts a block. Readers want an interface in front of names, so that of the next packet, `to`, is
 * described first, unless the block is of an earlier section; `to` is NULL at the end.
 */
static bool sink_pool_put_block(const struct sink_pool *pool, struct sink_pool_file *file,
				const struct interface *to, const struct block *block,
				struct error *err)
{
	const struct block first = { .kind = BLOCK_INTERFACE, .interface = to };
	bool describe = to && (pool->config.one_section || block->section == to->section);

	if ((describe && !sink_block(file->sink, &first, err)) ||
	    !sink_block(file->sink, block, err))
		return kept_in_tmp(file, err);
	file->section = block->section;
	return true;
}

/* Puts the blocks that came before the next packet, which is on the interface `to` in section
 * `next`; or before the end, where `to` is NULL. */
static bool sink_pool_put_blocks(struct sink_pool *pool, struct sink_pool_file *file,
				 const struct section *next, const struct interface *to,
				 struct error *err)
{
	struct block block;
	uint64_t behind;

	for (; file->at < pool->block_spool.end && !pool->blockless; file->at = behind) {
		if (!block_spool_peek(&pool->block_spool, file->at, &block, &behind, err))
			return false;
		if (!sink_pool_wants_block(pool, file, next, &block)) {
			behind = sink_pool_skip_blocks(pool, file, next, &block, behind);
			continue;
		}
		if (!block_spool_bytes(&pool->block_spool, file->at, &block, err) ||
		    !sink_pool_put_block(pool, file, to, &block, err))
			return false;
	}
	file->section = next;
	return true;
}

bool sink_pool_put(struct sink_pool *pool, struct sink_pool_file *file, const struct packet *packet,
		   struct error *err)
{
	const struct output *output = file->output;

	if (!file->listed[DESCRIPTORS] && !sink_pool_free_descriptor(pool, file, err))
		return false;
	if (file->at < pool->block_spool.end &&
	    !sink_pool_put_blocks(pool, file, packet->interface->section, packet->interface, err))
		return false;
	file->section = packet->interface->section;
	if (!file->listed[DIRTY])
		sink_pool_list_first(pool, file, DIRTY);
	if (!sink_put(file->sink, packet, err))
		return sink_refused(err) ? false : kept_in_tmp(file, err);
	return (output->size == file->memory && output->written == file->written) ||
	       sink_pool_account(pool, file, err);
}

bool sink_pool_block(struct sink_pool *pool, const struct block *block, struct error *err)
{
	if (block->kind == BLOCK_SECTION) {
		pool->section = block->section;
		pool->section_start = pool->block_spool.end;
	}
	if (block->kind != BLOCK_OTHER)
		return true;
	pool->blocks++;
	return sink_pool_choose_format(pool, err) &&
	       (pool->blockless || block_spool_add(&pool->block_spool, block, err));
}

bool sink_pool_flush(struct sink_pool *pool, struct error *err)
{
	for (struct sink_pool_file *file; (file = pool->list[DIRTY].newest);) {
		if (!sink_pool_free_descriptor(pool, file, err))
			return false;
		sink_pool_unlist(pool, file, DIRTY);
		if (!sink_flush(file->sink, err))
			return kept_in_tmp(file, err);
		if (!sink_pool_account(pool, file, err))
			return false;
	}
	return true;
}

uint64_t sink_pool_mark(const struct sink_pool *pool)
{
	return pool->block_spool.end;
}

/* Gives a closed file its final name, and converts it first if the format is wiretap's. */
static bool rename_done(struct sink_pool *pool, const char *sink_name,
			const struct output_path_id *id, const char *name, struct error *err)
{
	char tmp[NAME_SIZE + 16];
	struct sink_config final = { .name = name,
				     .format = pool->format,
				     .manner = OUTPUT_KEEP,
				     .sync = pool->config.sync };
	bool done = filename_is_free(name, pool->config.trusted, err);

	snprintf(tmp, sizeof(tmp), "%s.tmp", sink_name);
	if (done && pool->foreign)
		done = output_path_is(tmp, id, err) &&
		       sink_pool_convert(tmp, &final, &pool->counters, err);
	else if (done)
		done = sink_pool_rename(tmp, id, &final, err);
	if (!done && err->number != ESTALE)
		error_wrap(err, "what was written is in %s", tmp);
	return done;
}

bool sink_pool_close(struct sink_pool *pool, struct sink_pool_file *file, const char *name,
		     bool complete, struct error *err)
{
	bool direct = !file->output->tmp;
	bool good = sink_pool_free_descriptor(pool, file, err) &&
		    (!complete || sink_pool_put_blocks(pool, file, file->section, NULL, err));
	const struct output_path_id id = file->output->id;
	struct error close_err = { 0 };

	sink_pool_unlist_all(pool, file);
	sink_pool_count(&pool->counters, file->sink);
	if (!sink_close(file->sink, false, good ? err : &close_err))
		good = false;
	if (good && complete && !direct)
		good = rename_done(pool, file->name, &id, name, err) &&
		       (!pool->config.sync || sync_folder(name, err));
	file_free(pool, file);
	return good;
}

void sink_pool_free(struct sink_pool *pool)
{
	if (!pool)
		return;
	block_spool_free(&pool->block_spool);
	arena_free(&pool->arena);
	free(pool);
}

struct sink_pool_counters sink_pool_counters(const struct sink_pool *pool)
{
	struct sink_pool_counters counters = pool->counters;

	if (pool->blockless)
		counters.blocks_dropped = pool->blocks;
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
