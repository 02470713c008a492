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
	free(origins);
}

uint64_t origins_packets(const void *origin)
{
	const struct output_interface *output = ((const struct origin *)origin)->outputs;
	uint64_t packets = 0;

	for (; output; output = output->next)
		packets += output->statistics.packets;
	return packets;
}

void origins_sum(const struct origin *origin, struct origin_sums *sums)
{
	for (const struct output_interface *output = origin->outputs; output;
	     output = output->next) {
		sums->packets += output->statistics.packets;
		sums->bytes += output->bytes;
	}
	sums->loss.received += origin->loss.received;
	sums->loss.missing += origin->loss.missing;
	sums->loss.reordered += origin->loss.reordered;
	sums->loss.duplicates += origin->loss.duplicates;
	sums->loss.restarts += origin->loss.restarts;
}

bool origins_have_gone(const struct origins *origins)
{
	return origins->gone_count > 0 && origins->gone_count >= origins->limit / ORIGINS_GONE_PART;
}

/* Whoever may have a pointer to an interface of an origin that is gone has none afterwards. */
static void origins_free_gone(struct origins *origins)
{
	if (origins->users.cache)
		header_cache_free(origins->users.cache);
	for (const struct origin *origin = origins->gone; origin; origin = origin->next)
		origins_sum(origin, &origins->others);
	origins_free_list(origins, origins->gone);
	origins->gone = NULL;
	origins->gone_count = 0;
}

struct interface_statistics_entry *origins_next_gone(struct origins *origins)
{
	if (!origins->going)
		origins->going = origins->gone;
	for (; origins->going; origins->going = origins->going->next)
		for (struct output_interface *output = origins->going->outputs; output;
		     output = output->next)
			if (output->statistics.link)
				return &output->statistics;
	origins_free_gone(origins);
	return NULL;
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
	if (origins->users.full && origins_have_gone(origins))
		*origins->users.full = true;
}
