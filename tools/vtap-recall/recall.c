/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recall.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "capture/merge.h"
#include "capture/wiretap_reader.h"
#include "cli/tool.h"
#include "io/descriptors.h"
#include "io/input.h"
#include "nearest.h"

enum {
	MAPPED = 64 << 10,     /* bytes; larger pieces of memory go back to the system at once */
	BLOCKS = 16 << 20,     /* bytes that the objects that are open read at a time together */
	BLOCK_LEAST = 8 << 10, /* bytes of one of them */
	LOOK_PACKETS = 1024,   /* packets between two looks at what is fetched ahead */
	RESERVED = 48,	       /* descriptors that are not of objects */
};

/* An object never tells merge of damage: it ends. */
static void recall_on_failed(void *arg, const struct error *err)
{
	(void)arg;
	tool_fail("vtap-recall", err);
}

static enum source_result recall_next(struct source *source, struct packet *packet,
				      struct block *block, struct error *err)
{
	struct recall *recall = (struct recall *)source;
	enum source_result result;

	if (recall->archive.remote && ++recall->calls % LOOK_PACKETS == 0)
		fetch_ahead(&recall->all.fetch);
	result = source_next(recall->merge, packet, block, err);
	source->skipped = recall->merge->skipped;
	if (!recall->all.ended) {
		source->packets += result == SOURCE_PACKET;
		return result;
	}
	*err = recall->all.failure;
	return err->text[0] ? SOURCE_ERROR : SOURCE_END;
}

static void recall_close(struct source *source)
{
	struct recall *recall = (struct recall *)source;

	source_close(recall->merge);
	free(recall->object);
	named_interfaces_free(&recall->all.interfaces);
	archive_close(&recall->archive);
	cache_close(&recall->cache);
}

static const struct source_ops recall_ops = { .next = recall_next, .close = recall_close };

/* Packets that were given are written while rclone is waited for. */
static bool recall_breathe(void *arg)
{
	const struct source_hook *hook = &((struct recall *)arg)->base.hook;

	return !hook->before_wait || hook->before_wait(hook->arg);
}

static void recall_prepare(struct recall *recall, struct recall_config *config,
			   struct choice *choice)
{
	struct objects *all = &recall->all;

	recall->base = (struct source){ .ops = &recall_ops,
					.name = config->place.text,
					.format = "pcapng" };
	recall->config = config;
	cache_init(&recall->cache);
	named_interfaces_init(&all->interfaces, &config->names);
	all->archive = &recall->archive;
	all->cache = &recall->cache;
	all->counts = &recall->counts;
	all->hook = &recall->base.hook;
	all->choose = (struct choose){ .since_ns = config->since_ns,
				       .until_ns = config->until_ns,
				       .choice = choice,
				       .counts = &recall->counts };
}

/* wiretap is needed for captures of other formats only, of which nothing is known yet. What unpacks
 * an object takes megabytes: of the heap they would leave pieces between what the objects keep,
 * which is 60 MiB more for a thousand. */
struct source *recall_open(struct recall *recall, struct recall_config *config,
			   struct choice *choice, struct error *err)
{
	struct error ignored;

	recall_prepare(recall, config, choice);
	descriptors_raise();
	mallopt(M_MMAP_THRESHOLD, MAPPED);
	wiretap_reader_load(&ignored);
	if (unpacked_load(err) &&
	    cache_open(&recall->cache, config->cache, config->common.user, err) &&
	    archive_open(&recall->archive, config, recall->cache.path, err))
		return &recall->base;
	recall_close(&recall->base);
	return NULL;
}

static int recall_compare_names(const void *a, const void *b)
{
	const struct object *one = a, *other = b;

	return strcmp(one->listed->name, other->listed->name);
}

/* Of packets of one time that of the smaller name comes first, which to merge is the input in
 * front. */
static bool recall_merge(struct recall *recall, struct error *err)
{
	const struct listing *listing = &recall->archive.listing;
	const struct merge_watch watch = { recall_on_failed, NULL };
	struct source **inputs = calloc(listing->count, sizeof(struct source *));

	recall->object = calloc(listing->count, sizeof(*recall->object));
	if (!inputs || !recall->object) {
		free(inputs);
		return error_errno(err, "%zu objects", listing->count);
	}
	for (size_t i = 0; i < listing->count; i++)
		object_init(&recall->object[i], listing->object[i], &recall->all);
	qsort(recall->object, listing->count, sizeof(*recall->object), recall_compare_names);
	for (size_t i = 0; i < listing->count; i++)
		inputs[i] = &recall->object[i].base;
	recall->merge = merge_sources(inputs, (unsigned)listing->count, watch, err);
	free(inputs);
	for (size_t i = 0; recall->merge && i < listing->count; i++)
		merge_wait(recall->merge, (unsigned)i, recall->object[i].listed->first_ns);
	return recall->merge != NULL;
}

/* Says before anything is fetched what cannot be done. */
static bool recall_check(struct recall *recall, struct error *err)
{
	struct objects *all = &recall->all;
	uint64_t most = descriptors_raise().most, limit = recall->cache.limit;
	size_t block;

	if (!overlap_find(&recall->archive.listing, limit, &all->overlap, err))
		return false;
	if (all->overlap.objects + RESERVED > most)
		return error_set(err,
				 "%zu captures overlap in time, and ulimit -Hn allows %llu open "
				 "files: recall a shorter time, or fewer sources",
				 all->overlap.objects, (unsigned long long)most);
	block = BLOCKS / (all->overlap.objects + 1);
	all->block = block < BLOCK_LEAST ? BLOCK_LEAST : block > INPUT_BLOCK ? INPUT_BLOCK : block;
	if (!recall->archive.remote || all->overlap.stored <= limit)
		return true;
	object_need_cache(all, all->overlap.stored);
	*err = all->failure;
	return false;
}

bool recall_start(struct recall *recall, struct error *err)
{
	struct archive *archive = &recall->archive;

	if (archive->remote)
		remote_breathe(archive->remote, recall_breathe, recall);
	if (!archive_list(archive, err))
		return false;
	recall->counts.listed = archive->listing.count;
	if (archive->listing.count == 0)
		return nearest_tell(archive, err);
	recall->all.fetch = (struct fetch){ .remote = archive->remote,
					    .cache = &recall->cache,
					    .listing = &archive->listing,
					    .since_ns = recall->config->since_ns };
	return recall_check(recall, err) && recall_merge(recall, err);
}
