/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The objects of an archive that a recall has to read, in the order of time: gathered from a
 * folder, or from names that somebody else has listed. An object takes its name and some 60 bytes
 * of memory, 200 altogether.
 */
#ifndef VTAP_ARCHIVE_LISTING_H
#define VTAP_ARCHIVE_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/places.h"
#include "base/arena.h"
#include "base/error.h"

/* An object; object_name_parse() of its name says what is not here. */
struct listing_object {
	int64_t first_ns, last_ns; /* since 1970 */
	uint64_t packets;
	uint64_t stored; /* bytes that the archive keeps */
	/* The next object with the capture of this one, whose names differ in TYPE only, to be read
	 * if this one is damaged; NULL if there is none. Set by listing_sort(). */
	struct listing_object *other;
	char name[]; /* its path below the archive */
};

/* What is sought, and what was found. The caller sets the members up to tell_arg, all others to 0.
 */
struct listing {
	/* Objects that do not touch this interval are left out. It must live as long. */
	const struct places *places;
	/* Encoded names of sources (object_name_source()), so many; objects of others are left out.
	 * They must live as long. 0: objects of all sources. OBJECT_NAME_MIXED is a source, too. */
	const char *const *sources;
	size_t source_count;
	/* Called with the path below the archive of whatever is no object, and the reason. The path
	 * may hold any bytes but NUL, newlines too. Names that end in .tmp are passed over without
	 * a call. NULL if nobody wants to know. */
	void (*tell)(void *arg, const char *path, const char *why);
	void *tell_arg;

	struct listing_object **object; /* sorted by listing_sort() */
	size_t count, room;		/* objects, and elements that `object` has */
	struct arena arena;
	/* Of the objects of these sources that the interval leaves out: whether one was before it
	 * or after it, and the nearest times there. */
	bool has_before, has_after;
	int64_t before_ns, after_ns;
};

/*
 * Adds an object if it is wanted. folder: what the name is below, a path below the archive, "" for
 * the archive itself. name: its path from there. stored: its bytes. Returns false and sets err if
 * there is no memory.
 */
bool listing_add(struct listing *listing, const char *folder, const char *name, uint64_t stored,
		 struct error *err);

/*
 * Adds the wanted objects of an archive that is a folder. dir: its descriptor, which stays the
 * caller's. Only folders that can hold such objects are read, and no symbolic link is followed.
 * What cannot be read is told, and the rest is added. Returns false and sets err if there is no
 * memory, or if the process or the system has no descriptors left.
 */
bool listing_add_folder(struct listing *listing, int dir, struct error *err);

/*
 * Sorts the objects by first_ns, those of one time by their names. Objects of one capture become
 * one element: that of which fewest bytes are stored, with the others behind it. An object that was
 * added twice is there once. Nothing may be added afterwards.
 */
void listing_sort(struct listing *listing);

/* Frees all objects. The listing is empty then, and seeks what it sought. */
void listing_free(struct listing *listing);

#endif
