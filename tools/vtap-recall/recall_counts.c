/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recall_counts.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/human.h"
#include "cli/metrics.h"

const struct stats_row recall_counts_rows[] = {
	{ STATS_OUTCOME, "written", "written", offsetof(struct recall_counts, written), false,
	  NULL },
	{ STATS_OUTCOME, "outside", "left out: not within --since and --until",
	  offsetof(struct recall_counts, outside), false, NULL },
	{ STATS_OUTCOME, "other_source", "left out: of another source",
	  offsetof(struct recall_counts, other_source), false, NULL },
	{ STATS_OUTCOME, "filtered", "left out: do not match the expression",
	  offsetof(struct recall_counts, filtered), false, NULL },
	{ 0 },
};

static void recall_counts_json(void *arg, struct json *json)
{
	const struct recall_counts *counts = arg;

	json_object(json, "objects");
	json_number(json, "listed", counts->listed);
	json_number(json, "fetched", counts->fetched);
	json_number(json, "damaged", counts->damaged);
	json_object_end(json);
}

static void recall_counts_metrics(void *arg, struct metrics_writer *metrics)
{
	const struct recall_counts *counts = arg;

	metrics_family(metrics, "objects_total", "counter",
		       "objects: those that can hold what is asked for, those of them that were "
		       "fetched, and those that are damaged");
	metrics_sample(metrics, "objects_total", "state", "listed", counts->listed);
	metrics_sample(metrics, "objects_total", "state", "fetched", counts->fetched);
	metrics_sample(metrics, "objects_total", "state", "damaged", counts->damaged);
}

static void recall_counts_table(void *arg, FILE *to)
{
	const struct recall_counts *counts = arg;
	char listed[HUMAN_SIZE], fetched[HUMAN_SIZE], damaged[HUMAN_SIZE];

	fprintf(to, "objects: %s listed, %s fetched, %s damaged\n",
		human_count(listed, counts->listed), human_count(fetched, counts->fetched),
		human_count(damaged, counts->damaged));
}

const struct stats_own recall_counts_own = { .json = recall_counts_json,
					     .metrics = recall_counts_metrics,
					     .table = recall_counts_table };
