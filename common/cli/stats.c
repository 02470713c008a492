/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/stats.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli/stats_inputs.h"
#include "io/atomic_file.h"

/*
 * Blocks and times that a format cannot hold are no loss: the user chose the format with -F, and no
 * packet is lost.
 */
const struct stats_row stats_common_rows[] = {
	{ STATS_DETAIL, "records_skipped", "records left out: they hold no packet",
	  offsetof(struct stats, skipped), true, NULL },
	{ STATS_DETAIL, "gso_split", "UDP GSO packets split into their datagrams (UDP_SEGMENT)",
	  offsetof(struct stats, gso_split), false, NULL },
	{ STATS_DETAIL, "simple_to_enhanced", "packets given time 0: simple blocks have none",
	  offsetof(struct stats, simple_enhanced), false, NULL },
	{ STATS_DETAIL, "timestamps_clamped",
	  "times rounded or clamped to what the format can hold",
	  offsetof(struct stats, timestamps_clamped), false, NULL },
	{ STATS_DETAIL, "fcs_removed", "frame check sequences taken off: what is written has none",
	  offsetof(struct stats, fcs_removed), false, NULL },
	{ STATS_DETAIL, "blocks_dropped",
	  "blocks dropped: the format cannot hold them, or there are too many",
	  offsetof(struct stats, blocks_dropped), false, NULL },
	{ STATS_DETAIL, "packets_lost", "lost: another file has taken the place of theirs",
	  offsetof(struct stats, packets_lost), true, NULL },
	{ 0 },
};

const struct stats_field stats_totals[] = {
	{ "in", "in_packets", "packets in, read or received: the sum of all outcomes",
	  offsetof(struct stats, in) },
	{ "out", "out_packets", "packets out", offsetof(struct stats, out) },
	{ "bytes_in", "in_bytes", "bytes in, as captured", offsetof(struct stats, bytes_in) },
	{ "bytes_out", "out_bytes", "bytes out", offsetof(struct stats, bytes_out) },
	{ 0 },
};

const struct stats_field stats_target_fields[] = {
	{ "sent", "target_sent_packets", "packets sent to a target",
	  offsetof(struct stats_target, sent) },
	{ "bytes", "target_sent_bytes", "bytes sent to a target",
	  offsetof(struct stats_target, bytes) },
	{ "failed", "target_failed_packets", "packets that could not be sent to a target",
	  offsetof(struct stats_target, failed) },
	{ "oversize", "target_oversize_packets", "packets that did not fit the way to a target",
	  offsetof(struct stats_target, oversize) },
	{ "rate_limited", "target_rate_limited_packets", "packets above the rate of a target",
	  offsetof(struct stats_target, rate_limited) },
	{ 0 },
};

static uint64_t stats_at(const void *of, size_t offset)
{
	uint64_t value;

	memcpy(&value, (const char *)of + offset, sizeof(value));
	return value;
}

uint64_t stats_field_value(const struct stats_field *field, const void *of)
{
	return stats_at(of, field->offset);
}

uint64_t stats_value(const struct stats_row *row, const void *counters)
{
	return stats_at(counters, row->offset);
}

uint64_t stats_outcomes(const struct stats *stats)
{
	uint64_t sum = 0;

	for (const struct stats_row *row = stats->rows; row->name; row++)
		if (row->group == STATS_OUTCOME)
			sum += stats_value(row, stats->counters);
	return sum;
}

const char *stats_metric(const struct stats_row *row)
{
	return row->metric ? row->metric : row->name;
}

bool stats_belongs(const struct stats_row *row, enum stats_group group)
{
	return row->group == group || (group == STATS_DETAIL && row->group == STATS_LARGEST);
}

static void json_rows(struct json *json, const struct stats_row *row, const void *counters,
		      enum stats_group group)
{
	for (; row->name; row++)
		if (stats_belongs(row, group))
			json_number(json, row->name, stats_value(row, counters));
}

static void json_fields(struct json *json, const struct stats_field *field, const void *of)
{
	for (; field->name; field++)
		json_number(json, field->name, stats_field_value(field, of));
}

static void json_error(void *arg, const char *name, uint64_t count)
{
	json_number(arg, name, count);
}

static void json_targets(struct json *json, const struct stats *stats)
{
	json_array(json, "targets");
	for (unsigned i = 0; i < stats->target_count; i++) {
		struct stats_target target = { 0 };

		stats->target(stats->targets_arg, i, &target);
		json_object(json, NULL);
		json_string(json, "uri", target.uri, strlen(target.uri));
		json_fields(json, stats_target_fields, &target);
		json_object(json, "errors");
		if (stats->target_errors)
			stats->target_errors(stats->targets_arg, i, json_error, json);
		json_object_end(json);
		json_object_end(json);
	}
	json_array_end(json);
}

static bool stats_is_complete(const struct stats *stats)
{
	return !stats->running && !stats->fatal && !stats->input_failed && !stats->refused;
}

/* Totals, outcomes and details. */
static void json_packets(struct json *json, const struct stats *stats)
{
	json_fields(json, stats_totals, stats);
	json_object(json, "outcomes");
	json_rows(json, stats->rows, stats->counters, STATS_OUTCOME);
	json_object_end(json);
	json_object(json, "details");
	json_rows(json, stats->rows, stats->counters, STATS_DETAIL);
	json_rows(json, stats_common_rows, stats, STATS_DETAIL);
	json_object_end(json);
}

static void json_stats(struct json *json, const struct stats *stats)
{
	json_object(json, NULL);
	json_number(json, "schema_version", STATS_SCHEMA_VERSION);
	json_string(json, "tool", stats->tool, strlen(stats->tool));
	json_string(json, "version", VTAP_VERSION, strlen(VTAP_VERSION));
	json_bool(json, "complete", stats_is_complete(stats));
	if (!stats->own || !stats->own->instead)
		json_packets(json, stats);
	if (stats->own)
		stats->own->json(stats->own_arg, json);
	stats_inputs_json(json, stats);
	if (stats->sources) {
		json_array(json, "sources");
		stats_sources_json(json, stats->sources, stats->sources_arg);
		json_array_end(json);
	}
	if (stats->target_count > 0)
		json_targets(json, stats);
	json_object_end(json);
}

void stats_report(const struct stats *stats, FILE *to)
{
	char *text = NULL;
	size_t len = 0;
	FILE *memory = open_memstream(&text, &len);
	struct json json;

	if (!memory)
		return;
	json_init(&json, memory);
	json_stats(&json, stats);
	putc('\n', memory);
	if (fclose(memory) == 0)
		fwrite(text, 1, len, to);
	free(text);
}

bool stats_write(const struct stats *stats, const char *file, struct error *err)
{
	struct atomic_file atomic_file;
	struct json json;

	if (!atomic_file_open(&atomic_file, file, err))
		return false;
	json_init(&json, atomic_file.to);
	json_stats(&json, stats);
	putc('\n', atomic_file.to);
	return atomic_file_commit(&atomic_file, err);
}
