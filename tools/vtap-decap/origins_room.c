/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "origins_internal.h"

#include <stdlib.h>

void origins_free_origin(struct origin *origin)
{
	for (struct tap_name *tap = origin->taps, *next; tap; tap = next) {
		next = tap->next;
		free(tap);
	}
	for (struct output_interface *output = origin->outputs, *next; output; output = next) {
		next = output->next;
		free(output);
	}
	free(origin->name);
	free(origin->description);
	free(origin);
}

static void origins_free_list(struct origins *origins, struct origin *first)
{
	for (struct origin *origin = first, *next; origin; origin = next) {
		next = origin->next;
		streams_forget(&origins->streams, &origin->streams);
		origins_free_origin(origin);
	}
}

void origins_free(struct origins *origins)
{
	if (!origins)
		return;
	origins_free_list(origins, origins->first);
	origins_free_list(origins, origins->gone);
	hash_table_free(&origins->by_key);
	hash_table_free(&origins->by_key_in_section);
	streams_free(&origins->streams);
	silent_free(&origins->silent);
	free(origins->others);
	free(origins);
}

void origins_fold_gone(struct origins *origins)
{
	struct origin *others = origins->others;

	for (struct origin *origin = origins->gone; origin; origin = origin->next) {
		others->packets += origin->packets;
		others->bytes += origin->bytes;
		others->loss.received += origin->loss.received;
		others->loss.missing += origin->loss.missing;
		others->loss.reordered += origin->loss.reordered;
		others->loss.duplicates += origin->loss.duplicates;
		others->loss.restarts += origin->loss.restarts;
		origin->packets = origin->bytes = 0;
		origin->loss = (struct loss){ 0 };
	}
}

/* Whoever may have a pointer to an interface of an origin that is gone has none afterwards. */
static void origins_free_gone(struct origins *origins)
{
	if (origins->gone_count < origins->limit / ORIGINS_GONE_PART)
		return;
	if (origins->users.cache)
		header_cache_free(origins->users.cache);
	for (struct origin *origin = origins->gone; origin; origin = origin->next)
		for (struct output_interface *output = origin->outputs;
		     output && origins->users.statistics; output = output->next)
			interface_statistics_forget(origins->users.statistics, &output->interface);
	origins_fold_gone(origins);
	origins_free_list(origins, origins->gone);
	origins->gone = NULL;
	origins->gone_count = 0;
}

void origins_list(struct origins *origins, struct origin *origin)
{
	origin->link = origins->end;
	*origins->end = origin;
	origins->end = &origin->next;
	origins->count++;
}

static void origins_unlist(struct origins *origins, struct origin *origin)
{
	*origin->link = origin->next;
	*(origin->next ? &origin->next->link : &origins->end) = origin->link;
	if (origins->streams_next == origin)
		origins->streams_next = origin->next;
	origins->count--;
}

void origins_make_room(struct origins *origins)
{
	struct origin *origin = silent_take(&origins->silent);

	origins_unlist(origins, origin);
	hash_table_remove(&origins->by_key, origin->key, origin->key_len);
	for (struct output_interface *output = origin->outputs; output; output = output->next)
		hash_table_remove(&origins->by_key_in_section, output->key, output->key_len);
	origins->last = NULL;
	origin->next = origins->gone;
	origins->gone = origin;
	origins->gone_count++;
	++*origins->users.gone;
	origins_free_gone(origins);
}
