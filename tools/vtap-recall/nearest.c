/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/moment.h"

enum {
	DATE_LEN = 10,
	/* Days of a remote that are listed on each side: with the archive itself and `long` there
	 * are 16 listings at most. */
	DAYS_EACH = 7,
	TEXT_SIZE = 128,
};

static const int64_t day_ns = INT64_C(86400) * 1000000000;

/* The nearest times that were found, and the days that there are. */
struct nearest {
	struct archive *archive;
	char (*day)[DATE_LEN + 1]; /* sorted */
	size_t count;
	bool is_begun; /* the listing of the archive knows of times of these sources alone */
	bool looked;   /* the side that is looked at has something */
	/* The nearest days that were not looked into, or NULL. */
	const char *day_before, *day_after;
	bool has_before, has_after;
	int64_t before_ns, after_ns;
};

static bool nearest_is_date(const char *name)
{
	struct moment moment;
	struct error err;

	return strlen(name) == DATE_LEN && moment_parse(name, 0, &moment, &err) &&
	       !moment.behind_first;
}

static void nearest_see_day(void *arg, const char *name)
{
	struct nearest *nearest = arg;
	void *grown;

	if (!nearest_is_date(name))
		return;
	grown = realloc(nearest->day, (nearest->count + 1) * sizeof(*nearest->day));
	if (!grown)
		return;
	nearest->day = grown;
	memcpy(nearest->day[nearest->count++], name, DATE_LEN + 1);
}

static int nearest_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void nearest_note_before(struct nearest *nearest, int64_t last_ns)
{
	if (!nearest->has_before || last_ns > nearest->before_ns)
		nearest->before_ns = last_ns;
	nearest->has_before = nearest->looked = true;
}

static void nearest_note_after(struct nearest *nearest, int64_t first_ns)
{
	if (!nearest->has_after || first_ns < nearest->after_ns)
		nearest->after_ns = first_ns;
	nearest->has_after = nearest->looked = true;
}

/* Objects that are neither have come since the archive was listed. */
static void nearest_note(struct nearest *nearest, const struct listing *listing)
{
	const struct recall_config *config = nearest->archive->config;

	for (size_t i = 0; i < listing->count; i++) {
		const struct listing_object *object = listing->object[i];
		struct object_name name;
		struct error err;

		if (!object_name_parse(object->name, &name, &err) ||
		    source_names_judge(&config->names, name.source) == SOURCE_NAMES_NONE)
			continue;
		if (object->last_ns < config->since_ns)
			nearest_note_before(nearest, object->last_ns);
		else if (object->first_ns >= config->until_ns)
			nearest_note_after(nearest, object->first_ns);
	}
}

static bool nearest_look_into(struct nearest *nearest, const char *day, const struct places *places,
			      struct error *err)
{
	const struct listing *whole = &nearest->archive->listing;
	struct listing listing = { .places = places,
				   .sources = whole->sources,
				   .source_count = whole->source_count };
	bool good = archive_list_day(nearest->archive, day, &listing, err);

	nearest_note(nearest, &listing);
	listing_free(&listing);
	return good;
}

static bool nearest_look_into_day(struct nearest *nearest, size_t index, struct error *err)
{
	const char *day = nearest->day[index];
	struct places places = { .depth = PLACES_DAYS };
	struct moment moment = { 0 };

	if (!moment_parse(day, 0, &moment, err))
		return true;
	places.since_ns = moment.ns;
	places.until_ns = moment.ns < INT64_MAX - day_ns ? moment.ns + day_ns : INT64_MAX;
	return nearest_look_into(nearest, day, &places, err);
}

/* Returns the number of days that begin before a moment. */
static size_t nearest_days_before(const struct nearest *nearest, int64_t ns)
{
	char text[MOMENT_TEXT];
	size_t count = 0;

	moment_write(ns, text);
	text[DATE_LEN] = '\0';
	while (count < nearest->count && strcmp(nearest->day[count], text) < 0)
		count++;
	return count;
}

/* Looks backwards, and one day beyond the first one that has something: a capture of that may have
 * ended later. */
static bool nearest_look_before(struct nearest *nearest, struct error *err)
{
	size_t from = nearest_days_before(nearest, nearest->archive->config->since_ns);
	bool found = false;

	if (from < nearest->count)
		from++;
	nearest->looked = false;
	nearest->day_before = from > DAYS_EACH ? nearest->day[from - 1 - DAYS_EACH] : NULL;
	for (size_t i = 0; i < DAYS_EACH && i < from && !found; i++) {
		found = nearest->looked;
		if (!nearest_look_into_day(nearest, from - 1 - i, err))
			return false;
	}
	return true;
}

/* Captures lie where they begin: the first day that has something has the nearest. */
static bool nearest_look_after(struct nearest *nearest, struct error *err)
{
	size_t from = nearest_days_before(nearest, nearest->archive->config->until_ns);

	if (from > 0)
		from--;
	nearest->looked = false;
	if (from + DAYS_EACH < nearest->count)
		nearest->day_after = nearest->day[from + DAYS_EACH];
	for (size_t i = from; i < from + DAYS_EACH && i < nearest->count && !nearest->looked; i++)
		if (!nearest_look_into_day(nearest, i, err))
			return false;
	return true;
}

static bool nearest_look(struct nearest *nearest, struct error *err)
{
	const struct places all = { INT64_MIN, INT64_MAX, PLACES_ALL };

	return nearest_look_before(nearest, err) && nearest_look_after(nearest, err) &&
	       (nearest->is_begun || !nearest->archive->remote ||
		nearest_look_into(nearest, "long", &all, err));
}

/* Writes "TIME", or "the day DAY", or that there is nothing. */
static void nearest_write(char text[TEXT_SIZE], bool has, int64_t ns, const char *day)
{
	char moment[MOMENT_TEXT];

	moment_write(ns, moment);
	if (has)
		snprintf(text, TEXT_SIZE, "%s", moment);
	else if (day)
		snprintf(text, TEXT_SIZE, "the day %s, perhaps of other sources", day);
	else
		snprintf(text, TEXT_SIZE, "nothing");
}

/* The end of time is not worth to be told. */
static void nearest_write_interval(const struct recall_config *config, char text[TEXT_SIZE])
{
	char since[MOMENT_TEXT], until[MOMENT_TEXT];
	bool from = config->since_ns != INT64_MIN, to = config->until_ns != INT64_MAX;

	moment_write(config->since_ns, since);
	moment_write(config->until_ns, until);
	snprintf(text, TEXT_SIZE, "%s%s%s%s", from ? " from " : "", from ? since : "",
		 to ? (from ? " to " : " before ") : "", to ? until : "");
}

static bool nearest_say(const struct nearest *nearest, struct error *err)
{
	const struct recall_config *config = nearest->archive->config;
	char before[TEXT_SIZE], after[TEXT_SIZE], interval[TEXT_SIZE];

	nearest_write(before, nearest->has_before, nearest->before_ns, nearest->day_before);
	nearest_write(after, nearest->has_after, nearest->after_ns, nearest->day_after);
	nearest_write_interval(config, interval);
	return error_set(err, "%s: no capture%s%s; before it there is %s, after it %s",
			 config->place.text, config->names.count ? " of these sources" : "",
			 interval, before, after);
}

bool nearest_tell(struct archive *archive, struct error *err)
{
	const struct listing *listing = &archive->listing;
	bool begun = listing->source_count > 0 || archive->config->names.count == 0;
	struct nearest nearest = { .archive = archive,
				   .is_begun = begun,
				   .has_before = begun && listing->has_before,
				   .has_after = begun && listing->has_after,
				   .before_ns = listing->before_ns,
				   .after_ns = listing->after_ns };
	bool good = archive_list_days(archive, nearest_see_day, &nearest, err);

	if (nearest.count > 0)
		qsort(nearest.day, nearest.count, sizeof(*nearest.day), nearest_compare);
	if (good && nearest_look(&nearest, err))
		nearest_say(&nearest, err);
	free(nearest.day);
	return false;
}
