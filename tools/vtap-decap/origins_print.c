/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "origins_internal.h"

enum { SOURCES_SHOWN = 100 }; /* lines of -v; all are in --stats */

static void origins_json_taps(struct json *json, const struct origin *origin)
{
	json_array(json, "taps");
	for (const struct tap_name *tap = origin->taps; tap; tap = tap->next)
		json_string(json, NULL, tap->text, strlen(tap->text));
	json_array_end(json);
}

static void origins_json_origin(struct json *json, const struct origin *origin, const char *name,
				const char *description)
{
	json_object(json, NULL);
	json_string(json, "name", name, strlen(name));
	json_string(json, "description", description, strlen(description));
	json_number(json, "packets", origin->packets);
	json_number(json, "bytes", origin->bytes);
	json_number(json, "received", origin->loss.received);
	json_number(json, "missing", origin->loss.missing);
	json_number(json, "reordered", origin->loss.reordered);
	json_number(json, "duplicates", origin->loss.duplicates);
	json_number(json, "restarts", origin->loss.restarts);
	origins_json_taps(json, origin);
	json_object_end(json);
}

void origins_json(struct json *json, void *arg)
{
	struct origins *origins = arg;

	origins_fold_gone(origins);
	for (const struct origin *origin = origins->first; origin; origin = origin->next)
		origins_json_origin(json, origin, origin->name, origin->description);
	if (*origins->users.gone > 0)
		origins_json_origin(json, origins->others, "others",
				    "sources that were silent longest and made room");
}

static void origins_print_loss(FILE *to, const struct loss *loss)
{
	fprintf(to,
		"; numbered: %" PRIu64 " received, %" PRIu64 " missing, %" PRIu64
		" reordered, %" PRIu64 " duplicates, %" PRIu64 " restarts",
		loss->received, loss->missing, loss->reordered, loss->duplicates, loss->restarts);
}

static void origins_print(FILE *to, const struct origin *origin, const char *name)
{
	fprintf(to, "%14" PRIu64 "  %s", origin->packets, name);
	if (origin->loss.received > 0)
		origins_print_loss(to, &origin->loss);
	putc('\n', to);
}

void origins_text(FILE *to, void *arg)
{
	struct origins *origins = arg;
	unsigned shown = 0;

	origins_fold_gone(origins);
	if (origins->first)
		fprintf(to, "  sources:\n");
	for (const struct origin *origin = origins->first; origin && shown < SOURCES_SHOWN;
	     origin = origin->next, shown++)
		origins_print(to, origin, origin->name);
	if (origins->count > SOURCES_SHOWN)
		fprintf(to, "  ... %u in all: --stats has them\n", origins->count);
	if (*origins->users.gone > 0)
		origins_print(to, origins->others, "others");
}
