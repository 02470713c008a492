/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/stats_print.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "cli/stats_inputs.h"

enum { NAME_SIZE = 4200 }; /* bytes; a longer name of an input is cut */

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
		fprintf(to, "%14" PRIu64 "  %s\n", value, row->text);
	}
}

static void print_error(void *arg, const char *name, uint64_t count)
{
	fprintf(arg, ", %" PRIu64 " %s", count, name);
}

static void print_targets(FILE *to, const struct stats *stats)
{
	for (unsigned i = 0; i < stats->target_count; i++) {
		struct stats_target target = { 0 };

		stats->target(stats->targets_arg, i, &target);
		if (i == 0)
			fprintf(to, "  targets:\n");
		fprintf(to, "%14" PRIu64 "  %s (%" PRIu64 " bytes)", target.sent, target.uri,
			target.bytes);
		if (target.failed > 0)
			fprintf(to, ", %" PRIu64 " failed", target.failed);
		if (target.oversize > 0)
			fprintf(to, ", %" PRIu64 " oversize", target.oversize);
		if (target.rate_limited > 0)
			fprintf(to, ", %" PRIu64 " above the rate", target.rate_limited);
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
	fprintf(to, "%14" PRIu64 "  %s: %s\n", input->packets, name,
		stats_inputs_state(input->end, state));
}

/* Inputs that are ok share a row; if there is one only, it needs none. */
static void print_inputs(FILE *to, const struct stats *stats)
{
	uint64_t packets = 0;
	unsigned good = 0;

	for (unsigned i = 0; i < stats->input_count; i++) {
		const struct input_report *input = &stats->inputs[i];

		if (input->end.state == CAPTURE_OK) {
			good++;
			packets += input->packets;
		}
	}
	if (good == stats->input_count && good <= 1)
		return;
	fprintf(to, "  inputs:\n");
	for (unsigned i = 0; i < stats->input_count; i++)
		if (stats->inputs[i].end.state != CAPTURE_OK)
			print_input(to, &stats->inputs[i]);
	if (good > 0)
		fprintf(to, "%14" PRIu64 "  %u %s: ok\n", packets, good,
			good == 1 ? "input" : "inputs");
}

void stats_print(const struct stats *stats, FILE *to)
{
	fprintf(to, "%s: packets (bytes): %" PRIu64 " (%" PRIu64 ") in, ", stats->tool, stats->in,
		stats->bytes_in);
	fprintf(to, "%" PRIu64 " (%" PRIu64 ") out\n", stats->out, stats->bytes_out);
	print_rows(to, stats->rows, stats->counters, STATS_OUTCOME, "");
	print_rows(to, stats->rows, stats->counters, STATS_DETAIL, "  of these:");
	print_rows(to, stats_common_rows, stats, STATS_DETAIL, "  files:");
	print_inputs(to, stats);
	if (stats->sources_text)
		stats->sources_text(to, stats->sources_arg);
	print_targets(to, stats);
}

/* Appends the losses that fit. What is the largest of something belongs to them and is none itself.
 * Returns the new length of the line. */
static size_t stats_print_add_losses(char *line, size_t size, size_t used,
				     const struct stats_row *row, const void *counters)
{
	for (; row->name; row++) {
		uint64_t value = row->loss ? stats_value(row, counters) : 0;
		int n;

		if (value == 0 || (row->group == STATS_LARGEST && used == 0))
			continue;
		n = snprintf(line + used, size - used, "%s%" PRIu64 " %s", used ? ", " : "", value,
			     row->text);
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

	for (const struct stats_row *row = stats->rows; row->name; row++) {
		uint64_t value = stats_value(row, stats->counters);

		if (row->group != STATS_OUTCOME || row->loss || value == 0)
			continue;
		fprintf(to, "%s%" PRIu64 " %s", comma, value, row->text);
		comma = ", ";
	}
}

/* 1234567 as "1.23 M". */
static void stats_print_scaled(double value, char *text, size_t size)
{
	static const char *const units[] = { "", "k", "M", "G", "T" };
	unsigned unit = 0;

	while (value >= 999.5 && unit < 4) {
		value /= 1000;
		unit++;
	}
	snprintf(text, size, "%.3g %s", value, units[unit]);
}

static void stats_print_rates(struct stats *stats, int64_t now_ns, FILE *to)
{
	double seconds = (double)(now_ns - stats->line.time_ns) / 1e9;
	char packets[32], bits[32];

	if (stats->line.time_ns != 0 && seconds > 0) {
		stats_print_scaled((double)(stats->in - stats->line.in) / seconds, packets,
				   sizeof(packets));
		stats_print_scaled((double)(stats->bytes_in - stats->line.bytes_in) * 8 / seconds,
				   bits, sizeof(bits));
		fprintf(to, " (%spackets/s, %sbit/s)", packets, bits);
	}
	stats->line.time_ns = now_ns;
	stats->line.in = stats->in;
	stats->line.bytes_in = stats->bytes_in;
}

/* Outcomes exclude each other, so they are summed up; details do not, so each has its name. */
static void stats_print_lost(const struct stats *stats, FILE *to)
{
	uint64_t dropped = 0;

	for (const struct stats_row *row = stats->rows; row->name; row++)
		if (row->loss && row->group == STATS_OUTCOME)
			dropped += stats_value(row, stats->counters);
	fprintf(to, ", %" PRIu64 " dropped", dropped);
	for (const struct stats_row *row = stats->rows; row->name; row++) {
		uint64_t value = stats_value(row, stats->counters);

		if (row->loss && row->group == STATS_DETAIL && value > 0)
			fprintf(to, ", %" PRIu64 " %s", value, row->name);
	}
}

void stats_print_line(struct stats *stats, int64_t now_ns, char *line, size_t size)
{
	FILE *to = fmemopen(line, size, "w");

	line[0] = line[size - 1] = '\0';
	if (!to)
		return;
	fprintf(to, "%" PRIu64 " in", stats->in);
	stats_print_rates(stats, now_ns, to);
	fprintf(to, ", %" PRIu64 " out", stats->out);
	stats_print_lost(stats, to);
	fclose(to);
	line[size - 1] = '\0';
}
