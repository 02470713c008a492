/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "object.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/human.h"
#include "beneath.h"
#include "capture/source_file.h"
#include "cli/tool.h"
#include "io/interrupt.h"

/* What became of an attempt to open an object. */
enum attempt {
	ATTEMPT_GOOD,
	ATTEMPT_BAD,  /* it was told; a part of it may be there */
	ATTEMPT_ENDS, /* the run ends */
};

/* What is asked for is a part more than what was seen to be needed. */
enum { MARGIN = 8 };

/* name: NULL if `why` begins with it. */
static void object_tell(struct object *object, const char *name, const char *why)
{
	struct objects *all = object->all;

	tool_say("vtap-recall", "%s: %s%s%s", all->archive->config->place.text, name ? name : "",
		 name ? ": " : "", why);
	all->archive->failed = true;
	all->counts->damaged += !object->damaged;
	object->damaged = true;
}

static enum attempt object_fail(struct objects *all, const struct error *err)
{
	all->ended = true;
	all->failure = *err;
	return ATTEMPT_ENDS;
}

/* What is packed differs from capture to capture: those that were unpacked say how large the others
 * may be. */
void object_need_cache(struct objects *all, uint64_t least)
{
	char limit[HUMAN_SIZE];
	double ratio = all->stored ? (double)all->content / (double)all->stored : 1;
	double need = (double)all->overlap.stored * (ratio > 1 ? ratio : 1);
	uint64_t megabytes;

	if (need < (double)least)
		need = (double)least;
	megabytes = (uint64_t)(need / 1e6 * (MARGIN + 1) / MARGIN) + 1;
	all->ended = true;
	error_set(&all->failure,
		  "captures that overlap in time have to be here at once, and take more than "
		  "--cache %s: try --cache %" PRIu64 "MB, or a shorter time, or fewer sources",
		  human_scaled(limit, all->cache->limit, "B"), megabytes);
}

static enum attempt object_leave_out_large(struct object *object, const char *name,
					   const char *does)
{
	char limit[HUMAN_SIZE], why[128];

	snprintf(why, sizeof(why), "it %s more than --cache %s: left out", does,
		 human_scaled(limit, object->all->cache->limit, "B"));
	object_tell(object, name, why);
	return ATTEMPT_BAD;
}

/* Gets the descriptor of an object that is in the archive, or fetched into the cache. */
static enum attempt object_get(struct object *object, struct listing_object *listed, int *fd,
			       uint64_t *held)
{
	struct objects *all = object->all;
	enum fetch_verdict verdict;
	struct error err = { 0 };
	uint64_t len;

	*held = 0;
	if (!all->archive->remote) {
		*fd = beneath_open(all->archive->folder, listed->name, &len, &err);
		verdict = *fd >= 0			  ? FETCH_HERE
			  : error_is_shortage(err.number) ? FETCH_FAILED
							  : FETCH_MISSING;
	} else {
		verdict = listed == object->listed
				  ? fetch_take(&all->fetch, fd, held, &err)
				  : fetch_take_other(&all->fetch, listed, fd, held, &err);
	}
	if (verdict == FETCH_HERE)
		return ATTEMPT_GOOD;
	if (verdict == FETCH_FAILED)
		return object_fail(all, &err);
	if (verdict == FETCH_MISSING) {
		object_tell(object, listed->name, err.text);
		return ATTEMPT_BAD;
	}
	if (listed->stored > all->cache->limit)
		return object_leave_out_large(object, listed->name, "has");
	object_need_cache(all, all->cache->used + listed->stored);
	return ATTEMPT_ENDS;
}

/* It does not fit into the cache beside the others, or not at all. */
static enum attempt object_is_large(struct object *object, const char *name, int fd, uint64_t held)
{
	struct objects *all = object->all;
	uint64_t content = unpacked_count(fd, &object->name, all->cache->limit);

	close(fd);
	all->cache->used -= held;
	if (content > all->cache->limit)
		return object_leave_out_large(object, name, "unpacks to");
	all->content += content;
	object_need_cache(all, all->cache->used + content + held);
	return ATTEMPT_ENDS;
}

/* Unpacks it, and does so again if it finds room where something was fetched ahead. */
static enum attempt object_unpack(struct object *object, struct listing_object *listed,
				  struct unpacked *unpacked)
{
	struct objects *all = object->all;
	enum unpacked_verdict verdict;
	enum attempt attempt;
	struct error err = { 0 };
	uint64_t held;
	int fd;

	attempt = object_get(object, listed, &fd, &held);
	if (attempt != ATTEMPT_GOOD)
		return attempt;
	all->counts->fetched++;
	verdict = unpacked_read(unpacked, all->cache, fd, held, &object->name, &err);
	if (verdict == UNPACKED_LARGE && all->archive->remote && fetch_drop_ahead(&all->fetch) &&
	    lseek(fd, 0, SEEK_SET) == 0)
		verdict = unpacked_read(unpacked, all->cache, fd, held, &object->name, &err);
	all->stored += listed->stored;
	if (verdict == UNPACKED_LARGE)
		return object_is_large(object, listed->name, fd, held);
	all->content += unpacked->held;
	if (verdict == UNPACKED_GOOD)
		return ATTEMPT_GOOD;
	object_tell(object, listed->name, err.text);
	return ATTEMPT_BAD;
}

/* Of several damaged ones the first is read as far as it is good. */
static void object_keep(struct object *object, struct unpacked *unpacked, bool good)
{
	struct cache *cache = object->all->cache;

	if (object->unpacked.fd >= 0 && !good) {
		unpacked_free(unpacked, cache);
		return;
	}
	unpacked_free(&object->unpacked, cache);
	object->unpacked = *unpacked;
}

/* Finds an object of the capture that is whole. Returns false if the run ends. */
static bool object_find_whole(struct object *object)
{
	struct listing_object *listed = object->listed;
	enum attempt attempt;
	struct error err;

	do {
		struct unpacked unpacked = { .fd = -1 };

		object_name_parse(listed->name, &object->name, &err);
		attempt = object_unpack(object, listed, &unpacked);
		object_keep(object, &unpacked, attempt == ATTEMPT_GOOD);
		listed = listed->other;
	} while (attempt == ATTEMPT_BAD && listed);
	return attempt != ATTEMPT_ENDS;
}

static bool object_begin(struct object *object)
{
	struct objects *all = object->all;
	struct error err = { 0 };

	object->begun = true;
	if (!object_find_whole(object))
		return false;
	if (all->archive->remote)
		fetch_ahead(&all->fetch);
	if (object->unpacked.fd < 0)
		return false;
	object->time_ns = object->name.first_ns;
	object->inner =
		source_file_from(object->listed->name, object->unpacked.fd, all->block, &err);
	object->unpacked.fd = -1;
	if (object->inner) {
		all->open++;
		return true;
	}
	if (!object->damaged)
		object_tell(object, NULL, err.text);
	return false;
}

static void object_close(struct source *source)
{
	struct object *object = (struct object *)source;

	if (object->inner)
		object->all->open--;
	source_close(object->inner);
	object->inner = NULL;
	if (object->begun)
		unpacked_free(&object->unpacked, object->all->cache);
}

/* A capture that a crash has cut was archived as it was; its name counts what is in front of the
 * cut. */
static void object_end(struct object *object, enum source_result result, const struct error *err)
{
	bool cut = object->inner->end.state == CAPTURE_TRUNCATED;
	uint64_t packets = object->inner->packets;
	char why[128];

	object->base.skipped = object->inner->skipped;
	snprintf(why, sizeof(why), "it has %" PRIu64 " packets, and its name says %" PRIu64,
		 packets, object->name.packets);
	if (result == SOURCE_ERROR && !cut && !object->damaged)
		object_tell(object, NULL, err->text);
	else if (packets != object->name.packets && !object->damaged)
		object_tell(object, object->listed->name, why);
	object_close(&object->base);
}

/* Packets that are left out keep nobody from being told to end. */
static bool object_may_go_on(const struct object *object)
{
	const struct source_hook *hook = object->all->hook;

	return !interrupt_seen() && (!hook->before_wait || hook->before_wait(hook->arg));
}

static enum choose_verdict object_judge(struct object *object, struct packet *packet,
					struct error *err)
{
	struct objects *all = object->all;

	if (packet->form != PACKET_SIMPLE)
		object->time_ns = packet->time_ns;
	if (packet->interface != object->seen) {
		object->on = named_interfaces_find(&all->interfaces, packet->interface,
						   object->name.source, err);
		object->seen = object->on ? packet->interface : NULL;
		if (!object->on)
			return CHOOSE_FAILED;
	}
	return choose_judge(&all->choose, packet, object->on, object->time_ns, err);
}

/* Statistics count packets that do not come back. */
static bool object_takes_block(const struct object *object, struct block *block)
{
	struct named_interfaces *interfaces = &object->all->interfaces;

	if (block->kind != BLOCK_OTHER || block->type == PCAPNG_STATISTICS)
		return false;
	block->section = &interfaces->section[block->section->swapped];
	return true;
}

static enum source_result object_give(struct object *object, struct packet *packet,
				      struct block *block, struct error *err)
{
	for (;;) {
		enum source_result result;
		enum choose_verdict verdict;

		if (interrupt_pending() && !object_may_go_on(object))
			return SOURCE_END;
		result = source_next(object->inner, packet, block, err);
		if (result == SOURCE_BLOCK && object_takes_block(object, block))
			return SOURCE_BLOCK;
		if (result == SOURCE_BLOCK)
			continue;
		if (result != SOURCE_PACKET) {
			object_end(object, result, err);
			return SOURCE_END;
		}
		verdict = object_judge(object, packet, err);
		if (verdict == CHOOSE_FAILED) {
			object_fail(object->all, err);
			return SOURCE_END;
		}
		if (verdict == CHOOSE_LEFT_OUT)
			continue;
		packet->interface = &object->on->interface;
		object->base.packets++;
		return SOURCE_PACKET;
	}
}

static enum source_result object_next(struct source *source, struct packet *packet,
				      struct block *block, struct error *err)
{
	struct object *object = (struct object *)source;

	if (object->all->ended || (!object->begun && !object_begin(object)) || !object->inner)
		return SOURCE_END;
	return object_give(object, packet, block, err);
}

static const struct source_ops object_ops = { .next = object_next, .close = object_close };

void object_init(struct object *object, struct listing_object *listed, struct objects *all)
{
	*object = (struct object){
		.base = { .ops = &object_ops, .name = listed->name, .format = "pcapng" },
		.all = all,
		.listed = listed,
		.unpacked.fd = -1
	};
}
