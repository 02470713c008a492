/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archive/places.h"

#include <stdio.h>
#include <string.h>

#include "base/moment.h"

enum { HOURS_OF_DAY = 24 };

static const int64_t hour_ns = INT64_C(3600) * 1000000000, day_ns = INT64_C(86400) * 1000000000;

/* The first and the last day or hour, counted from 1970. */
struct range {
	int64_t first, last;
};

/* Division rounds towards zero, but the hour before 1970 is the one with number -1. */
static int64_t places_unit_of(int64_t time_ns, int64_t unit_ns)
{
	return time_ns / unit_ns - (time_ns % unit_ns < 0);
}

/* A capture of a folder of hours spans an hour at most, one of a folder of days a day: by so much
 * its first packet may be earlier than the interval. */
static struct range places_range(const struct places *places, int64_t unit_ns)
{
	int64_t earliest = INT64_MIN;

	if (places->since_ns >= places->until_ns)
		return (struct range){ 0, -1 };
	if (places->since_ns > INT64_MIN + unit_ns)
		earliest = places->since_ns - unit_ns;
	return (struct range){ places_unit_of(earliest, unit_ns),
			       places_unit_of(places->until_ns - 1, unit_ns) };
}

static uint64_t places_range_count(struct range range)
{
	return (uint64_t)(range.last - range.first + 1);
}

uint64_t places_count(const struct places *places)
{
	struct range days = places_range(places, day_ns), hours = places_range(places, hour_ns);

	if (places->since_ns >= places->until_ns)
		return 0;
	switch (places->depth) {
	case PLACES_HOURS:
		return 1 + places_range_count(days) + places_range_count(hours);
	case PLACES_DAYS:
		return 1 + places_range_count(days);
	default:
		return 1;
	}
}

bool places_are_many(const struct places *places)
{
	return places_count(places) > PLACES_MANY;
}

struct places places_choose(int64_t since_ns, int64_t until_ns)
{
	struct places places = { since_ns, until_ns, PLACES_HOURS };

	while (places_are_many(&places))
		places.depth++;
	return places;
}

/* Writes the date of a day that is counted from 1970. 64 bits of nanoseconds hold only the end of
 * the very first day. */
static void places_write_date(int64_t day, char date[PLACES_PATH_SIZE])
{
	char text[MOMENT_TEXT];

	moment_write(day == INT64_MIN / day_ns - 1 ? INT64_MIN : day * day_ns, text);
	snprintf(date, PLACES_PATH_SIZE, "%.10s", text);
}

static void places_write_hour(int64_t hour, char place[PLACES_PATH_SIZE])
{
	int64_t day = places_unit_of(hour, HOURS_OF_DAY);

	places_write_date(day, place);
	snprintf(place + strlen(place), PLACES_PATH_SIZE - strlen(place), "/%02u",
		 (unsigned)(hour - day * HOURS_OF_DAY) % HOURS_OF_DAY);
}

/* The folders below a day: that of the day, and those of its hours. */
static bool places_each_of_day(int64_t day, struct range hours,
			       bool (*visit)(void *arg, const char *place, struct error *err),
			       void *arg, struct error *err)
{
	int64_t hour = day * HOURS_OF_DAY, end = hour + HOURS_OF_DAY;
	char place[PLACES_PATH_SIZE];

	places_write_date(day, place);
	memcpy(place + strlen(place), "/day", sizeof("/day"));
	if (!visit(arg, place, err))
		return false;
	if (hour < hours.first)
		hour = hours.first;
	for (; hour < end && hour <= hours.last; hour++) {
		places_write_hour(hour, place);
		if (!visit(arg, place, err))
			return false;
	}
	return true;
}

bool places_each(const struct places *places,
		 bool (*visit)(void *arg, const char *place, struct error *err), void *arg,
		 struct error *err)
{
	struct range days = places_range(places, day_ns), hours = places_range(places, hour_ns);
	char date[PLACES_PATH_SIZE];
	bool good = true;

	if (places->since_ns >= places->until_ns)
		return true;
	if (places->depth == PLACES_ALL)
		return visit(arg, "", err);
	good = visit(arg, "long", err);
	for (int64_t day = days.first; good && day <= days.last; day++) {
		places_write_date(day, date);
		good = places->depth == PLACES_DAYS
			       ? visit(arg, date, err)
			       : places_each_of_day(day, hours, visit, arg, err);
	}
	return good;
}

bool places_touch(const struct places *places, int64_t first_ns, int64_t last_ns)
{
	return places->since_ns < places->until_ns && first_ns < places->until_ns &&
	       last_ns >= places->since_ns;
}

/* Returns true if a text has a digit wherever the shape has a 0, and is equal elsewhere. */
static bool places_fits(const char *text, const char *shape)
{
	for (; *text && *shape; text++, shape++)
		if (*shape == '0' ? *text < '0' || *text > '9' : *text != *shape)
			return false;
	return *text == *shape;
}

/* Places of one shape are in the order of time: all their numbers have the same length. */
static bool places_is_between(const char *place, const char *first, const char *last)
{
	size_t len = strlen(first);

	return strncmp(place, first, len) >= 0 && strncmp(place, last, len) <= 0;
}

enum places_kind places_kind(const struct places *places, const char *place)
{
	bool is_hour = places_fits(place, "0000-00-00/00"), is_date, is_between;
	struct range range = places_range(places, is_hour ? hour_ns : day_ns);
	void (*write)(int64_t unit, char *place) = is_hour ? places_write_hour : places_write_date;
	char first[PLACES_PATH_SIZE], last[PLACES_PATH_SIZE];

	is_date = places_fits(place, "0000-00-00");
	if (places->since_ns >= places->until_ns)
		return PLACES_OUTSIDE;
	if (*place == '\0')
		return PLACES_SPLIT;
	if (strcmp(place, "long") == 0)
		return PLACES_WHOLE;
	if (!is_hour && !is_date && !places_fits(place, "0000-00-00/day"))
		return PLACES_STRANGE;
	write(range.first, first);
	write(range.last, last);
	is_between = places_is_between(place, first, last);
	return !is_between ? PLACES_OUTSIDE : is_date ? PLACES_SPLIT : PLACES_WHOLE;
}
