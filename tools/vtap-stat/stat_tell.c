/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stat_tell.h"

#include <string.h>

#include "record_sum.h"
#include "stat_record.h"

static bool stat_tell_one(struct stat_stage *stat, struct entry *entry, enum record_end why,
			  struct error *err)
{
	struct stat_record record;
	bool told;

	stat_record_make(&record, stat, entry, why);
	told = stat->sink.put(stat->sink.arg, &record.record, err);
	entries_reset(&stat->entries, entry);
	if (entry->list == ENTRIES_KEYS && entry->key.bar)
		*entry->key.bar = (struct bar){ 0 };
	return told;
}

/* Decides what a flow has left open. */
static void stat_tell_end_flow(struct stat_stage *stat, struct entry *flow, struct counts *counts)
{
	if (flow->protocol == IPPROTO_TCP)
		tcp_flow_end(&stat->room, &flow->flow.tcp, &counts->tcp);
}

/* A key whose counts have to go may have flows, so it stays, and begins at 0. A flow with an
 * extension counts for itself. */
static bool stat_tell_give_way(struct stat_stage *stat, struct entry *entry, struct error *err)
{
	bool is_flow = entry->list != ENTRIES_KEYS, told;

	if (is_flow)
		stat_tell_end_flow(stat, entry, &entries_extension(&stat->entries, entry)->counts);
	stat->counters.forgotten++;
	told = stat_tell_one(stat, entry, RECORD_RESOURCES, err);
	if (is_flow)
		entries_remove(&stat->entries, entry);
	return told;
}

struct entry_extension *stat_tell_extend(struct stat_stage *stat, struct entry *entry,
					 struct error *err)
{
	struct entry_extension *extension = entries_extend(&stat->entries, entry);

	while (!extension) {
		stat->counters.names_full++;
		if (!stat_tell_give_way(stat, entries_oldest_extended(&stat->entries), err))
			return NULL;
		extension = entries_extend(&stat->entries, entry);
	}
	return extension;
}

bool stat_tell_carry(struct stat_stage *stat, struct entry *entry, struct error *err)
{
	struct entry_extension *extension = stat_tell_extend(stat, entry, err);

	if (!extension)
		return false;
	extension->counts.packets += entry->packets;
	extension->counts.bytes += entry->bytes;
	extension->counts.captured_bytes += (uint64_t)entry->bytes - entry->left_out;
	extension->source_packets += entry->source_packets;
	extension->source_bytes += entry->source_bytes;
	entry->packets = entry->source_packets = 0;
	entry->bytes = entry->source_bytes = entry->left_out = 0;
	return true;
}

static bool tcp_counts_are_zero(const struct tcp_counts *counts)
{
	uint64_t word[sizeof(*counts) / sizeof(uint64_t)], any = 0;

	memcpy(word, counts, sizeof(word));
#pragma GCC unroll 12
	for (unsigned i = 0; i < sizeof(word) / sizeof(*word); i++)
		any |= word[i];
	return any == 0;
}

/* Few packets decide anything, so this stays out of the way of each. The key is touched, as it has
 * something to tell in this interval. */
__attribute__((noinline)) static bool stat_tell_add_decided(struct stat_stage *stat,
							    struct entry *flow,
							    const struct tcp_counts *counts,
							    struct error *err)
{
	struct entry *key = entries_at(&stat->entries, flow->parent);
	struct entry *to = stat->config->by.flow ? flow : key;
	const struct counts all = { .tcp = *counts };
	struct entry_extension *extension = stat_tell_extend(stat, to, err);

	if (!extension)
		return false;
	record_sum_add(&extension->counts, &all);
	if (to == key)
		entries_touch(&stat->entries, key);
	return true;
}

bool stat_tell_add_tcp(struct stat_stage *stat, struct entry *flow, const struct tcp_counts *counts,
		       struct error *err)
{
	return tcp_counts_are_zero(counts) || stat_tell_add_decided(stat, flow, counts, err);
}

/* Tells a flow that is over. */
static bool stat_tell_flow(struct stat_stage *stat, struct entry *entry, enum record_end why,
			   struct error *err)
{
	struct counts counts = { 0 };
	bool told;

	stat_tell_end_flow(stat, entry, &counts);
	told = stat_tell_add_tcp(stat, entry, &counts.tcp, err);
	if (told && entries_is_counted(entry))
		told = stat_tell_one(stat, entry, why, err);
	return told;
}

static bool stat_tell_forget_flow(struct stat_stage *stat, struct entry *entry, enum record_end why,
				  struct error *err)
{
	bool told = stat_tell_flow(stat, entry, why, err);

	entries_remove(&stat->entries, entry);
	return told;
}

bool stat_tell_forget(struct stat_stage *stat, struct entry *entry, enum record_end why,
		      struct error *err)
{
	bool told = true;

	stat->counters.forgotten += why == RECORD_RESOURCES;
	if (entry->list != ENTRIES_KEYS)
		return stat_tell_forget_flow(stat, entry, why, err);
	if (entries_is_counted(entry))
		told = stat_tell_one(stat, entry, why, err);
	entries_remove(&stat->entries, entry);
	return told;
}

/* What the cache has of keys that are gone is thrown away with all else, once in thousands of keys.
 */
bool stat_tell_make_room(struct stat_stage *stat, struct error *err)
{
	while (entries_is_full(&stat->entries))
		if (!stat_tell_forget(stat, entries_oldest(&stat->entries), RECORD_RESOURCES, err))
			return false;
	if (!entries_needs_reuse(&stat->entries))
		return true;
	key_cache_free(&stat->cache);
	key_cache_init(&stat->cache, &stat->config->by.spec, &stat->table);
	entries_reuse(&stat->entries);
	return true;
}

bool stat_tell_expire(struct stat_stage *stat, struct error *err)
{
	struct entry *entry;

	while ((entry = entries_silent(&stat->entries, ENTRIES_CLOSED, stat->closed_ticks))) {
		bool reset = tcp_flow_state(&entry->flow.tcp) == TCP_FLOW_RESET;

		if (!stat_tell_forget(stat, entry, reset ? RECORD_RESET : RECORD_FINISHED, err))
			return false;
	}
	while ((entry = entries_silent(&stat->entries, ENTRIES_FLOWS, stat->idle_ticks)))
		if (!stat_tell_forget(stat, entry, RECORD_IDLE, err))
			return false;
	return true;
}

bool stat_tell_interval(struct stat_stage *stat, struct error *err)
{
	for (unsigned list = 0; list < ENTRIES_LISTS; list++) {
		uint32_t index = entries_marked(&stat->entries, list);

		while (index) {
			struct entry *entry = entries_at(&stat->entries, index);

			index = entries_newer(&stat->entries, index);
			if (entries_is_counted(entry) &&
			    !stat_tell_one(stat, entry, RECORD_INTERVAL, err))
				return false;
		}
	}
	return true;
}

/* Flows stay where they are: nothing comes that could find them. */
bool stat_tell_all(struct stat_stage *stat, struct error *err)
{
	for (unsigned list = ENTRIES_FLOWS; list <= ENTRIES_CLOSED; list++) {
		uint32_t index = stat->entries.list[list].oldest;

		while (index) {
			struct entry *flow = entries_at(&stat->entries, index);

			if (!stat_tell_flow(stat, flow, RECORD_END, err))
				return false;
			index = entries_newer(&stat->entries, index);
		}
	}
	for (uint32_t i = 1; i < stat->entries.fresh; i++) {
		struct entry *key = entries_at(&stat->entries, i);

		if (key->list == ENTRIES_KEYS && entries_is_counted(key) &&
		    !stat_tell_one(stat, key, RECORD_END, err))
			return false;
	}
	return true;
}
