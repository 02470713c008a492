/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a line of --stats-interval and the file of --metrics are due; tests/cli/metrics.t reads
 * both. */
#include "cli/tool_interval.h"

#include "base/clock.h"
#include "lib/tap.h"

#define MS INT64_C(1000000)
#define S  (1000 * MS)

static const struct metrics_label no_label;

static void ticks(void)
{
	struct cli_common common = { 0 };

	is_u64((uint64_t)tool_interval_tick_ns(&common, S), 0, "no option: no ticks");
	common.metrics = "x";
	is_u64((uint64_t)tool_interval_tick_ns(&common, S), 1 * S, "--metrics: a part of 5 s");
	is_u64((uint64_t)tool_interval_tick_ns(&common, 250 * MS), 250 * MS, "... or smaller ones");
	common.stats_interval_ns = 1500 * MS;
	is_u64((uint64_t)tool_interval_tick_ns(&common, S), 750 * MS, "1.5 s: two ticks");
	common.stats_interval_ns = 20 * MS;
	is_u64((uint64_t)tool_interval_tick_ns(&common, S), 20 * MS, "20 ms: each tick");
}

static void due(void)
{
	struct cli_common common = { .metrics = "/tmp/a/pod7.prom", .stats_interval_ns = 3600 * S };
	struct stats stats = { .tool = "vtap-x" };
	struct tool_interval interval;

	tool_interval_open(&interval, &common, &stats, &no_label);
	ok(tool_interval_is_due(&interval), "the file is due at once");
	is_str(interval.label.name, "run", "its label");
	is_str(interval.label.value, "pod7", "... is the name of the file");
	ok(interval.line_ns - clock_ns(CLOCK_MONOTONIC) > 3599 * S, "the line in an hour");
	common.quiet = true;
	tool_interval_open(&interval, &common, &stats, &no_label);
	ok(interval.line_ns == INT64_MAX, "-q: never");
	common.metrics = NULL;
	tool_interval_open(&interval, &common, &stats, &no_label);
	ok(!tool_interval_is_due(&interval), "... and nothing without a file");
}

static void labels(void)
{
	static const struct {
		const char *file, *value;
	} rows[] = { { "a.prom", "a" },	   { "/x.prom/a", "a" },	  { ".prom", ".prom" },
		     { "a.b", "a.b" },	   { "x/a.prom.prom", "a.prom" }, { "-", NULL },
		     { "/dev/fd/2", NULL } };
	struct cli_common common = { 0 };
	struct stats stats = { .tool = "vtap-x" };
	struct tool_interval interval;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		common.metrics = rows[i].file;
		tool_interval_open(&interval, &common, &stats, &no_label);
		if (rows[i].value)
			is_str(interval.label.value, rows[i].value, rows[i].file);
		else
			ok(!interval.label.name, "%s: no label", rows[i].file);
	}
	tool_interval_open(&interval, &common, &stats, &(struct metrics_label){ "tap", "eth0" });
	is_str(interval.label.value, "eth0", "a tool's own label stays");
}

int main(void)
{
	ticks();
	due();
	labels();
	return tap_done();
}
