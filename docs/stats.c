/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints docs/stats.md from the tables of the tools: `make docs` writes it. */
#include <stdio.h>
#include <string.h>

#include "cli/stats_inputs.h"
#include "tools/vtap-decap/counters.h"
#include "tools/vtap-decap/origins.h"
#include "tools/vtap-fixlen/fixlen.h"
#include "tools/vtap-recall/recall_counts.h"
#include "tools/vtap-split/split.h"
#include "tools/vtap-stat/stat.h"
#include "tools/vtap-tap/tap_counters.h"
#include "tools/vtap-tap/tap_sources.h"

static const char introduction[] =
	"<!-- SPDX-License-Identifier: GPL-2.0-or-later -->\n"
	"<!-- Made by `make docs` from the tables of the tools (docs/stats.c): do not edit. -->\n"
	"# Counters\n"
	"\n"
	"What `--stats FILE` writes at the end of a run, what `SIGUSR1` prints while it goes on, "
	"and "
	"what `--metrics FILE` writes in between.\n"
	"Numbers are exact; the table of `-v` rounds bytes.\n"
	"\n"
	"## The JSON of --stats\n"
	"\n"
	"One object. `schema_version` changes when a member changes its meaning or is gone; "
	"members "
	"may be added at any time.\n"
	"\n"
	"| member | what it is |\n"
	"| --- | --- |\n";

static const char members[] =
	"| `tool`, `version` | name and version of the program |\n"
	"| `complete` | true if these are the last figures of a run that read all it was to read "
	"and "
	"wrote all that it read: false while the run goes on, after an error, if an input was bad, "
	"if the reader of a pipe went away, if a signal ended a run from regular files, and if "
	"packets were left out since the output "
	"cannot hold their link type |\n";

static const char members_of_rows[] =
	"| `outcomes` | packets by what became of them, an object: each packet has exactly one "
	"outcome, so their sum is `in` |\n"
	"| `details` | further counters, an object: they may overlap |\n"
	"| `inputs` | the captures that were read, an array; absent if there were none |\n"
	"| `sources` | an array with an object for each source that was told apart; the tools' "
	"sections say what a source is; absent in vtap-stat, whose records are its output |\n"
	"| `targets` | an array with an object for each target of vtap-tap (`-t`); absent in other "
	"tools |\n";

static const char inputs[] = "\nAn object of `inputs`:\n"
			     "\n"
			     "| member | what it is |\n"
			     "| --- | --- |\n"
			     "| `name` | name of the file, `-` for standard input |\n"
			     "| `packets` | packets read of it |\n"
			     "| `first`, `last` | times of the first and the last packet, in UTC; "
			     "absent if no packet has a time |\n"
			     "| `state` | ";

static const char metrics[] =
	"\n"
	"## The file of --metrics\n"
	"\n"
	"Prometheus' text format 0.0.4. Each name begins with that of the tool: `vtap_decap_`, "
	"`vtap_fixlen_`, `vtap_split_`, `vtap_stat_`, `vtap_tap_`; vtap-archive and vtap-recall: "
	"`vtap_archive_`, `vtap_recall_`.\n"
	"Each sample has a label that tells the files of several runs apart: `run`, the name of "
	"the "
	"file without its folder and `.prom`; of vtap-tap `tap`, the name of `--name`, or the "
	"interfaces, or the file that is read.\n"
	"The file is written at the start, every `--stats-interval` but at least every five "
	"seconds, "
	"and at the end.\n"
	"\n"
	"| metric | type | what it is |\n"
	"| --- | --- | --- |\n"
	"| `build_info{version=}` | gauge | always 1 |\n";

static const char more_metrics[] =
	"| `packets_total{outcome=}` | counter | packets by what became of them; their sum is "
	"`in_packets_total` |\n"
	"| `NAME_total`, `NAME_bytes` | counter, gauge | details, as in the tables below |\n"
	"| `sources` | gauge | sources that are told apart at this moment |\n";

/* What tools count that are no packets: struct stats_own of cli/stats.h has no table. */
static const char archive[] =
	"\n## vtap-archive\n"
	"\n"
	"Captures take the place of packets: there are no `in`, `out`, `outcomes` and `inputs`.\n"
	"\n"
	"Members of `captures` (their number) and of `bytes` (their size as they lay in the "
	"spool). "
	"At every moment `found` is the sum of `proven`, `dropped`, `failed`, `empty` and "
	"`waiting`:\n"
	"\n"
	"| member | metric | what it counts |\n"
	"| --- | --- | --- |\n"
	"| `found` | `captures_total{outcome=\"found\"}` | captures that were taken, and those "
	"that "
	"an earlier run had taken and not proven |\n"
	"| `claimed` | `captures_total{outcome=\"claimed\"}` | those of them that this run has "
	"taken |\n"
	"| `proven` | `captures_total{outcome=\"proven\"}` | the archive is proven to have them; "
	"they are deleted |\n"
	"| `dropped` | `captures_total{outcome=\"dropped\"}` | deleted without proof, since more "
	"than `--cap` waited |\n"
	"| `failed` | `captures_total{outcome=\"failed\"}` | moved to `.vtap-archive/failed` |\n"
	"| `empty` | `captures_total{outcome=\"empty\"}` | deleted, as there is nothing in them |\n"
	"| `waiting` | `waiting` | wait to be shipped, or for their proof |\n"
	"\n"
	"Details:\n"
	"\n"
	"| member | metric | what it counts |\n"
	"| --- | --- | --- |\n"
	"| `abandoned` | | captures that a writer which died has left, in `.tmp` or "
	"as vtap-split has renamed them |\n"
	"| `retried` | | times that a capture was put back to be tried again |\n"
	"| `batches` | | batches that were shipped, whether all of them was proven or not |\n"
	"| `stored_bytes` | | bytes of the objects that are proven |\n"
	"| `packets` | | packets in the captures that are proven |\n"
	"| `oldest_seconds` | `oldest_seconds` | how long ago the oldest of the captures that wait "
	"was changed last; 0 if none waits |\n"
	"| `proven_seconds_ago` | | seconds since the last proof, or since the start |\n"
	"| `store_up` | `store_up` | 1, or 0 while the archive takes no captures |\n";

static const char recall[] =
	"\nMembers of `objects`:\n"
	"\n"
	"| member | metric | what it counts |\n"
	"| --- | --- | --- |\n"
	"| `listed` | `objects_total{state=\"listed\"}` | objects that can hold what is asked "
	"for |\n"
	"| `fetched` | `objects_total{state=\"fetched\"}` | those that were fetched, or read in "
	"place |\n"
	"| `damaged` | `objects_total{state=\"damaged\"}` | those that are missing, damaged or "
	"too "
	"large |\n";

struct tool {
	const char *name;
	const struct stats_row *rows;
	const struct stats_sources *sources;
	const char *more; /* what it counts that are no packets, or NULL */
};

static void print_fields(const struct stats_field *field)
{
	for (; field->name; field++)
		printf("| `%s` | %s |\n", field->name, field->text);
}

static void print_field_metrics(const struct stats_field *field, const char *labels)
{
	for (; field->name; field++)
		printf("| `%s_total%s` | counter | %s |\n", field->metric, labels, field->text);
}

static void print_states(void)
{
	char text[STATS_STATE_SIZE];

	for (int state = CAPTURE_NOT_READ; state <= CAPTURE_UNREADABLE; state++) {
		const struct capture_end end = { .state = (enum capture_state)state };
		const char *words = stats_inputs_state(end, text);
		size_t len = strlen(words);
		bool placed = words[len - 1] == '0'; /* the byte, which is none here */

		printf("%s`%.*s%s`", state == CAPTURE_NOT_READ ? "" : ", ", (int)(len - placed),
		       words, placed ? "N" : "");
	}
	puts(" |");
}

static void print_json(void)
{
	fputs(introduction, stdout);
	printf("| `schema_version` | %d |\n", STATS_SCHEMA_VERSION);
	fputs(members, stdout);
	print_fields(stats_totals);
	fputs(members_of_rows, stdout);
	fputs(inputs, stdout);
	print_states();
	puts("\nAn object of `targets`:\n\n| member | what it is |\n| --- | --- |\n"
	     "| `uri` | the target as it was given |");
	print_fields(stats_target_fields);
	puts("| `errors` | errors of the system on the way to the target: an object with a counter "
	     "for each errno |");
}

static void print_metrics(void)
{
	fputs(metrics, stdout);
	print_field_metrics(stats_totals, "");
	fputs(more_metrics, stdout);
	print_field_metrics(stats_target_fields, "{target=}");
	puts("| `target_errors_total{target=,error=}` | counter | errors of the system on the way "
	     "to "
	     "a target |\n"
	     "| `interface_up{interface=}` | gauge | 1 if packets are captured from an "
	     "interface (`-i`), 0 if it is away or down |");
}

static void print_row(const struct stats_row *row)
{
	switch (row->group) {
	case STATS_OUTCOME:
		printf("| `%s` | `packets_total{outcome=\"%s\"}` | %s |\n", row->name, row->name,
		       row->text);
		break;
	case STATS_DETAIL:
		printf("| `%s` | `%s_total` | %s |\n", row->name, stats_metric(row), row->text);
		break;
	case STATS_LARGEST:
		printf("| `%s` | `%s_bytes` | %s |\n", row->name, row->name, row->text);
		break;
	case STATS_GAUGE:
		printf("| | `%s` | %s |\n", row->name, row->text);
		break;
	}
}

static void print_rows(const struct stats_row *rows, const char *heading, bool outcomes)
{
	for (const struct stats_row *row = rows; row->name; row++) {
		if ((row->group == STATS_OUTCOME) != outcomes)
			continue;
		if (heading)
			printf("\n%s\n\n| member | metric | what it counts |\n| --- | --- | --- "
			       "|\n",
			       heading);
		heading = NULL;
		print_row(row);
	}
}

static void print_columns(const struct stats_source_column *column)
{
	for (; column->name; column++)
		printf("| `%s` | %s | %s |\n", column->name, column->heading, column->text);
}

static void print_sources(const struct stats_sources *sources)
{
	printf("\nSources (`sources`, the table of `-v`): %s.\n"
	       "\n| member | heading | what it counts |\n| --- | --- | --- |\n"
	       "| `name` | %s | its name |\n",
	       sources->text, sources->noun);
	print_columns(stats_source_columns);
	print_columns(sources->columns);
	for (const struct stats_source_text *text = sources->texts; text && text->name; text++)
		printf("| `%s` | | %s |\n", text->name, text->text);
}

static void print_tool(const struct tool *tool)
{
	printf("\n## %s\n", tool->name);
	print_rows(tool->rows, "Outcomes:", true);
	print_rows(tool->rows, "Details:", false);
	if (tool->sources)
		print_sources(tool->sources);
	if (tool->more)
		fputs(tool->more, stdout);
}

int main(void)
{
	static struct counter_rows decap;
	const struct tool tools[] = {
		{ "vtap-decap", decap.row, &origins_sources, NULL },
		{ "vtap-fixlen", fixlen_rows, &origin_stats_sources, NULL },
		{ "vtap-recall", recall_counts_rows, NULL, recall },
		{ "vtap-split", split_rows, &split_sources, NULL },
		{ "vtap-stat", stat_rows, NULL, NULL },
		{ "vtap-tap", tap_counters_rows, &tap_sources_table, NULL },
	};

	counters_rows(&decap);
	print_json();
	print_metrics();
	printf("\n## All tools\n");
	print_rows(stats_common_rows, "Details:", false);
	fputs(archive, stdout);
	for (unsigned i = 0; i < sizeof(tools) / sizeof(*tools); i++)
		print_tool(&tools[i]);
	return ferror(stdout) != 0 || fflush(stdout) != 0;
}
