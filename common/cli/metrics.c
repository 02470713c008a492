/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/metrics.h"

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"
#include "io/atomic_file.h"

enum { URI_MAX = 512 };

struct metrics_writer {
	const struct stats *stats;
	const struct metrics_label *own;
	FILE *to;
	bool labelled;	     /* the sample being written has a label already */
	char label[URI_MAX]; /* name of the target whose errors are written */
	bool errors_begun, interfaces_begun;
};

/* Names are [a-zA-Z_][a-zA-Z0-9_]*: vtap-tap becomes vtap_tap. */
static void put_name(const struct metrics_writer *metrics, const char *name, const char *unit)
{
	for (const char *c = metrics->stats->tool; *c; c++)
		putc(*c == '-' ? '_' : *c, metrics->to);
	fprintf(metrics->to, "_%s%s", name, unit);
}

/* Values of labels are UTF-8 with \\, \" and \n, texts of HELP with \\ and \n. */
static void put_escaped(FILE *to, const char *text, bool quotes)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t left = strlen(text);

	while (left > 0) {
		size_t len = utf8_len(bytes, left);

		if (*bytes == '\n')
			fputs("\\n", to);
		else if (*bytes == '\\' || (quotes && *bytes == '"'))
			fprintf(to, "\\%c", *bytes);
		else if (len > 0)
			fwrite(bytes, 1, len, to);
		else
			fputs("\xef\xbf\xbd", to); /* U+FFFD */
		bytes += len ? len : 1;
		left -= len ? len : 1;
	}
}

static void put_family(const struct metrics_writer *metrics, const char *name, const char *unit,
		       const char *type, const char *help)
{
	fputs("# HELP ", metrics->to);
	put_name(metrics, name, unit);
	putc(' ', metrics->to);
	put_escaped(metrics->to, help, false);
	fputs("\n# TYPE ", metrics->to);
	put_name(metrics, name, unit);
	fprintf(metrics->to, " %s\n", type);
}

static void put_label(struct metrics_writer *metrics, const char *label, const char *value)
{
	fprintf(metrics->to, "%c%s=\"", metrics->labelled ? ',' : '{', label);
	put_escaped(metrics->to, value, true);
	putc('"', metrics->to);
	metrics->labelled = true;
}

/* Begins a sample; further labels and its value come next. */
static void begin_sample(struct metrics_writer *metrics, const char *name, const char *unit)
{
	put_name(metrics, name, unit);
	metrics->labelled = false;
	if (metrics->own->name)
		put_label(metrics, metrics->own->name, metrics->own->value);
}

static void put_value(const struct metrics_writer *metrics, uint64_t value)
{
	fprintf(metrics->to, "%s %" PRIu64 "\n", metrics->labelled ? "}" : "", value);
}

static void put_total(struct metrics_writer *metrics, const char *name, const char *help,
		      uint64_t value)
{
	put_family(metrics, name, "_total", "counter", help);
	begin_sample(metrics, name, "_total");
	put_value(metrics, value);
}

static void put_gauge(struct metrics_writer *metrics, const char *name, const char *unit,
		      const char *help, uint64_t value)
{
	put_family(metrics, name, unit, "gauge", help);
	begin_sample(metrics, name, unit);
	put_value(metrics, value);
}

static void put_build(struct metrics_writer *metrics)
{
	put_family(metrics, "build_info", "", "gauge", "always 1; the version is a label");
	begin_sample(metrics, "build_info", "");
	put_label(metrics, "version", VTAP_VERSION);
	put_value(metrics, 1);
}

static void put_outcomes(struct metrics_writer *metrics)
{
	const struct stats *stats = metrics->stats;

	put_family(metrics, "packets", "_total", "counter", METRICS_PACKETS_HELP);
	for (const struct stats_row *row = stats->rows; row->name; row++) {
		if (row->group != STATS_OUTCOME)
			continue;
		begin_sample(metrics, "packets", "_total");
		put_label(metrics, "outcome", row->name);
		put_value(metrics, stats_value(row, stats->counters));
	}
}

static void put_details(struct metrics_writer *metrics, const struct stats_row *row,
			const void *counters)
{
	for (; row->name; row++) {
		uint64_t value = stats_value(row, counters);

		switch (row->group) {
		case STATS_DETAIL:
			put_total(metrics, stats_metric(row), row->text, value);
			break;
		case STATS_LARGEST:
			put_gauge(metrics, row->name, "_bytes", row->text, value);
			break;
		case STATS_GAUGE:
			put_gauge(metrics, row->name, "", row->text, value);
			break;
		case STATS_OUTCOME:
			break;
		}
	}
}

/*
 * A collector refuses a file in which two samples have equal labels: the second of two targets with
 * one URI gets its number appended.
 */
static void metrics_fetch_target(const struct stats *stats, unsigned i, struct stats_target *target,
				 char label[URI_MAX])
{
	struct stats_target other = { 0 };
	bool again = false;

	*target = (struct stats_target){ 0 };
	stats->target(stats->targets_arg, i, target);
	for (unsigned k = 0; k < i && !again; k++) {
		stats->target(stats->targets_arg, k, &other);
		again = strcmp(other.uri, target->uri) == 0;
	}
	if (again)
		snprintf(label, URI_MAX, "%.*s #%u", URI_MAX - 16, target->uri, i + 1);
	else
		snprintf(label, URI_MAX, "%.*s", URI_MAX - 16, target->uri);
}

static void put_targets(struct metrics_writer *metrics, const struct stats_field *field)
{
	struct stats_target target;
	char label[URI_MAX];

	put_family(metrics, field->metric, "_total", "counter", field->text);
	for (unsigned i = 0; i < metrics->stats->target_count; i++) {
		metrics_fetch_target(metrics->stats, i, &target, label);
		begin_sample(metrics, field->metric, "_total");
		put_label(metrics, "target", label);
		put_value(metrics, stats_field_value(field, &target));
	}
}

static void put_error(void *arg, const char *name, uint64_t count)
{
	struct metrics_writer *metrics = arg;

	if (!metrics->errors_begun)
		put_family(metrics, "target_errors", "_total", "counter",
			   "errors of the system on the way to a target");
	metrics->errors_begun = true;
	begin_sample(metrics, "target_errors", "_total");
	put_label(metrics, "target", metrics->label);
	put_label(metrics, "error", name);
	put_value(metrics, count);
}

static void put_errors(struct metrics_writer *metrics)
{
	const struct stats *stats = metrics->stats;
	struct stats_target target;

	for (unsigned i = 0; i < stats->target_count && stats->target_errors; i++) {
		metrics_fetch_target(stats, i, &target, metrics->label);
		stats->target_errors(stats->targets_arg, i, put_error, metrics);
	}
}

static void put_interface(void *arg, const char *name, bool up)
{
	struct metrics_writer *metrics = arg;

	if (!metrics->interfaces_begun)
		put_family(metrics, "interface_up", "", "gauge",
			   "1 if packets are captured from an interface, 0 if it is away or down");
	metrics->interfaces_begun = true;
	begin_sample(metrics, "interface_up", "");
	put_label(metrics, "interface", name);
	put_value(metrics, up);
}

static void put_sources(struct metrics_writer *metrics)
{
	const struct stats *stats = metrics->stats;

	if (stats->sources && stats->sources->count)
		put_gauge(metrics, "sources", "", "sources that are told apart at this moment",
			  stats->sources->count(stats->sources_arg));
}

void metrics_family(struct metrics_writer *metrics, const char *name, const char *type,
		    const char *help)
{
	put_family(metrics, name, "", type, help);
}

void metrics_sample(struct metrics_writer *metrics, const char *name, const char *label,
		    const char *label_value, uint64_t value)
{
	begin_sample(metrics, name, "");
	if (label)
		put_label(metrics, label, label_value);
	put_value(metrics, value);
}

void metrics_gauge(struct metrics_writer *metrics, const char *name, const char *help,
		   uint64_t value)
{
	put_gauge(metrics, name, "", help, value);
}

static void put_packets(struct metrics_writer *metrics)
{
	const struct stats *stats = metrics->stats;

	for (const struct stats_field *field = stats_totals; field->name; field++)
		put_total(metrics, field->metric, field->text, stats_field_value(field, stats));
	put_outcomes(metrics);
	put_details(metrics, stats->rows, stats->counters);
	put_details(metrics, stats_common_rows, stats);
	put_sources(metrics);
}

bool metrics_write(const struct stats *stats, const struct metrics_label *label, const char *file,
		   struct error *err)
{
	struct metrics_writer metrics = { .stats = stats, .own = label };
	struct atomic_file atomic_file;

	if (!atomic_file_open(&atomic_file, file, err))
		return false;
	metrics.to = atomic_file.to;
	put_build(&metrics);
	if (!stats->own || !stats->own->instead)
		put_packets(&metrics);
	if (stats->own && stats->own->metrics)
		stats->own->metrics(stats->own_arg, &metrics);
	for (const struct stats_field *field = stats_target_fields;
	     field->name && stats->target_count > 0; field++)
		put_targets(&metrics, field);
	put_errors(&metrics);
	if (stats->interfaces)
		stats->interfaces(stats->interfaces_arg, put_interface, &metrics);
	return atomic_file_commit(&atomic_file, err);
}
