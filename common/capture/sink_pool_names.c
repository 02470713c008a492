/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/compression.h"
#include "capture/sink_pool_internal.h"
#include "capture/source_file.h"

enum { BLOCK_FULL = 64 << 10 }; /* bytes; a longer block of names is written, and another begun */

/* A file, and names of an address that its packets have. */
struct sink_pool_given {
	struct {
		const struct sink_pool_file *file;
		const struct name *name;
	} key;
	const struct names_record *last; /* that the file has; NULL: none */
	struct sink_pool_given *next;	 /* of the file, or of those that are free */
};

static struct sink_pool_given *given_new(struct sink_pool_names *names, struct error *err)
{
	struct sink_pool_given *given = names->free;

	if (given)
		names->free = given->next;
	else
		given = arena_take(&names->arena, sizeof(*given), sizeof(uint64_t));
	if (!given)
		error_errno(err, "names");
	return given;
}

/* Returns what a file was given of these names, which may be nothing yet. */
static struct sink_pool_given *given_of(struct sink_pool *pool, struct sink_pool_file *file,
					const struct name *name, struct error *err)
{
	struct sink_pool_names *names = &pool->given;
	struct sink_pool_given wanted = { .key = { file, name } }, *given;

	given = hash_table_get(&names->by_file, &wanted.key, sizeof(wanted.key));
	if (given)
		return given;
	given = given_new(names, err);
	if (!given)
		return NULL;
	*given = wanted;
	if (!hash_table_put(&names->by_file, &given->key, sizeof(given->key), given)) {
		error_errno(err, "names");
		return NULL;
	}
	given->next = file->given;
	file->given = given;
	return given;
}

void sink_pool_forget_names(struct sink_pool *pool, struct sink_pool_file *file)
{
	struct sink_pool_names *names = &pool->given;

	for (struct sink_pool_given *given = file->given, *next; given; given = next) {
		next = given->next;
		hash_table_remove(&names->by_file, &given->key, sizeof(given->key));
		given->next = names->free;
		names->free = given;
	}
	file->given = NULL;
}

/* Appends what the file does not have to the block that is being made. */
static bool given_append(struct sink_pool *pool, struct sink_pool_given *given, struct error *err)
{
	const struct name *name = given->key.name;
	bool good = names_append(&pool->names, name, given->last, err);

	given->last = name->last;
	return good;
}

/* Notes which addresses of a packet have names; append: and what of them the file does not have. */
static bool note_addresses(struct sink_pool *pool, struct sink_pool_file *file,
			   const struct packet *packet, bool append, struct error *err)
{
	struct names_address address[SINK_POOL_ADDRESSES];
	unsigned count = pool->config.addresses(pool->config.addresses_arg, packet, address);

	for (unsigned i = 0; i < count; i++) {
		const struct name *name = names_find(&pool->names, &address[i]);
		struct sink_pool_given *given = name ? given_of(pool, file, name, err) : NULL;

		if (name && !given)
			return false;
		if (name && append && !given_append(pool, given, err))
			return false;
	}
	return true;
}

static bool put_made_names(struct sink_pool *pool, struct sink_pool_file *file,
			   const struct section *section, const struct interface *to,
			   struct error *err)
{
	struct block block;

	return names_is_empty(&pool->names) || (names_finish(&pool->names, section, &block, err) &&
						sink_pool_put_block(pool, file, to, &block, err));
}

bool sink_pool_put_names(struct sink_pool *pool, struct sink_pool_file *file,
			 const struct packet *packet, struct error *err)
{
	if (pool->names.blocks == 0)
		return true;
	names_begin(&pool->names);
	return note_addresses(pool, file, packet, true, err) &&
	       put_made_names(pool, file, packet->interface->section, packet->interface, err);
}

static bool put_all_given(struct sink_pool *pool, struct sink_pool_file *file, struct error *err)
{
	names_begin(&pool->names);
	for (struct sink_pool_given *given = file->given; given; given = given->next) {
		if (!given_append(pool, given, err))
			return false;
		if (pool->names.len < BLOCK_FULL)
			continue;
		if (!put_made_names(pool, file, file->section, NULL, err))
			return false;
		names_begin(&pool->names);
	}
	return put_made_names(pool, file, file->section, NULL, err);
}

static bool note_all(struct sink_pool *pool, struct sink_pool_file *file, struct source *source,
		     struct error *err)
{
	enum source_result result;
	struct packet packet;
	struct block block;

	while ((result = source_next(source, &packet, &block, err)) <= SOURCE_BLOCK)
		if (result == SOURCE_PACKET && !note_addresses(pool, file, &packet, false, err))
			return false;
	return result == SOURCE_END;
}

/* What is no regular file cannot be read once more: the names are counted as left out. */
static void lose_late_names(struct sink_pool *pool, const struct sink_pool_file *file)
{
	uint64_t from = file->names > pool->names_lost ? file->names : pool->names_lost;

	pool->counters.blocks_left_out += pool->names.blocks - from;
	pool->names_lost = pool->names.blocks;
}

bool sink_pool_put_late_names(struct sink_pool *pool, struct sink_pool_file *file,
			      struct error *err)
{
	const struct compression *packed =
		pool->foreign ? NULL : compression_of_name(pool->config.name);
	struct source *source;
	bool good;

	if (file->names == pool->names.blocks)
		return true;
	if (!file->output->tmp) {
		lose_late_names(pool, file);
		return true;
	}
	if (!sink_pool_evict(pool, file, err) ||
	    !output_path_is(file->output->tmp, &file->output->id, err))
		return false;
	source = source_file_read_again(file->output->tmp, packed, err);
	if (!source)
		return false;
	good = note_all(pool, file, source, err);
	source_close(source);
	return good && put_all_given(pool, file, err);
}
