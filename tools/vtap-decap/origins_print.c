/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "origins_internal.h"

static const struct stats_source_column columns[] = {
	{ "received", "received", "tunnel headers and --meta options with a number", false },
	{ "missing", "missing", "numbers missing: packets that were lost on the way", false },
	{ "reordered", "reordered", "numbers out of order", false },
	{ "duplicates", "duplicates", "numbers seen twice", false },
	{ "restarts", "restarts", "times that the numbers began anew", false },
	{ 0 },
};

static const struct stats_source_text texts[] = {
	{ "description",
	  "the tunnel in words: what is the description of the interface in pcapng" },
	{ "taps", "names of the taps that sent --meta options, an array" },
	{ 0 },
};

static uint64_t origins_count(void *arg)
{
	return ((const struct origins *)arg)->count;
}

static struct stats_source origins_source(const struct origin *record,
					  const struct origin_sums *sums)
{
	const struct loss *loss = &sums->loss;

	return (struct stats_source){ .record = record,
				      .packets = sums->packets,
				      .bytes = sums->bytes,
				      .more = { loss->received, loss->missing, loss->reordered,
						loss->duplicates, loss->restarts } };
}

static void origins_each(void *arg, void (*put)(void *put_arg, const struct stats_source *source),
			 void *put_arg)
{
	const struct origins *origins = arg;
	struct origin_sums others = origins->others;
	struct stats_source source;

	for (const struct origin *origin = origins->first; origin; origin = origin->next) {
		struct origin_sums sums = { 0 };

		origins_sum(origin, &sums);
		source = origins_source(origin, &sums);
		put(put_arg, &source);
	}
	if (*origins->users.gone == 0)
		return;
	for (const struct origin *origin = origins->gone; origin; origin = origin->next)
		origins_sum(origin, &others);
	source = origins_source(NULL, &others);
	put(put_arg, &source);
}

static void origins_name(void *arg, const void *record, char name[STATS_SOURCE_NAME_MAX])
{
	const struct origin *origin = record;

	(void)arg;
	snprintf(name, STATS_SOURCE_NAME_MAX, "%s", origin->name);
}

static void origins_json_taps(struct json *json, const struct origin *origin)
{
	json_array(json, "taps");
	for (const struct tap_name *tap = origin ? origin->taps : NULL; tap; tap = tap->next)
		json_string(json, NULL, tap->text, strlen(tap->text));
	json_array_end(json);
}

static void origins_json(void *arg, const void *record, struct json *json)
{
	const struct origin *origin = record;
	const char *description =
		origin ? origin->description : "sources that were silent longest and made room";

	(void)arg;
	json_string(json, "description", description, strlen(description));
	origins_json_taps(json, origin);
}

const struct stats_sources origins_sources = {
	.noun = "source",
	.text = "packets that were taken out of tunnels of a source, which is named by the tunnel",
	.columns = columns,
	.count = origins_count,
	.each = origins_each,
	.name = origins_name,
	.json = origins_json,
	.texts = texts,
};
