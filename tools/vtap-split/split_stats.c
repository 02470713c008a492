/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "base/json.h"
#include "base/printable.h"
#include "split_keys.h"

#define ROW(group, field, text, loss)                                                     \
	{                                                                                 \
		STATS_##group, #field, text, offsetof(struct split_counters, field), loss \
	}

static const struct stats_row rows[] = {
	ROW(OUTCOME, written, "written to the file of their key", false),
	ROW(OUTCOME, none, "without any key of --by, written to the file none", false),
	ROW(OUTCOME, refused, "left out: their file has another link type, or its name is taken",
	    false),
	ROW(OUTCOME, unwritten, "not written: the run failed", false),
	ROW(DETAIL, copies, "written to a second file, too", false),
	ROW(DETAIL, late, "out of order: they come after a packet with a later time", false),
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
	{ 0 },
};

static void split_write_sources(struct json *json, void *self)
{
	char label[KEY_PARTS * KEY_PART_SIZE];
	struct split *split = self;

	for (struct split_key *key = split->first; key; key = key->next) {
		struct split_sums sums = split_sums_of(key);

		json_object(json, NULL);
		json_string(json, "name", label,
			    template_label(split_keys_unpack(split, key->text), label));
		json_string(json, "label", label,
			    template_label(split_keys_unpack(split, key->label), label));
		json_number(json, "packets", sums.packets);
		json_number(json, "bytes", sums.bytes);
		json_number(json, "files", key->files);
		if (sums.packets > 0) {
			json_time(json, "first", sums.first_ns);
			json_time(json, "last", sums.last_ns);
		}
		json_object_end(json);
	}
}

static void split_print_sources(FILE *to, void *self)
{
	char label[KEY_PARTS * KEY_PART_SIZE];
	struct split *split = self;

	for (struct split_key *key = split->first; key; key = key->next) {
		template_label(split_keys_unpack(split, key->label), label);
		printable(label);
		fprintf(to, "  %s: %" PRIu64 " packets, %" PRIu64 " bytes\n", label,
			key->ended.packets, key->ended.bytes);
	}
}

void split_stats(struct split *split, struct stats *stats)
{
	stats->rows = rows;
	stats->counters = &split->counters;
	stats->sources = split_write_sources;
	stats->sources_text = split_print_sources;
	stats->sources_arg = split;
}

void split_totals(const struct split *split, struct stats *stats)
{
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
}
