/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/interface_ids.h"
#include "capture/pcapng_writer.h"
#include "capture/sink_pool_internal.h"

enum { LOOK = 4 }; /* bytes that a look at a block counts for */

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
 * Returns the position to go on from where a file does not get a block: behind it, or farther, so
 * that any number of blocks that it does not get costs nothing. If the block is one of the secrets,
 * or the file is full, the file gets no more blocks of this section for now; else only secrets.
 */
static uint64_t sink_pool_leave_out(struct sink_pool *pool, const struct sink_pool_file *file,
				    const struct block *block, uint64_t number, uint64_t behind)
{
	const struct block_spool *spool = &pool->block_spool;
	bool older = !pool->config.one_section && block->section != pool->section;
	uint64_t end = older ? pool->section_start : spool->end;
	uint64_t count = older ? pool->section_number : spool->count;
	uint64_t secrets = block_spool_lasting_before(spool, file->at);
	uint64_t secrets_count = block_spool_lasting_before(spool, end);

	if (behind > end)
		return behind;
	left_out_add(&pool->left_out[BESIDE_OTHERS], number - secrets, count - secrets_count);
	if (!file->full && !block_spool_lasts(block->type)) {
		uint64_t next = block_spool_lasting(spool, behind);

		return next < end ? next : end;
	}
	left_out_add(&pool->left_out[BESIDE_SECRETS], secrets, secrets_count);
	return end;
}

/* Takes bytes from what all files get of a kind of blocks. Returns false if there are too few. */
static bool sink_pool_spend(struct sink_pool *pool, enum beside kind, uint64_t len)
{
	uint64_t input = pool->taken > pool->input_len ? pool->taken : pool->input_len;

	if (pool->beside[kind] + len > SINK_POOL_RUN + SINK_POOL_TIMES * input)
		return false;
	pool->beside[kind] += len;
	return true;
}

/*
 * Returns the position of the next block that a file may want, behind one that it does not. There
 * may be any number of blocks, and of files, so that whole sections are skipped at once, and a look
 * at a single block costs as much as a few bytes of it.
 */
static uint64_t sink_pool_skip_blocks(struct sink_pool *pool, const struct sink_pool_file *file,
				      const struct section *next, const struct block *block,
				      uint64_t number, uint64_t behind)
{
	uint64_t lasting;

	if (!pool->config.one_section && block->section != file->section &&
	    block->section != next) {
		if (next == pool->section)
			return behind > pool->section_start ? behind : pool->section_start;
		return block->section->serial < next->serial ? behind : pool->block_spool.end;
	}
	if (file->at >= file->after)
		return sink_pool_spend(pool, BESIDE_OTHERS, LOOK)
			       ? behind
			       : sink_pool_leave_out(pool, file, block, number, behind);
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

/* Returns true if the file gets a block that it wants, which counts then. */
static bool sink_pool_allows(struct sink_pool *pool, struct sink_pool_file *file,
			     const struct block *block)
{
	bool lasts = block_spool_lasts(block->type);
	uint64_t len = block->bytes.len;

	file->full |= len > SINK_POOL_BESIDE - file->beside;
	if (file->full)
		return false;
	if (lasts && file->secrets + len <= SINK_POOL_SECRETS)
		pool->beside[BESIDE_SECRETS] += len;
	else if (!sink_pool_spend(pool, lasts ? BESIDE_SECRETS : BESIDE_OTHERS, len))
		return false;
	file->beside += len;
	file->secrets += lasts ? len : 0;
	return true;
}

bool sink_pool_put_blocks(struct sink_pool *pool, struct sink_pool_file *file,
			  const struct section *next, const struct interface *to, struct error *err)
{
	struct block block;
	uint64_t behind, number;

	for (; file->at < pool->block_spool.end && !pool->blockless; file->at = behind) {
		if (!block_spool_peek(&pool->block_spool, file->at, &block, &behind, &number, err))
			return false;
		if (!sink_pool_wants_block(pool, file, next, to, &block))
			behind = sink_pool_skip_blocks(pool, file, next, &block, number, behind);
		else if (!sink_pool_allows(pool, file, &block))
			behind = sink_pool_leave_out(pool, file, &block, number, behind);
		else if (!block_spool_bytes(&pool->block_spool, file->at, &block, err) ||
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
	pool->taken += block->bytes.len;
	return sink_pool_choose_format(pool, err) &&
	       (pool->blockless || sink_pool_keep_block(pool, block, err));
}
