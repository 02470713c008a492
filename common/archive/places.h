/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an archive keeps captures of a time: which folders have to be listed to find every capture
 * that touches an interval. A capture lies where its first packet is (archive/object_name.h), so
 * one that reaches into the interval may lie in an hour, or a day, before it.
 */
#ifndef VTAP_ARCHIVE_PLACES_H
#define VTAP_ARCHIVE_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Which folders a listing begins at. The further down, the fewer names it reads. */
enum places_depth {
	PLACES_HOURS, /* DATE/HH of each hour, DATE/day of each day, and `long` */
	PLACES_DAYS,  /* DATE of each day, and `long` */
	PLACES_ALL,   /* the archive itself */
};

enum {
	PLACES_PATH_SIZE = 16, /* bytes of the longest place, "2026-11-17/day", with its NUL */
	PLACES_MANY = 64,      /* listings, of which more take longer than one of all */
};

/* An interval of time, in nanoseconds since 1970. All 64 bits are allowed. */
struct places {
	int64_t since_ns; /* included */
	int64_t until_ns; /* not included; nothing is between if it is not behind since_ns */
	enum places_depth depth;
};

/* Returns the number of places of an interval, which is how many listings it takes. */
uint64_t places_count(const struct places *places);

/* Returns true if an interval has more than PLACES_MANY places. */
bool places_are_many(const struct places *places);

/* Returns an interval with the first depth, from hours on, at which its places are not many. */
struct places places_choose(int64_t since_ns, int64_t until_ns);

/*
 * Calls visit(arg, place, err) for each place: `long` first, then by time, a day before its hours.
 * place has no slash at its end, is "" for PLACES_ALL, and is valid until visit() returns. Returns
 * false as soon as visit() does; err is for visit() alone.
 */
bool places_each(const struct places *places,
		 bool (*visit)(void *arg, const char *place, struct error *err), void *arg,
		 struct error *err);

/* Returns true if a capture whose first and last packets have these times touches the interval. */
bool places_touch(const struct places *places, int64_t first_ns, int64_t last_ns);

/* What a folder of an archive is for an interval. */
enum places_kind {
	PLACES_STRANGE, /* no folder of an archive has this name */
	PLACES_OUTSIDE, /* no capture in it or below it can touch the interval */
	PLACES_WHOLE,	/* captures may lie in its folders, which are those of sources */
	PLACES_SPLIT,	/* captures may lie further down: it is a DATE, or "" */
};

/* Says what a folder is, whose path below the archive is `place`, whatever the depth. */
enum places_kind places_kind(const struct places *places, const char *place);

#endif
