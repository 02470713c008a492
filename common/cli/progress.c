/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "cli/status_line.h"
#include "io/interrupt.h"

/*
 * Of two tools of a pipeline that would draw, the one that reads a file shall, as it knows the end:
 * the other one begins a little later, and finds the terminal taken.
 */
enum { INTERVAL_NS = 500000000, FIRST_NS = 1000000000, FIRST_LIVE_NS = 1250000000 };

enum { FIELDS_MAX = 6, FIELD_SIZE = 48 + HUMAN_SIZE };

static const double RATE_MAX = 1e18;
static const double LEFT_MAX_S = 100 * 86400.0; /* what would take longer stands still */

/* Parts of the line, in their order, each with two spaces in front. */
struct fields {
	unsigned count;
	struct field {
		unsigned rank; /* the highest is left out first */
		char text[FIELD_SIZE];
	} field[FIELDS_MAX];
};

static void add_field(struct fields *fields, unsigned rank, const char *before, const char *text)
{
	struct field *field = &fields->field[fields->count++];

	field->rank = rank;
	snprintf(field->text, sizeof(field->text), "%s%s", before, text);
}

static void add_scaled(struct fields *fields, unsigned rank, uint64_t value, const char *unit)
{
	char text[HUMAN_SIZE];

	add_field(fields, rank, "  ", human_scaled(text, value, unit));
}

static void add_rate(struct fields *fields, unsigned rank, double per_s, const char *unit)
{
	add_scaled(fields, rank, per_s < RATE_MAX ? (uint64_t)per_s : (uint64_t)RATE_MAX, unit);
}

static void add_known_end(struct fields *fields, const struct progress_figures *figures)
{
	char text[HUMAN_SIZE];

	snprintf(text, sizeof(text), "%3u%%", (unsigned)(100 * figures->part));
	add_field(fields, 0, " ", text);
	add_field(fields, 3, "  ", human_part(text, figures->done, figures->total, "B"));
	add_scaled(fields, 5, figures->packets, "pkt");
	add_rate(fields, 4, figures->bytes_per_s, "B/s");
	if (figures->left_s >= 0 && figures->left_s < LEFT_MAX_S)
		add_field(fields, 2, "  eta ",
			  human_duration(text, (uint64_t)(figures->left_s + 0.5)));
}

static void add_open_end(struct fields *fields, const struct progress_figures *figures)
{
	char text[HUMAN_SIZE], named[HUMAN_SIZE + 24];

	add_scaled(fields, 0, figures->packets, "pkt");
	add_rate(fields, 3, figures->packets_per_s, "pkt/s");
	add_rate(fields, 5, 8 * figures->bytes_per_s, "bit/s");
	snprintf(named, sizeof(named), "%s dropped", human_count(text, figures->dropped));
	add_field(fields, 2, "  ", named);
	if (!figures->sources_noun)
		return;
	snprintf(named, sizeof(named), "%s %s%s", human_count(text, figures->sources),
		 figures->sources_noun, figures->sources == 1 ? "" : "s");
	add_field(fields, 4, "  ", named);
}

static size_t fields_len(const struct fields *fields)
{
	size_t len = 0;

	for (unsigned i = 0; i < fields->count; i++)
		len += strlen(fields->field[i].text);
	return len;
}

static void drop_last_rank(struct fields *fields)
{
	unsigned last = 0;

	for (unsigned i = 1; i < fields->count; i++)
		if (fields->field[i].rank > fields->field[last].rank)
			last = i;
	fields->count--;
	memmove(&fields->field[last], &fields->field[last + 1],
		(fields->count - last) * sizeof(fields->field[0]));
}

/* What stands in front is the name, or spaces if it was left out. */
void progress_print(const struct progress_figures *figures, unsigned room, char text[PROGRESS_SIZE])
{
	struct fields fields = { 0 };
	size_t used = 0;

	add_field(&fields, 1, "", figures->name);
	(figures->has_end ? add_known_end : add_open_end)(&fields, figures);
	while (fields.count > 0 && fields_len(&fields) > room)
		drop_last_rank(&fields);
	text[0] = '\0';
	for (unsigned i = 0; i < fields.count; i++) {
		const char *field = fields.field[i].text;

		field += i == 0 ? strspn(field, " ") : 0;
		used += (size_t)snprintf(text + used, PROGRESS_SIZE - used, "%s", field);
	}
}

void progress_open(struct progress *progress, const char *tool, const struct cli_common *common,
		   const struct inputs *inputs)
{
	bool reads_file = inputs && inputs_have_regular(inputs);

	progress->common = common;
	progress->tool = tool;
	progress->has_end = reads_file && inputs_are_regular(inputs);
	progress->due_ns =
		clock_ns(CLOCK_MONOTONIC) + (reads_file ? (int64_t)FIRST_NS : FIRST_LIVE_NS);
	progress->on = status_line_open() && !common->quiet && (reads_file || common->verbose) &&
		       interrupt_draw(0, 0);
}

void progress_start(struct progress *progress)
{
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC), left_ns = progress->due_ns - now_ns;

	if (!progress->on)
		return;
	progress->sample[0] = (struct progress_sample){ .time_ns = now_ns };
	progress->samples = 1;
	interrupt_draw(left_ns > 0 ? left_ns : 1, INTERVAL_NS);
}

/* A run that ends by -c is as far as its packets are, if that is further. */
static double part_of(const struct progress *progress, const struct pipeline *pipeline,
		      const struct source_progress *bytes)
{
	uint64_t limit = pipeline->limit;
	double read = bytes->total > 0 ? (double)bytes->done / (double)bytes->total : 0;
	double counted = limit > 0 ? (double)pipeline->in / (double)limit : 0;
	double part = read > counted ? read : counted;

	if (!progress->has_end)
		return 0;
	return part < 1 ? part : 1;
}

/* A terminal whose size changes may ask for many draws, which must not make the time of all samples
 * short. */
static void add_sample(struct progress *progress, const struct progress_sample *sample)
{
	const struct progress_sample *last = &progress->sample[progress->samples - 1];

	if (sample->time_ns - last->time_ns < INTERVAL_NS / 2)
		return;
	if (progress->samples == PROGRESS_SAMPLES)
		memmove(&progress->sample[0], &progress->sample[1],
			--progress->samples * sizeof(*sample));
	progress->sample[progress->samples++] = *sample;
}

/* The rates of the last seconds: after a pause (control-Z) those of the whole run would be wrong
 * for as long as the pause was. */
static void set_rates(const struct progress_sample *old, const struct progress_sample *now,
		      struct progress_figures *figures)
{
	double seconds = (double)(now->time_ns - old->time_ns) / 1e9;

	figures->left_s = -1;
	if (seconds <= 0)
		return;
	figures->packets_per_s = (double)(now->packets - old->packets) / seconds;
	figures->bytes_per_s = (double)(now->bytes - old->bytes) / seconds;
	if (now->part > old->part)
		figures->left_s = (1 - now->part) / (now->part - old->part) * seconds;
}

static void set_counts(struct progress_figures *figures, const struct stats *stats)
{
	figures->dropped = stats->not_received;
	for (const struct stats_row *row = stats->rows; row->name; row++)
		if (row->loss && row->group == STATS_OUTCOME)
			figures->dropped += stats_value(row, stats->counters);
	if (!stats->sources)
		return;
	figures->sources_noun = stats->sources->noun;
	figures->sources = stats->sources->count(stats->sources_arg);
}

static const char *short_name(const char *tool)
{
	static const char prefix[] = "vtap-";

	return strncmp(tool, prefix, strlen(prefix)) == 0 ? tool + strlen(prefix) : tool;
}

void progress_draw(struct progress *progress, const struct pipeline *pipeline,
		   const struct stats *stats)
{
	struct source_progress bytes = { 0 };
	struct progress_sample sample = { .time_ns = clock_ns(CLOCK_MONOTONIC) };
	struct progress_figures figures = { .name = short_name(progress->tool) };
	char text[PROGRESS_SIZE];
	unsigned room;

	if (!progress->on || sample.time_ns < progress->due_ns)
		return;
	source_progress(pipeline->source, &bytes);
	figures.has_end = progress->has_end && bytes.total > 0;
	sample.part = part_of(progress, pipeline, &bytes);
	sample.packets = pipeline->in;
	sample.bytes = figures.has_end ? bytes.done : pipeline->bytes_in;
	add_sample(progress, &sample);
	room = status_line_room();
	if (room == 0)
		return;
	figures.part = sample.part;
	figures.done = bytes.done;
	figures.total = bytes.total;
	figures.packets = sample.packets;
	set_rates(&progress->sample[0], &sample, &figures);
	set_counts(&figures, stats);
	progress_print(&figures, room, text);
	status_line_draw(text);
}

void progress_end(struct progress *progress)
{
	if (progress->on)
		interrupt_draw(0, 0);
	progress->on = false;
	status_line_close();
}
