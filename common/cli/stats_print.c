/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/stats_print.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/human.h"
#include "base/printable.h"
#include "cli/stats_inputs.h"
#include "io/terminal.h"

enum { NAME_SIZE = 4200 }; /* bytes; a longer name of an input is cut */

/* A line of the table: a number and what it counts, without the end of the line. */
static void print_number(FILE *to, uint64_t value, const char *text)
{
	char number[HUMAN_SIZE];

	fprintf(to, "%14s  %s", human_count(number, value), text);
}

static void print_rows(FILE *to, const struct stats_row *row, const void *counters,
		       enum stats_group group, const char *heading)
{
	for (; row->name; row++) {
		uint64_t value = stats_value(row, counters);

		if (!stats_belongs(row, group) || value == 0)
			continue;
		if (*heading)
			fprintf(to, "%s\n", heading);
		heading = "";
		print_number(to, value, row->text);
		putc('\n', to);
	}
}

static void print_error(void *arg, const char *name, uint64_t count)
{
	char number[HUMAN_SIZE];

	fprintf(arg, ", %s %s", human_count(number, count), name);
}

static void print_unsent(FILE *to, uint64_t count, const char *why)
{
	char number[HUMAN_SIZE];

	if (count > 0)
		fprintf(to, ", %s %s", human_count(number, count), why);
}

static void print_targets(FILE *to, const struct stats *stats)
{
	char bytes[HUMAN_SIZE];

	for (unsigned i = 0; i < stats->target_count; i++) {
		struct stats_target target = { 0 };

		stats->target(stats->targets_arg, i, &target);
		if (i == 0)
			fprintf(to, "  targets:\n");
		print_number(to, target.sent, target.uri);
		fprintf(to, " (%s)", human_scaled(bytes, target.bytes, "B"));
		print_unsent(to, target.failed, "failed");
		print_unsent(to, target.oversize, "oversize");
		print_unsent(to, target.rate_limited, "frames above the rate");
		if (stats->target_errors)
			stats->target_errors(stats->targets_arg, i, print_error, to);
		putc('\n', to);
	}
}

static void print_input(FILE *to, const struct input_report *input)
{
	char state[STATS_STATE_SIZE], name[NAME_SIZE];

	snprintf(name, sizeof(name), "%s", input->name);
	printable(name);
	print_number(to, input->packets, name);
	fprintf(to, ": %s\n", stats_inputs_state(input->end, state));
}

/* Inputs that are alike share a row. */
static void print_inputs_alike(FILE *to, const struct stats *stats, bool partly, const char *what)
{
	uint64_t packets = 0;
	unsigned count = 0;

	for (unsigned i = 0; i < stats->input_count; i++) {
		const struct input_report *input = &stats->inputs[i];

		if (input->end.state == CAPTURE_OK && input->partly == partly) {
			count++;
			packets += input->packets;
		}
	}
	if (count == 0)
		return;
	print_number(to, packets, "");
	fprintf(to, "%u %s: %s\n", count, count == 1 ? "input" : "inputs", what);
}

/* One input that is ok needs no row. */
static void print_inputs(FILE *to, const struct stats *stats)
{
	unsigned bad = 0;

	for (unsigned i = 0; i < stats->input_count; i++)
		bad += stats->inputs[i].end.state != CAPTURE_OK;
	if (bad == 0 && stats->input_count <= 1)
		return;
	fprintf(to, "  inputs:\n");
	for (unsigned i = 0; bad > 0 && i < stats->input_count; i++)
		if (stats->inputs[i].end.state != CAPTURE_OK)
			print_input(to, &stats->inputs[i]);
	print_inputs_alike(to, stats, true, "read in part");
	print_inputs_alike(to, stats, false, "ok");
}

/* The table of sources and the line in which the next command is typed fit on a terminal. */
static void print_sources(FILE *to, const struct stats *stats)
{
	struct terminal_size size;
	int fd = fileno(to);

	if (!stats->sources)
		return;
	terminal_ask_size(fd < 0 ? STDERR_FILENO : fd, &size);
	stats_sources_print(to, stats->sources, stats->sources_arg,
			    size.rows > 0 ? size.rows - 1 : 0);
}

static void print_totals(FILE *to, const struct stats *stats)
{
	char packets[HUMAN_SIZE], bytes[HUMAN_SIZE];

	fprintf(to, "%s: %s packet%s (%s) in, ", stats->tool, human_count(packets, stats->in),
		stats->in == 1 ? "" : "s", human_scaled(bytes, stats->bytes_in, "B"));
	fprintf(to, "%s (%s) out\n", human_count(packets, stats->out),
		human_scaled(bytes, stats->bytes_out, "B"));
}

static void print_packets(FILE *to, const struct stats *stats)
{
	print_totals(to, stats);
	print_rows(to, stats->rows, stats->counters, STATS_OUTCOME, "");
	print_rows(to, stats->rows, stats->counters, STATS_DETAIL, "  details:");
	print_rows(to, stats_common_rows, stats, STATS_DETAIL, "  files:");
}

void stats_print(const struct stats *stats, FILE *to)
{
	if (!stats->own || !stats->own->instead)
		print_packets(to, stats);
	if (stats->own)
		stats->own->table(stats->own_arg, to);
	print_inputs(to, stats);
	print_sources(to, stats);
	print_targets(to, stats);
}

/* Appends the losses that fit. What is the largest of something belongs to them and is none itself.
 * Returns the new length of the line. */
static size_t stats_print_add_losses(char *line, size_t size, size_t used,
				     const struct stats_row *row, const void *counters)
{
	for (; row->name; row++) {
		uint64_t value = row->loss ? stats_value(row, counters) : 0;
		char number[HUMAN_SIZE];
		int n;

		if (value == 0 || (row->group == STATS_LARGEST && used == 0))
			continue;
		n = snprintf(line + used, size - used, "%s%s %s", used ? ", " : "",
			     human_count(number, value), row->text);
		if (n < 0 || (size_t)n >= size - used)
			return size - 1;
		used += (size_t)n;
	}
	return used;
}

bool stats_print_losses(const struct stats *stats, char *line, size_t size)
{
	size_t used = stats_print_add_losses(line, size, 0, stats->rows, stats->counters);

	return stats_print_add_losses(line, size, used, stats_common_rows, stats) > 0;
}

void stats_print_outcomes(const struct stats *stats, FILE *to)
{
	const char *comma = "";
	char number[HUMAN_SIZE];

	for (const struct stats_row *row = stats->rows; row->name; row++) {
		uint64_t value = stats_value(row, stats->counters);

		if (row->group != STATS_OUTCOME || row->loss || value == 0)
			continue;
		fprintf(to, "%s%s %s", comma, human_count(number, value), row->text);
		comma = ", ";
	}
}

static void stats_print_rates(struct stats *stats, int64_t now_ns, FILE *to)
{
	double seconds = (double)(now_ns - stats->line.time_ns) / 1e9;
	double packets = (double)(stats->in - stats->line.in);
	double bits = (double)(stats->bytes_in - stats->line.bytes_in) * 8;
	char number[HUMAN_SIZE];

	if (stats->line.time_ns != 0 && seconds > 0) {
		human_scaled(number, (uint64_t)(packets / seconds + 0.5), "packets/s");
		fprintf(to, " (%s, ", number);
		human_scaled(number, (uint64_t)(bits / seconds + 0.5), "bit/s");
		fprintf(to, "%s)", number);
	}
	stats->line.time_ns = now_ns;
	stats->line.in = stats->in;
	stats->line.bytes_in = stats->bytes_in;
}

/* Outcomes exclude each other, so they are summed up; details do not, so each has its name. */
static void stats_print_lost(const struct stats *stats, FILE *to)
{
	uint64_t dropped = 0;
	char number[HUMAN_SIZE];

	for (const struct stats_row *row = stats->rows; row->name; row++)
		if (row->loss && row->group == STATS_OUTCOME)
			dropped += stats_value(row, stats->counters);
	fprintf(to, ", %s dropped", human_count(number, dropped));
	for (const struct stats_row *row = stats->rows; row->name; row++) {
		uint64_t value = stats_value(row, stats->counters);

		if (row->loss && row->group == STATS_DETAIL && value > 0)
			fprintf(to, ", %s %s", human_count(number, value), row->name);
	}
}

void stats_print_line(struct stats *stats, int64_t now_ns, char *line, size_t size)
{
	FILE *to = fmemopen(line, size, "w");
	char number[HUMAN_SIZE];

	line[0] = line[size - 1] = '\0';
	if (!to)
		return;
	if (stats->own && stats->own->instead) {
		stats->own->line(stats->own_arg, to);
	} else {
		fprintf(to, "%s in", human_count(number, stats->in));
		stats_print_rates(stats, now_ns, to);
		fprintf(to, ", %s out", human_count(number, stats->out));
		stats_print_lost(stats, to);
	}
	fclose(to);
	line[size - 1] = '\0';
}
