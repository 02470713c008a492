/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stats.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "json.h"
#include "output.h"

/*
 * What every tool counts beside its own rows; the offsets are those of struct stats. What a format
 * cannot carry was asked for with -F: no packet is lost by it, so it is no news without -v.
 */
static const struct stats_row common_rows[] = {
	{ STATS_DETAIL, "records_skipped", "left out: records that are no packets",
	  offsetof(struct stats, skipped), true },
	{ STATS_DETAIL, "simple_to_enhanced", "given time 0: simple packets, which have none",
	  offsetof(struct stats, simple_enhanced), false },
	{ STATS_DETAIL, "time_cut", "rounded down: times finer than the format",
	  offsetof(struct stats, time_cut), false },
	{ STATS_DETAIL, "blocks_lost", "lost: blocks that the format cannot carry",
	  offsetof(struct stats, blocks_lost), false },
	{ 0 },
};

static uint64_t value_of(const struct stats_row *row, const void *counters)
{
	uint64_t value;

	memcpy(&value, (const char *)counters + row->offset, sizeof(value));
	return value;
}

static void json_rows(struct json *json, const struct stats_row *row, const void *counters,
		      enum stats_group group)
{
	for (; row->name; row++)
		if (row->group == group)
			json_number(json, row->name, value_of(row, counters));
}

static void json_stats(struct json *json, const struct stats *stats)
{
	json_object(json, NULL);
	json_string(json, "tool", stats->tool, strlen(stats->tool));
	json_string(json, "version", VTAP_VERSION, strlen(VTAP_VERSION));
	json_bool(json, "complete", !stats->fatal);
	json_number(json, "in", stats->in);
	json_number(json, "out", stats->out);
	json_number(json, "bytes_in", stats->bytes_in);
	json_number(json, "bytes_out", stats->bytes_out);
	json_object(json, "outcomes");
	json_rows(json, stats->rows, stats->counters, STATS_OUTCOME);
	json_object_end(json);
	json_object(json, "details");
	json_rows(json, stats->rows, stats->counters, STATS_DETAIL);
	json_rows(json, common_rows, stats, STATS_DETAIL);
	json_object_end(json);
	json_array(json, "sources");
	if (stats->sources)
		stats->sources(json, stats->sources_arg);
	json_array_end(json);
	json_object_end(json);
}

static bool write_stream(FILE *to, const char *name, const char *text, size_t len,
			 struct error *err)
{
	if (fwrite(text, 1, len, to) == len && fflush(to) == 0)
		return true;
	return error_errno(err, "%s", name);
}

/* A terminal, a FIFO or a device; "-" too. */
static bool write_directly(const char *file, const char *text, size_t len, struct error *err)
{
	bool done;
	FILE *to;

	if (strcmp(file, "-") == 0)
		return write_stream(stdout, "standard output", text, len, err);
	to = fopen(file, "we");
	if (!to)
		return error_errno(err, "%s", file);
	done = write_stream(to, file, text, len, err);
	if (fclose(to) != 0 && done)
		done = error_errno(err, "%s", file);
	return done;
}

static bool write_file(const char *file, const char *text, size_t len, struct error *err)
{
	struct output output;
	bool done;

	if (!output_open(&output, file, err))
		return false;
	done = output_write(&output, text, len, err);
	return output_close(&output, done, err) && done;
}

bool stats_write(const struct stats *stats, const char *file, struct error *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *memory = open_memstream(&text, &len);
	struct json json;
	struct stat st;
	bool done;

	if (!memory)
		return error_errno(err, "%s", file);
	json_init(&json, memory);
	json_stats(&json, stats);
	putc('\n', memory);
	if (fclose(memory) != 0)
		done = error_errno(err, "%s", file);
	else if (strcmp(file, "-") == 0 || (stat(file, &st) == 0 && !S_ISREG(st.st_mode)))
		done = write_directly(file, text, len, err);
	else
		done = write_file(file, text, len, err);
	free(text);
	return done;
}

static void print_rows(FILE *to, const struct stats_row *row, const void *counters,
		       enum stats_group group, const char *heading)
{
	for (; row->name; row++) {
		uint64_t value = value_of(row, counters);

		if (row->group != group || value == 0)
			continue;
		if (*heading)
			fprintf(to, "%s\n", heading);
		heading = "";
		fprintf(to, "%14" PRIu64 "  %s\n", value, row->text);
	}
}

void stats_print(const struct stats *stats, FILE *to)
{
	fprintf(to, "%s: packets (bytes): %" PRIu64 " (%" PRIu64 ") in, ", stats->tool, stats->in,
		stats->bytes_in);
	fprintf(to, "%" PRIu64 " (%" PRIu64 ") out\n", stats->out, stats->bytes_out);
	print_rows(to, stats->rows, stats->counters, STATS_OUTCOME, "");
	print_rows(to, stats->rows, stats->counters, STATS_DETAIL, "  of these:");
	print_rows(to, common_rows, stats, STATS_DETAIL, "  files:");
	if (stats->sources_text)
		stats->sources_text(to, stats->sources_arg);
}

/* Appends what fits; returns the new length. */
static size_t add_losses(char *line, size_t size, size_t used, const struct stats_row *row,
			 const void *counters)
{
	for (; row->name; row++) {
		uint64_t value = row->loss ? value_of(row, counters) : 0;
		int n;

		if (value == 0)
			continue;
		n = snprintf(line + used, size - used, "%s%" PRIu64 " %s", used ? ", " : "", value,
			     row->text);
		if (n < 0 || (size_t)n >= size - used)
			return size - 1;
		used += (size_t)n;
	}
	return used;
}

bool stats_losses(const struct stats *stats, char *line, size_t size)
{
	size_t used = add_losses(line, size, 0, stats->rows, stats->counters);

	return add_losses(line, size, used, common_rows, stats) > 0;
}
