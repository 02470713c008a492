/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/tool_interval.h"

#include <string.h>

#include "base/clock.h"
#include "capture/sink.h"
#include "cli/stats_print.h"
#include "cli/tool.h"
#include "io/fd_name.h"

/* Prometheus reads the file every 15 seconds or so. */
#define METRICS_NS INT64_C(5000000000)

enum { LINE_SIZE = 512 };

int64_t tool_interval_tick_ns(const struct cli_common *common, int64_t longest_ns)
{
	int64_t ns = common->stats_interval_ns;
	int64_t parts;

	if (ns == 0 && common->metrics)
		ns = METRICS_NS;
	parts = (ns + longest_ns - 1) / longest_ns;
	return parts > 0 ? ns / parts : 0;
}

/* A file that another process collects has a name that no other file of its folder has. */
static void tool_interval_name_run(struct tool_interval *interval)
{
	static const char ending[] = ".prom";
	const char *file = interval->common->metrics, *slash = strrchr(file, '/');
	size_t len;

	if (strcmp(file, "-") == 0 || fd_name_lookup(file) >= 0)
		return;
	snprintf(interval->name, sizeof(interval->name), "%s", slash ? slash + 1 : file);
	len = strlen(interval->name);
	if (len >= sizeof(ending) && strcmp(interval->name + len - strlen(ending), ending) == 0)
		interval->name[len - strlen(ending)] = '\0';
	interval->label = (struct metrics_label){ "run", interval->name };
}

void tool_interval_open(struct tool_interval *interval, const struct cli_common *common,
			struct stats *stats, const struct metrics_label *label)
{
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC);

	*interval = (struct tool_interval){ .common = common,
					    .stats = stats,
					    .label = *label,
					    .line_ns = INT64_MAX,
					    .file_ns = INT64_MAX };
	if (common->metrics && !label->name)
		tool_interval_name_run(interval);
	if (common->metrics)
		interval->file_ns = now_ns;
	if (common->stats_interval_ns && !common->quiet)
		interval->line_ns = now_ns + common->stats_interval_ns;
	stats->line.time_ns = now_ns;
}

bool tool_interval_is_due(const struct tool_interval *interval)
{
	int64_t now_ns;

	if (interval->line_ns == INT64_MAX && interval->file_ns == INT64_MAX)
		return false;
	now_ns = clock_ns(CLOCK_MONOTONIC);
	return now_ns >= interval->line_ns || now_ns >= interval->file_ns;
}

/* Returns true, and sets the next time, if *due_ns has passed. Times that were missed are left
 * out. */
static bool tool_interval_take(int64_t *due_ns, int64_t every_ns, int64_t now_ns)
{
	if (now_ns < *due_ns)
		return false;
	*due_ns += (now_ns - *due_ns) / every_ns * every_ns + every_ns;
	return true;
}

static bool tool_interval_write_metrics(struct tool_interval *interval)
{
	const struct stats *stats = interval->stats;
	struct error err = { 0 };

	if (metrics_write(stats, &interval->label, interval->common->metrics, &err))
		return true;
	if (sink_gone(&err))
		return true;
	if (!interval->told)
		tool_fail(stats->tool, &err);
	interval->told = true;
	return false;
}

static void tool_interval_say(struct tool_interval *interval, int64_t now_ns)
{
	char line[LINE_SIZE];

	stats_print_line(interval->stats, now_ns, line, sizeof(line));
	tool_say(interval->stats->tool, "%s", line);
}

void tool_interval_tick(struct tool_interval *interval)
{
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC), every_ns = interval->common->stats_interval_ns;

	if (tool_interval_take(&interval->line_ns, every_ns, now_ns))
		tool_interval_say(interval, now_ns);
	if (every_ns == 0 || every_ns > METRICS_NS)
		every_ns = METRICS_NS;
	if (tool_interval_take(&interval->file_ns, every_ns, now_ns))
		tool_interval_write_metrics(interval);
}

bool tool_interval_end(struct tool_interval *interval)
{
	if (interval->live && interval->line_ns != INT64_MAX && !interval->common->verbose &&
	    !interval->stats->fatal)
		tool_interval_say(interval, clock_ns(CLOCK_MONOTONIC));
	return !interval->common->metrics || tool_interval_write_metrics(interval);
}
