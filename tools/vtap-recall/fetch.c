/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "beneath.h"

enum {
	BATCH_OBJECTS = 64,
	AHEAD_PART = 4, /* what is fetched ahead takes this part of the cache at most */
};

/* Objects that have to be there with the first one of a batch. */
static bool fetch_is_needed_with(const struct fetch *fetch, size_t first, size_t index)
{
	int64_t first_ns = fetch->listing->object[first]->first_ns;

	if (first_ns < fetch->since_ns)
		first_ns = fetch->since_ns;
	return fetch->listing->object[index]->first_ns <= first_ns;
}

/* Chooses how far the next batch goes, of which at least one object is needed if `must` is true:
 * the first one of all is small, so that the first packet comes early. */
static size_t fetch_choose(const struct fetch *fetch, bool must, uint64_t *bytes)
{
	const struct listing *listing = fetch->listing;
	uint64_t part = fetch->cache->limit / AHEAD_PART, room = cache_room(fetch->cache);
	size_t end = fetch->next;

	part = part > fetch->ahead ? part - fetch->ahead : 0;
	part = part < room ? part : room;
	*bytes = 0;
	for (; end < listing->count && end < fetch->next + BATCH_OBJECTS; end++) {
		uint64_t stored = listing->object[end]->stored;
		bool first = must && end == fetch->next;

		if (*bytes + stored > (first ? room : part))
			break;
		if (must && !fetch_is_needed_with(fetch, fetch->next, end))
			break;
		*bytes += stored;
	}
	return end;
}

static bool fetch_begin_list(struct fetch *fetch, struct listing_object *const *object,
			     size_t count, struct error *err)
{
	size_t len = 0, used = 0;
	char *list;
	bool begun;

	for (size_t i = 0; i < count; i++)
		len += strlen(object[i]->name) + 1;
	list = malloc(len + 1);
	if (!list)
		return error_errno(err, "a list of objects");
	for (size_t i = 0; i < count; i++)
		used += (size_t)sprintf(list + used, "%s\n", object[i]->name);
	begun = remote_fetch(fetch->remote, list, len, err);
	free(list);
	return begun;
}

/* Begins a batch, if there is room for one. */
static bool fetch_begin(struct fetch *fetch, bool must, struct error *err)
{
	uint64_t bytes;
	size_t end = fetch_choose(fetch, must, &bytes);

	if (end == fetch->next)
		return true;
	if (!fetch_begin_list(fetch, fetch->listing->object + fetch->next, end - fetch->next, err))
		return false;
	fetch->runs = true;
	fetch->batch = fetch->next;
	fetch->next = end;
	fetch->ahead += bytes;
	fetch->cache->used += bytes;
	return true;
}

/* Returns true if the object is there, with all its bytes as far as its size tells. */
static bool fetch_is_there(const struct fetch *fetch, const struct listing_object *object)
{
	struct error err;
	uint64_t len;
	int fd = beneath_open(fetch->cache->folder, object->name, &len, &err);

	if (fd >= 0)
		close(fd);
	return fd >= 0 && len == object->stored;
}

/* Gathers those that did not come; returns their number. */
static size_t fetch_gather_missing(const struct fetch *fetch, struct listing_object *const *object,
				   size_t count, struct listing_object **missing)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		if (!fetch_is_there(fetch, object[i]))
			missing[found++] = object[i];
	return found;
}

/*
 * Waits for what was begun, and tries again what did not come. Returns false if nothing at all came
 * and rclone says why: others would not come, either. That rclone ends well does not mean that an
 * object is there: whoever takes it sees.
 */
static bool fetch_finish(struct fetch *fetch, struct listing_object *const *object, size_t count)
{
	struct listing_object *missing[BATCH_OBJECTS];
	struct error *why = &fetch->why;
	size_t left = count;
	bool good = remote_end_fetch(fetch->remote, why);

	for (unsigned tries = 1; good || why->text[0]; tries++) {
		left = fetch_gather_missing(fetch, object, count, missing);
		if (good || left == 0 || why->number || !remote_tries_again(fetch->remote, tries))
			break;
		good = fetch_begin_list(fetch, missing, left, why) &&
		       remote_end_fetch(fetch->remote, why);
	}
	fetch->failed = !good && left == count;
	return !fetch->failed;
}

static bool fetch_finish_batch(struct fetch *fetch)
{
	fetch->runs = false;
	return fetch_finish(fetch, fetch->listing->object + fetch->batch,
			    fetch->next - fetch->batch);
}

/* Opens an object that should be there. */
static enum fetch_verdict fetch_open(struct fetch *fetch, const struct listing_object *object,
				     int *fd, uint64_t *held, struct error *err)
{
	uint64_t len;

	*fd = beneath_open(fetch->cache->folder, object->name, &len, err);
	beneath_remove(fetch->cache->folder, object->name);
	*held = object->stored;
	if (*fd >= 0)
		return FETCH_HERE;
	fetch->cache->used -= object->stored;
	if (fetch->failed || fetch->why.text[0])
		*err = fetch->why;
	else
		error_set(err, "the store does not give it");
	return fetch->failed ? FETCH_FAILED : FETCH_MISSING;
}

/* Has the next object asked for, and waits for it. */
static enum fetch_verdict fetch_wait(struct fetch *fetch)
{
	struct error *why = &fetch->why;

	if (fetch->needed >= fetch->next && fetch->runs)
		fetch_finish_batch(fetch);
	if (fetch->needed >= fetch->next && !fetch->failed && !fetch_begin(fetch, true, why))
		return FETCH_FAILED;
	if (fetch->needed >= fetch->next)
		return fetch->failed ? FETCH_FAILED : FETCH_NO_ROOM;
	if (fetch->runs && fetch->needed >= fetch->batch)
		fetch_finish_batch(fetch);
	return FETCH_HERE;
}

enum fetch_verdict fetch_take(struct fetch *fetch, int *fd, uint64_t *held, struct error *err)
{
	const struct listing_object *object = fetch->listing->object[fetch->needed];
	enum fetch_verdict verdict = fetch_wait(fetch);

	*err = fetch->why;
	if (verdict != FETCH_HERE) {
		fetch->needed += verdict == FETCH_NO_ROOM;
		fetch->next += verdict == FETCH_NO_ROOM;
		return verdict;
	}
	fetch->needed++;
	fetch->ahead -= object->stored;
	return fetch_open(fetch, object, fd, held, err);
}

enum fetch_verdict fetch_take_other(struct fetch *fetch, struct listing_object *object, int *fd,
				    uint64_t *held, struct error *err)
{
	if (fetch->runs)
		fetch_finish_batch(fetch);
	if (object->stored > cache_room(fetch->cache))
		return FETCH_NO_ROOM;
	fetch->cache->used += object->stored;
	if (fetch_begin_list(fetch, &object, 1, err))
		fetch_finish(fetch, &object, 1);
	return fetch_open(fetch, object, fd, held, err);
}

/* Whoever needs an object that did not come is told why. */
void fetch_ahead(struct fetch *fetch)
{
	if (fetch->runs && remote_has_fetched(fetch->remote))
		fetch_finish_batch(fetch);
	if (!fetch->runs && !fetch->failed)
		fetch_begin(fetch, false, &fetch->why);
}

bool fetch_drop_ahead(struct fetch *fetch)
{
	bool was = fetch->next > fetch->needed;

	if (fetch->runs)
		fetch_finish_batch(fetch);
	for (size_t i = fetch->needed; i < fetch->next; i++)
		beneath_remove(fetch->cache->folder, fetch->listing->object[i]->name);
	fetch->cache->used -= fetch->ahead;
	fetch->ahead = 0;
	fetch->next = fetch->needed;
	return was;
}
