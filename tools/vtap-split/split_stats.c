/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"
#include "cli/cli_choice.h"
#include "split_keys.h"

#define ROW(group, field, text, loss)                                                           \
	{                                                                                       \
		STATS_##group, #field, text, offsetof(struct split_counters, field), loss, NULL \
	}

const struct stats_row split_rows[] = {
	ROW(OUTCOME, written, "written to the file of their key", false),
	ROW(OUTCOME, none, "without any key of --by, written to the file none", false),
	ROW(OUTCOME, refused, "left out: their file has another link type, or its name is taken",
	    false),
	ROW(OUTCOME, filtered, CLI_CHOICE_FILTERED, false),
	ROW(OUTCOME, out_of_time, CLI_CHOICE_OUT_OF_TIME, false),
	ROW(OUTCOME, unwritten, "not written: the run failed", false),
	ROW(DETAIL, copies, "written to a second file, too", false),
	ROW(DETAIL, late,
	    "out of order: they come after a packet with a later time (--window sorts them)",
	    false),
	ROW(DETAIL, keys, "keys", false),
	ROW(DETAIL, files, "files finished", false),
	ROW(DETAIL, unnamed,
	    "files that stay .tmp: their name is taken, or their format holds none of their "
	    "packets",
	    false),
	ROW(DETAIL, commands, "commands of -z run", false),
	ROW(DETAIL, failed, "commands of -z that failed", false),
	ROW(DETAIL, rotated, "files removed: -W keeps newer ones of their key", false),
	ROW(DETAIL, freed, "files removed: less than --min-free was free", false),
	ROW(DETAIL, packets_removed, "packets in files that were removed", false),
	ROW(DETAIL, unremoved, "files that could not be removed", false),
	{ STATS_GAUGE, "open_files", "files that packets are being written to",
	  offsetof(struct split_counters, open_files), false, NULL },
	{ STATS_GAUGE, "newest_file_age_seconds",
	  "seconds since the newest file was begun; before the first one, since the start",
	  offsetof(struct split_counters, newest_file_age), false, NULL },
	{ 0 },
};

static const struct stats_source_column columns[] = {
	{ "files", "files", "files begun", false },
	{ 0 },
};

static uint64_t split_count_keys(void *self)
{
	return ((const struct split *)self)->counters.keys;
}

static void split_each_key(void *self,
			   void (*put)(void *put_arg, const struct stats_source *source),
			   void *put_arg)
{
	const struct split *split = self;

	for (const struct split_key *key = split->first; key; key = key->next) {
		const struct split_sums sums = split_sums_of(key);
		const struct stats_source source = {
			.record = key,
			.packets = sums.packets,
			.bytes = sums.bytes,
			.more = { key->files },
		};

		put(put_arg, &source);
	}
}

static void split_key_name(void *self, const void *record, char name[STATS_SOURCE_NAME_MAX])
{
	_Static_assert(KEY_PARTS * KEY_PART_SIZE <= STATS_SOURCE_NAME_MAX, "a key fits");

	const struct split_key *key = record;

	key_text_label(split_keys_unpack(self, key->text), name);
}

static void split_key_label(void *self, const void *record, char name[STATS_SOURCE_NAME_MAX])
{
	const struct split_key *key = record;

	key_text_label(split_keys_unpack(self, key->label), name);
}

static const struct stats_source_text texts[] = {
	{ "label", "what `--names` calls the key in names of files; else its name" },
	{ "first", "time of the first packet, in UTC; absent if the key has no packets" },
	{ "last", "the latest time of a packet" },
	{ 0 },
};

static void split_key_json(void *self, const void *record, struct json *json)
{
	const struct split_key *key = record;
	const struct split_sums sums = split_sums_of(key);
	char label[STATS_SOURCE_NAME_MAX];

	split_key_label(self, record, label);
	json_string(json, "label", label, strlen(label));
	if (sums.packets == 0)
		return;
	json_time(json, "first", sums.first_ns);
	json_time(json, "last", sums.last_ns);
}

const struct stats_sources split_sources = {
	.noun = "key",
	.text = "packets that were written to the files of a key",
	.columns = columns,
	.count = split_count_keys,
	.each = split_each_key,
	.name = split_key_name,
	.label = split_key_label,
	.json = split_key_json,
	.texts = texts,
};

void split_stats(struct split *split, struct stats *stats)
{
	stats->rows = split_rows;
	stats->counters = &split->counters;
	stats->sources = &split_sources;
	stats->sources_arg = split;
}

void split_totals(struct split *split, struct stats *stats)
{
	const int64_t age_ns = clock_ns(CLOCK_MONOTONIC) - split->newest_file_ns;
	struct sink_pool_counters lost = sink_pool_counters(split->sink_pool);

	stats->out = split->counters.packets;
	stats->bytes_out = split->counters.bytes;
	for (const struct split_key *key = split->listed; key; key = key->next_listed) {
		stats->out += key->file.out ? key->file.packets : 0;
		stats->bytes_out += key->file.out ? key->file.bytes : 0;
	}
	stats->simple_enhanced = lost.simple_enhanced;
	stats->timestamps_clamped = lost.timestamps_clamped;
	stats->fcs_removed = lost.fcs_removed;
	stats->blocks_dropped = lost.blocks_dropped;
	stats->packets_lost = split->counters.lost;
	split->counters.newest_file_age = (uint64_t)(age_ns / 1000000000);
}
