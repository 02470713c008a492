/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole stage of vtap-decap. Input: sequence. */
#include "tools/vtap-decap/decap.h"

#include "base/json.h"
#include "cli/stats_print.h"
#include "header/reasm.h"
#include "stage.h"

static struct fuzz_stage fuzz;

static void configure(struct decap_config *config, uint32_t bits)
{
	*config = (struct decap_config){ .drop = bits & 1,
					 .ether = bits & 2,
					 .live = bits & 4,
					 .no_meta = bits & 8,
					 .reassembly_time_ns = FUZZ_NS };
	if (!(bits & 16))
		config->reassembly_memory = REASM_MEMORY_MIN;
	fuzz_select(&config->select, (uint8_t)(bits >> 8));
}

static void report(struct stats *stats)
{
	static FILE *nowhere;
	struct json json;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	FUZZ_CHECK(nowhere != NULL);
	stats_print(stats, nowhere);
	json_init(&json, nowhere);
	stats->sources(&json, stats->sources_arg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	struct decap_config config;
	struct stats stats = { .tool = "vtap-decap" };
	struct decap *decap;
	struct error err;

	configure(&config, fuzz_number(&input, 4));
	decap = decap_new(&config, &err);
	FUZZ_CHECK(decap != NULL);
	fuzz_stage_begin(&fuzz);
	fuzz.stage = decap_stage(decap);
	decap_stats(decap, &stats);
	fuzz.rows = stats.rows;
	fuzz.counters = stats.counters;
	fuzz_stage_run(&fuzz, input);
	FUZZ_CHECK(fuzz.out == fuzz_stage_sum(&fuzz, STATS_OUTCOME, "stripped") +
				       fuzz_stage_sum(&fuzz, STATS_OUTCOME, "passed"));
	report(&stats);
	decap_free(decap);
	return 0;
}
