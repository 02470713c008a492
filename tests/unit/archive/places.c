/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The places of an interval against the names of captures that touch it. */
#include "archive/places.h"

#include <inttypes.h>
#include <stdlib.h>

#include "archive/object_name.h"
#include "lib/tap.h"

#define NS   INT64_C(1000000000)
#define HOUR (3600 * NS)
#define DAY  (24 * HOUR)
/* 2026-11-17, as `date -u -d 2026-11-17 +%s` has it. */
#define DATE (1794873600 * NS)

enum { LISTED = 4096 };

static char listed[LISTED][PLACES_PATH_SIZE];
static size_t listed_count;

static bool note(void *arg, const char *place, struct error *err)
{
	(void)arg;
	(void)err;
	if (listed_count == LISTED)
		return false;
	snprintf(listed[listed_count++], PLACES_PATH_SIZE, "%s", place);
	return true;
}

static bool list(const struct places *places)
{
	listed_count = 0;
	return places_each(places, note, NULL, NULL);
}

static void is_list(struct places places, const char *want, const char *what)
{
	char got[4096] = "", *end = got;

	list(&places);
	for (size_t i = 0; i < listed_count && end < got + sizeof(got) - PLACES_PATH_SIZE; i++)
		end += sprintf(end, "%s%s", i ? " " : "", *listed[i] ? listed[i] : "''");
	is_str(got, want, what);
	is_u64(places_count(&places), listed_count, "... as many as are counted");
}

static void known(void)
{
	int64_t four = DATE + 16 * HOUR;

	is_list((struct places){ four + 300 * NS, four + 900 * NS, PLACES_HOURS },
		"long 2026-11-16/day 2026-11-17/day 2026-11-17/15 2026-11-17/16", "ten minutes");
	is_list((struct places){ four, four + HOUR, PLACES_HOURS },
		"long 2026-11-16/day 2026-11-17/day 2026-11-17/15 2026-11-17/16", "an hour");
	is_list((struct places){ four, four + HOUR + 1, PLACES_HOURS },
		"long 2026-11-16/day 2026-11-17/day 2026-11-17/15 2026-11-17/16 2026-11-17/17",
		"... and a nanosecond");
	is_list((struct places){ DATE, DATE + 1, PLACES_HOURS },
		"long 2026-11-16/day 2026-11-16/23 2026-11-17/day 2026-11-17/00", "midnight");
	is_list((struct places){ DATE - 1, DATE + 1, PLACES_DAYS },
		"long 2026-11-15 2026-11-16 2026-11-17", "days");
	is_list((struct places){ DATE, DATE + 1, PLACES_ALL }, "''", "all");
	is_list((struct places){ DATE, DATE, PLACES_HOURS }, "", "nothing");
	is_list((struct places){ 1, 0, PLACES_ALL }, "", "... nor between times in disorder");
	is_list((struct places){ 0, 1, PLACES_HOURS },
		"long 1969-12-31/day 1969-12-31/23 1970-01-01/day 1970-01-01/00", "1970");
	is_list((struct places){ INT64_MAX - 1, INT64_MAX, PLACES_HOURS },
		"long 2262-04-10/day 2262-04-11/day 2262-04-11/22 2262-04-11/23", "2262");
	is_list((struct places){ INT64_MIN, INT64_MIN + 1, PLACES_HOURS },
		"long 1677-09-21/day 1677-09-21/00", "1677");
}

static void depths(void)
{
	static const struct {
		int64_t len_ns;
		enum places_depth depth;
	} known_depths[] = {
		{ HOUR, PLACES_HOURS },	     { DAY, PLACES_HOURS },	{ 2 * DAY, PLACES_HOURS },
		{ 3 * DAY, PLACES_DAYS },    { 61 * DAY, PLACES_DAYS }, { 100 * DAY, PLACES_ALL },
		{ 80000 * DAY, PLACES_ALL },
	};
	struct places places;

	for (size_t i = 0; i < sizeof(known_depths) / sizeof(*known_depths); i++) {
		places = places_choose(DATE, DATE + known_depths[i].len_ns);
		ok(places.depth == known_depths[i].depth && !places_are_many(&places),
		   "%" PRId64 " hours: %" PRIu64 " listings", known_depths[i].len_ns / HOUR,
		   places_count(&places));
	}
	places = places_choose(INT64_MIN, INT64_MAX);
	ok(places.depth == PLACES_ALL, "all that there is");
	places.depth = PLACES_HOURS;
	is_u64(places_count(&places), 1 + 213504 + 5124096, "... would be millions of listings");
	places.depth = PLACES_DAYS;
	ok(places_are_many(&places) && !list(&places), "... which end as soon as one fails");
	is_u64(listed_count, LISTED, "... and not later");
}

static void kinds(void)
{
	static const struct {
		const char *place;
		enum places_kind kind;
	} known_kinds[] = {
		{ "", PLACES_SPLIT },
		{ "long", PLACES_WHOLE },
		{ "2026-11-17", PLACES_SPLIT },
		{ "2026-11-16", PLACES_SPLIT },
		{ "2026-11-15", PLACES_OUTSIDE },
		{ "2026-11-18", PLACES_OUTSIDE },
		{ "2026-11-17/day", PLACES_WHOLE },
		{ "2026-11-16/day", PLACES_WHOLE },
		{ "2026-11-15/day", PLACES_OUTSIDE },
		{ "2026-11-17/15", PLACES_WHOLE },
		{ "2026-11-17/16", PLACES_WHOLE },
		{ "2026-11-17/14", PLACES_OUTSIDE },
		{ "2026-11-17/17", PLACES_OUTSIDE },
		{ "2026-11-16/16", PLACES_OUTSIDE },
		{ "2026-11-17/", PLACES_STRANGE },
		{ "2026-11-17/1", PLACES_STRANGE },
		{ "2026-11-17/161", PLACES_STRANGE },
		{ "2026-11-17/16/", PLACES_STRANGE },
		{ "2026-11-1x", PLACES_STRANGE },
		{ "/long", PLACES_STRANGE },
		{ "longer", PLACES_STRANGE },
		{ "day", PLACES_STRANGE },
		{ "..", PLACES_STRANGE },
	};
	struct places places = { DATE + 16 * HOUR, DATE + 17 * HOUR, PLACES_HOURS };

	for (size_t i = 0; i < sizeof(known_kinds) / sizeof(*known_kinds); i++)
		ok(places_kind(&places, known_kinds[i].place) == known_kinds[i].kind,
		   "kind of '%s'", known_kinds[i].place);
	places.until_ns = places.since_ns;
	ok(places_kind(&places, "long") == PLACES_OUTSIDE, "nothing is in an empty interval");
}

/* Numbers of all sizes below a limit. */
static int64_t below(int64_t limit)
{
	uint64_t value = (uint64_t)mrand48() << 32 ^ (uint64_t)mrand48();

	return (int64_t)((value >> (lrand48() % 64)) % (uint64_t)limit);
}

/* A time that is often just at the begin of an hour or a day, from 1970 to 2262. */
static int64_t some_time(void)
{
	static const int64_t units[] = { 1, HOUR, DAY };
	int64_t unit = units[lrand48() % 3];
	int64_t time_ns = below(INT64_MAX - 4 * DAY) / unit * unit + lrand48() % 3 - 1;

	return time_ns < 0 ? 0 : time_ns;
}

static int64_t some_span(void)
{
	static const int64_t near[] = { 0, HOUR - 1, HOUR, HOUR + 1, DAY - 1, DAY, DAY + 1 };

	return lrand48() % 2 ? near[lrand48() % 7] : below(3 * DAY);
}

/* What stands in front of SOURCE and the name of the file. */
static void place_of(const struct object_name *name, char place[OBJECT_NAME_SIZE])
{
	object_name_write(name, place);
	*strrchr(place, '/') = '\0';
	*strrchr(place, '/') = '\0';
}

static bool is_listed(const char *place, enum places_depth depth)
{
	for (size_t i = 0; i < listed_count; i++) {
		size_t len = strlen(listed[i]);

		if (strcmp(listed[i], place) == 0)
			return true;
		if (depth == PLACES_ALL ||
		    (depth == PLACES_DAYS && len == 10 && strncmp(listed[i], place, len) == 0))
			return true;
	}
	return false;
}

/* Hours that an interval needs: as many as it is long, and two. */
static bool are_few(const struct places *places)
{
	uint64_t hours = 0;

	for (size_t i = 0; i < listed_count; i++)
		hours += strlen(listed[i]) == strlen("2026-11-17/16");
	return hours <= (uint64_t)((places->until_ns - places->since_ns + HOUR - 1) / HOUR) + 2;
}

/* Each capture that touches an interval is in a place that is listed, and places_kind() has the
 * same of each place as the list. */
static void random_captures(void)
{
	unsigned lost = 0, many = 0, wrong = 0, touching = 0, miscounted = 0;

	srand48(16);
	for (unsigned i = 0; i < 100000; i++) {
		struct object_name name = { "a", some_time(), 0, 1, "9f86d081884c7d65", "pcap" };
		struct places places = { .depth = (enum places_depth)(i % 3) };
		char place[OBJECT_NAME_SIZE];
		bool has, kind;

		name.last_ns = name.first_ns + some_span();
		places.since_ns = i % 2 ? name.last_ns : name.first_ns;
		places.since_ns += (lrand48() % 2 ? 1 : -1) * some_span();
		places.since_ns = places.since_ns < 0 ? 0 : places.since_ns;
		places.until_ns = places.since_ns + some_span();
		place_of(&name, place);
		list(&places);
		has = is_listed(place, places.depth);
		kind = places_kind(&places, place) == PLACES_WHOLE;
		touching += places_touch(&places, name.first_ns, name.last_ns);
		lost += places_touch(&places, name.first_ns, name.last_ns) && !(has && kind);
		many += places.depth == PLACES_HOURS && !are_few(&places);
		wrong += places.depth == PLACES_HOURS && has != kind;
		miscounted += places_count(&places) != listed_count;
	}
	ok(touching > 20000 && touching < 80000, "%u of 100,000 captures touch", touching);
	is_u64(lost, 0, "each of them is in a place that is listed");
	is_u64(many, 0, "no more hours are listed than the interval has, and two");
	is_u64(wrong, 0, "a place is of the right kind just if it is listed");
	is_u64(miscounted, 0, "places are counted as they are listed");
}

int main(void)
{
	known();
	depths();
	kinds();
	random_captures();
	return tap_done();
}
