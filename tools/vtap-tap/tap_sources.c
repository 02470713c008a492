/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap_sources.h"

#include <stdlib.h>
#include <string.h>

void tap_sources_init(struct tap_sources *sources)
{
	*sources = (struct tap_sources){ 0 };
	sources->last = &sources->first;
	hash_table_init(&sources->by_name);
}

void tap_sources_free(struct tap_sources *sources)
{
	for (struct tap_source *source = sources->first, *next; source; source = next) {
		next = source->next;
		free(source);
	}
	hash_table_free(&sources->by_name);
}

static struct tap_source *tap_sources_add(struct tap_sources *sources, const char *name)
{
	size_t len = strlen(name);
	struct tap_source *source;

	if (sources->by_name.count == TAP_SOURCES_MAX)
		return NULL;
	source = calloc(1, sizeof(*source) + len + 1);
	if (!source)
		return NULL;
	source->name = memcpy(source + 1, name, len + 1);
	if (!hash_table_put(&sources->by_name, source->name, len, source)) {
		free(source);
		return NULL;
	}
	*sources->last = source;
	sources->last = &source->next;
	return source;
}

struct tap_source *tap_sources_find(struct tap_sources *sources, const char *name)
{
	struct tap_source *source;

	if (!name || !*name)
		return &sources->unnamed;
	source = hash_table_get(&sources->by_name, name, strlen(name));
	if (!source)
		source = tap_sources_add(sources, name);
	return source ? source : &sources->others;
}

static const struct stats_source_column columns[] = {
	{ "kernel_dropped", "dropped", "packets dropped by the kernel: the buffer was full",
	  false },
	{ "interface_dropped", "dropped by it", "packets dropped by the interface or its driver",
	  false },
	{ 0 },
};

static uint64_t tap_sources_count(void *arg)
{
	return ((const struct tap_sources *)arg)->by_name.count;
}

static void tap_sources_put(const struct tap_source *of, bool told_apart,
			    void (*put)(void *put_arg, const struct stats_source *source),
			    void *put_arg)
{
	const struct stats_source source = { .record = told_apart ? of : NULL,
					     .packets = of->packets,
					     .bytes = of->bytes,
					     .more = { of->kernel_dropped,
						       of->interface_dropped } };

	put(put_arg, &source);
}

static void tap_sources_each(void *arg,
			     void (*put)(void *put_arg, const struct stats_source *source),
			     void *put_arg)
{
	const struct tap_sources *sources = arg;
	const struct tap_source *others = &sources->others;

	for (const struct tap_source *source = sources->first; source; source = source->next)
		tap_sources_put(source, true, put, put_arg);
	if (others->packets + others->kernel_dropped + others->interface_dropped > 0)
		tap_sources_put(others, false, put, put_arg);
}

static void tap_sources_name(void *arg, const void *record, char name[STATS_SOURCE_NAME_MAX])
{
	(void)arg;
	snprintf(name, STATS_SOURCE_NAME_MAX, "%s", ((const struct tap_source *)record)->name);
}

const struct stats_sources tap_sources_table = {
	.noun = "interface",
	.text = "packets that were captured on an interface, or that the file has of it",
	.columns = columns,
	.count = tap_sources_count,
	.each = tap_sources_each,
	.name = tap_sources_name,
};
