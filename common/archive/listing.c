/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archive/listing.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/object_name.h"
#include "base/moment.h"

enum { LISTING_FIRST_ROOM = 256 };

static void listing_tell(const struct listing *listing, const char *path, const char *why)
{
	if (listing->tell)
		listing->tell(listing->tell_arg, path, why);
}

static bool listing_wants_source(const struct listing *listing, const char *source)
{
	for (size_t i = 0; i < listing->source_count; i++)
		if (strcmp(listing->sources[i], source) == 0)
			return true;
	return listing->source_count == 0;
}

/* Returns true if an object touches the interval, and else notes how near it is. */
static bool listing_wants_time(struct listing *listing, const struct object_name *name)
{
	if (places_touch(listing->places, name->first_ns, name->last_ns))
		return true;
	if (name->last_ns < listing->places->since_ns) {
		if (!listing->has_before || name->last_ns > listing->before_ns)
			listing->before_ns = name->last_ns;
		listing->has_before = true;
	} else {
		if (!listing->has_after || name->first_ns < listing->after_ns)
			listing->after_ns = name->first_ns;
		listing->has_after = true;
	}
	return false;
}

static bool listing_grow(struct listing *listing)
{
	size_t room = listing->room ? 2 * listing->room : LISTING_FIRST_ROOM;
	struct listing_object **object = realloc(listing->object, room * sizeof(*object));

	if (!object)
		return false;
	listing->object = object;
	listing->room = room;
	return true;
}

static bool listing_keep(struct listing *listing, const char *path, const struct object_name *name,
			 uint64_t stored, struct error *err)
{
	size_t len = strlen(path) + 1;
	struct listing_object *object = NULL;

	if (listing->count < listing->room || listing_grow(listing))
		object = arena_take(&listing->arena, sizeof(*object) + len, _Alignof(uint64_t));
	if (!object)
		return error_errno(err, "a listing of %zu objects", listing->count);
	object->first_ns = name->first_ns;
	object->last_ns = name->last_ns;
	object->packets = name->packets;
	object->stored = stored;
	memcpy(object->name, path, len);
	listing->object[listing->count++] = object;
	return true;
}

/* A path that does not fit is no name of an object, and is cut in the message. */
bool listing_add(struct listing *listing, const char *folder, const char *name, uint64_t stored,
		 struct error *err)
{
	struct object_name parsed;
	char path[PATH_MAX];
	struct error why;

	if (object_name_is_unfinished(name))
		return true;
	snprintf(path, sizeof(path), "%s%s%s", folder, *folder ? "/" : "", name);
	if (!object_name_parse(path, &parsed, &why)) {
		listing_tell(listing, path, why.text);
		return true;
	}
	return !listing_wants_source(listing, parsed.source) ||
	       !listing_wants_time(listing, &parsed) ||
	       listing_keep(listing, path, &parsed, stored, err);
}

/* Bytes of a name up to its TYPE, which may have any signs: FIRST--LAST--PACKETS--SHA256 and a
 * point stand in front of it. */
static size_t listing_capture_len(const char *name)
{
	const char *packets = strrchr(name, '/') + 1 + 2 * (MOMENT_BASIC_LEN + strlen("--"));

	return (size_t)(strchr(packets, '-') - name) + strlen("--") + OBJECT_NAME_DIGITS + 1;
}

static bool listing_is_same_capture(const struct listing_object *one,
				    const struct listing_object *other)
{
	return strncmp(one->name, other->name, listing_capture_len(one->name)) == 0;
}

/* Names of one capture stand side by side in the order of names, too, which begin alike. */
static int listing_compare(const void *a, const void *b)
{
	const struct listing_object *one = *(struct listing_object *const *)a;
	const struct listing_object *other = *(struct listing_object *const *)b;

	if (one->first_ns != other->first_ns)
		return one->first_ns < other->first_ns ? -1 : 1;
	if (one->stored != other->stored && listing_is_same_capture(one, other))
		return one->stored < other->stored ? -1 : 1;
	return strcmp(one->name, other->name);
}

void listing_sort(struct listing *listing)
{
	struct listing_object **object = listing->object, *last = NULL;
	size_t count = 0;

	if (listing->count > 0)
		qsort(object, listing->count, sizeof(struct listing_object *), listing_compare);
	for (size_t i = 0; i < listing->count; i++) {
		if (last && strcmp(last->name, object[i]->name) == 0)
			continue;
		if (last && listing_is_same_capture(last, object[i]))
			last->other = object[i];
		else
			object[count++] = object[i];
		last = object[i];
	}
	listing->count = count;
}

void listing_free(struct listing *listing)
{
	free(listing->object);
	arena_free(&listing->arena);
	listing->object = NULL;
	listing->count = listing->room = 0;
	listing->has_before = listing->has_after = false;
}
