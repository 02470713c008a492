/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "counts.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/human.h"
#include "cli/metrics.h"

const struct stats_row counts_rows[] = {
	{ STATS_OUTCOME, "written", "written", offsetof(struct counts, written), false, NULL },
	{ STATS_OUTCOME, "outside", "left out: not within --since and --until",
	  offsetof(struct counts, outside), false, NULL },
	{ STATS_OUTCOME, "other_source", "left out: of another source",
	  offsetof(struct counts, other_source), false, NULL },
	{ STATS_OUTCOME, "filtered", "left out: do not match the expression",
	  offsetof(struct counts, filtered), false, NULL },
	{ 0 },
};

static void counts_json(void *arg, struct json *json)
{
	const struct counts *counts = arg;

	json_object(json, "objects");
	json_number(json, "listed", counts->listed);
	json_number(json, "fetched", counts->fetched);
	json_number(json, "damaged", counts->damaged);
	json_object_end(json);
}

static void counts_metrics(void *arg, struct metrics_writer *metrics)
{
	const struct counts *counts = arg;

	metrics_family(metrics, "objects_total", "counter", "Objects of the archive.");
	metrics_sample(metrics, "objects_total", "state", "listed", counts->listed);
	metrics_sample(metrics, "objects_total", "state", "fetched", counts->fetched);
	metrics_sample(metrics, "objects_total", "state", "damaged", counts->damaged);
}

static void counts_table(void *arg, FILE *to)
{
	const struct counts *counts = arg;
	char listed[HUMAN_SIZE], fetched[HUMAN_SIZE], damaged[HUMAN_SIZE];

	fprintf(to, "objects: %s listed, %s fetched, %s damaged\n",
		human_count(listed, counts->listed), human_count(fetched, counts->fetched),
		human_count(damaged, counts->damaged));
}

const struct stats_own counts_own = { .json = counts_json,
				      .metrics = counts_metrics,
				      .table = counts_table };
