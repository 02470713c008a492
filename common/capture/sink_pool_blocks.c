/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/interface_ids.h"
#include "capture/pcapng_writer.h"
#include "capture/sink_pool_internal.h"

/* Statistics are of an interface, and go where it is described, or will be at once, as `to` is. */
static bool sink_pool_has_interface(const struct sink_pool_file *file, const struct interface *to,
				    const struct interface *interface)
{
	uint32_t id;

	return interface && (interface == to || interface_ids_get(pcapng_writer_ids(file->sink),
								  interface->serial, &id));
}

static bool sink_pool_wants_block(const struct sink_pool *pool, const struct sink_pool_file *file,
				  const struct section *next, const struct interface *to,
				  const struct block *block)
{
	if (block->type == PCAPNG_STATISTICS &&
	    !sink_pool_has_interface(file, to, block->interface))
		return false;
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

/* Readers want an interface in front of names, so that of the next packet is described first,
 * unless the block is of an earlier section. */
bool sink_pool_put_block(const struct sink_pool *pool, struct sink_pool_file *file,
			 const struct interface *to, const struct block *block, struct error *err)
{
	const struct block first = { .kind = BLOCK_INTERFACE, .interface = to };
	bool describe = to && (pool->config.one_section || block->section == to->section);

	if ((describe && !sink_block(file->sink, &first, err)) ||
	    !sink_block(file->sink, block, err))
		return sink_pool_kept_in_tmp(file, err);
	file->section = block->section;
	return true;
}

/*
 * Counts the blocks that a file does not get, each of them once, though many files lack it: those
 * of the block spool from number `from` up to `to`, which is the end or near it. So the blocks that
 * some file lacks are one range.
 */
static void sink_pool_leave_out(struct sink_pool *pool, uint64_t from, uint64_t to)
{
	uint64_t *left = &pool->counters.blocks_left_out;

	if (pool->left_out.from == pool->left_out.to)
		pool->left_out.from = pool->left_out.to = from;
	if (from < pool->left_out.from) {
		*left += pool->left_out.from - from;
		pool->left_out.from = from;
	}
	if (to > pool->left_out.to) {
		*left += to - (from > pool->left_out.to ? from : pool->left_out.to);
		pool->left_out.to = to;
	}
}

/* Returns the position to go on from when the file gets no more blocks of the section of this one:
 * any number of blocks costs nothing then. */
static uint64_t sink_pool_skip_rest(struct sink_pool *pool, const struct block *block,
				    uint64_t number, uint64_t behind)
{
	if (!pool->config.one_section && block->section != pool->section) {
		if (behind > pool->section_start)
			return behind;
		sink_pool_leave_out(pool, number, pool->section_number);
		return pool->section_start;
	}
	sink_pool_leave_out(pool, number, pool->block_spool.count);
	return pool->block_spool.end;
}

bool sink_pool_put_blocks(struct sink_pool *pool, struct sink_pool_file *file,
			  const struct section *next, const struct interface *to, struct error *err)
{
	struct block block;
	uint64_t behind, number;

	for (; file->at < pool->block_spool.end && !pool->blockless; file->at = behind) {
		if (!block_spool_peek(&pool->block_spool, file->at, &block, &behind, &number, err))
			return false;
		if (!sink_pool_wants_block(pool, file, next, to, &block)) {
			behind = sink_pool_skip_blocks(pool, file, next, &block, behind);
			continue;
		}
		file->full |= block.bytes.len > SINK_POOL_BESIDE - file->beside;
		if (file->full) {
			behind = sink_pool_skip_rest(pool, &block, number, behind);
			continue;
		}
		file->beside += block.bytes.len;
		if (!block_spool_bytes(&pool->block_spool, file->at, &block, err) ||
		    !sink_pool_put_block(pool, file, to, &block, err))
			return false;
	}
	file->section = next;
	return true;
}

static bool sink_pool_keep_block(struct sink_pool *pool, const struct block *block,
				 struct error *err)
{
	if (pool->config.addresses && names_knows(block)) {
		pool->pending = UINT64_MAX; /* each packet may have one of the addresses */
		return names_add(&pool->names, block, err);
	}
	if (!block_spool_add(&pool->block_spool, block, err))
		return false;
	if (pool->pending < pool->block_spool.end)
		pool->pending = pool->block_spool.end;
	return true;
}

bool sink_pool_block(struct sink_pool *pool, const struct block *block, struct error *err)
{
	if (block->kind == BLOCK_SECTION) {
		pool->section = block->section;
		pool->section_start = pool->block_spool.end;
		pool->section_number = pool->block_spool.count;
	}
	if (block->kind != BLOCK_OTHER)
		return true;
	pool->blocks++;
	return sink_pool_choose_format(pool, err) &&
	       (pool->blockless || sink_pool_keep_block(pool, block, err));
}
