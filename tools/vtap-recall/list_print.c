/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "list_print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "archive/object_name.h"
#include "base/human.h"
#include "base/json.h"
#include "base/moment.h"
#include "base/printable.h"
#include "source_names.h"

/* The objects of a source. */
struct sum {
	uint64_t objects, packets, stored;
	int64_t first_ns, last_ns;
};

/* SOURCE in the name of an object: the folder that the object stands in. */
static const char *list_print_source(const struct listing_object *object, size_t *len)
{
	const char *end = strrchr(object->name, '/'), *source = end;

	while (source > object->name && source[-1] != '/')
		source--;
	*len = (size_t)(end - source);
	return source;
}

static int list_print_compare(const void *a, const void *b)
{
	size_t len, other_len;
	const char *one = list_print_source(*(struct listing_object *const *)a, &len);
	const char *other = list_print_source(*(struct listing_object *const *)b, &other_len);
	int order = strncmp(one, other, len < other_len ? len : other_len);

	return order ? order : (len > other_len) - (len < other_len);
}

static void list_print_add(struct sum *sum, const struct sum *more)
{
	if (sum->objects == 0 || more->first_ns < sum->first_ns)
		sum->first_ns = more->first_ns;
	if (sum->objects == 0 || more->last_ns > sum->last_ns)
		sum->last_ns = more->last_ns;
	sum->objects += more->objects;
	sum->packets += more->packets;
	sum->stored += more->stored;
}

/* A SOURCE that a person can read, or "all sources". */
static void list_print_line(const struct sum *sum, const char *name, FILE *to)
{
	char first[MOMENT_TEXT], last[MOMENT_TEXT], stored[HUMAN_SIZE];

	moment_write(sum->first_ns, first);
	moment_write(sum->last_ns, last);
	fprintf(to, "%8" PRIu64 " %12" PRIu64 " %9s  %s  %s  %s\n", sum->objects, sum->packets,
		human_scaled(stored, sum->stored, "B"), first, last, name);
}

static void list_print_source_line(const struct sum *sum, const struct listing_object *object,
				   FILE *to)
{
	char source[KEY_TEXT_LIMIT + 1], name[KEY_TEXT_LIMIT + 1];
	size_t len;
	const char *at = list_print_source(object, &len);

	snprintf(source, sizeof(source), "%.*s", (int)len, at);
	source_names_decode(source, name);
	printable(name);
	list_print_line(sum, name, to);
}

/* The interval, so that a person sees which times were understood. */
static void list_print_head(const struct places *places, FILE *to)
{
	char since[MOMENT_TEXT], until[MOMENT_TEXT];

	moment_write(places->since_ns, since);
	moment_write(places->until_ns, until);
	if (places->since_ns != INT64_MIN)
		fprintf(to, "since %s\n", since);
	if (places->until_ns != INT64_MAX)
		fprintf(to, "until %s\n", until);
	fprintf(to, "%8s %12s %9s  %-30s  %-30s  %s\n", "OBJECTS", "PACKETS", "STORED", "FIRST",
		"LAST", "SOURCE");
}

void list_print_table(struct listing *listing, FILE *to)
{
	struct sum all = { 0 }, sum = { 0 };
	unsigned sources = 0;

	list_print_head(listing->places, to);
	if (listing->count > 0)
		qsort(listing->object, listing->count, sizeof(struct listing_object *),
		      list_print_compare);
	for (size_t i = 0; i < listing->count; i++) {
		const struct listing_object *object = listing->object[i];
		const struct sum one = { 1, object->packets, object->stored, object->first_ns,
					 object->last_ns };

		list_print_add(&sum, &one);
		if (i + 1 < listing->count &&
		    list_print_compare(&listing->object[i], &listing->object[i + 1]) == 0)
			continue;
		list_print_source_line(&sum, object, to);
		list_print_add(&all, &sum);
		sum = (struct sum){ 0 };
		sources++;
	}
	if (sources > 1)
		list_print_line(&all, "all", to);
}

static void list_print_object(const struct listing_object *object, FILE *to)
{
	struct object_name name;
	struct error err;
	struct json json;

	if (!object_name_parse(object->name, &name, &err))
		return;
	json_init(&json, to);
	json_object(&json, NULL);
	json_string(&json, "object", object->name, strlen(object->name));
	json_string(&json, "key", name.source, strlen(name.source));
	json_number(&json, "packets", name.packets);
	json_number(&json, "stored", object->stored);
	json_time(&json, "first", name.first_ns);
	json_time(&json, "last", name.last_ns);
	json_string(&json, "sha256", name.sha256, strlen(name.sha256));
	json_object_end(&json);
	fputc('\n', to);
}

void list_print_json(const struct listing *listing, FILE *to)
{
	for (size_t i = 0; i < listing->count; i++)
		list_print_object(listing->object[i], to);
}
