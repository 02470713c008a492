/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stat_lost.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "stat_internal.h"
#include "stat_key.h"
#include "stat_tell.h"

static bool stat_lost_add(struct stat_stage *stat, struct entry *key,
			  struct stat_missing_drops drops, struct error *err)
{
	struct entry_extension *extension = key ? stat_tell_extend(stat, key, err) : NULL;

	if (!extension)
		return false;
	extension->counts.missing_tunnel += drops.tunnel;
	extension->counts.missing_kernel += drops.kernel;
	return true;
}

/* The key of an interface is that of a packet on it of which nothing is known. */
static struct entry *stat_lost_interface(struct stat_stage *stat, const struct interface *interface)
{
	const struct packet packet = { .data = (const uint8_t *)"",
				       .linktype = interface->linktype,
				       .form = PACKET_SIMPLE,
				       .interface = interface };

	peel_packet(&stat->peel, &stat->table, packet.linktype, packet.data, 0, 0);
	key_make(&stat->config->by.spec, &packet, &stat->peel,
		 key_cache_taken(&stat->cache, &packet), stat->key);
	return stat_key_find(stat, &stat->key[0], &stat->block_error);
}

/* No part is there: what belongs to no source. */
static struct entry *stat_lost_none(struct stat_stage *stat)
{
	stat->key[0].len = 2 * (size_t)stat->config->by.spec.count;
	stat->key[0].none = true;
	memset(stat->key[0].bytes, 0, stat->key[0].len);
	return stat_key_find(stat, &stat->key[0], &stat->block_error);
}

void stat_lost_block(struct stat_stage *stat, const struct block *block)
{
	struct stat_missing_drops drops;

	if (stat->block_error.text[0] || !stat_missing_read(&stat->missing, block, &drops))
		return;
	if (drops.tunnel && !stat_lost_add(stat, stat_lost_interface(stat, block->interface),
					   (struct stat_missing_drops){ .tunnel = drops.tunnel },
					   &stat->block_error))
		return;
	if (drops.kernel)
		stat_lost_add(stat, stat_lost_none(stat),
			      (struct stat_missing_drops){ .kernel = drops.kernel },
			      &stat->block_error);
}

static uint64_t stat_lost_identity(const struct stat_stage *stat, const struct entry *key)
{
	struct span text = entries_text(key);

	return XXH3_64bits_withSeed(text.data, text.len, stat->entries.seed);
}

/* Where the last key of a stream is forgotten by now, what is missing belongs to none. A stream of
 * which -f left out every packet is nobody's concern. */
static void stat_lost_end(void *arg, struct stat_numbers_owner owner, uint64_t missing)
{
	struct stat_stage *stat = arg;
	struct entry *key = entries_at(&stat->entries, owner.entry);

	if (owner.entry == 0 || stat->block_error.text[0])
		return;
	if (key->list != ENTRIES_KEYS || stat_lost_identity(stat, key) != owner.identity)
		key = stat_lost_none(stat);
	else
		entries_touch(&stat->entries, key);
	stat_lost_add(stat, key, (struct stat_missing_drops){ .tunnel = missing },
		      &stat->block_error);
}

void stat_lost_init(struct stat_stage *stat)
{
	stat_missing_init(&stat->missing);
	stat_numbers_init(&stat->numbers);
	stat->numbers.end = stat_lost_end;
	stat->numbers.arg = stat;
}

bool stat_lost_see(struct stat_stage *stat, const struct packet *packet, struct entry *key,
		   struct error *err)
{
	const struct stat_numbers_owner owner = { entries_index(&stat->entries, key),
						  stat_lost_identity(stat, key) };
	uint64_t missing = stat_numbers_see(&stat->numbers, &stat->peel, packet, owner);

	return missing == 0 ||
	       stat_lost_add(stat, key, (struct stat_missing_drops){ .tunnel = missing }, err);
}

bool stat_lost_finish(struct stat_stage *stat, struct error *err)
{
	stat_numbers_end_all(&stat->numbers);
	if (stat->block_error.text[0])
		*err = stat->block_error;
	return !stat->block_error.text[0];
}
