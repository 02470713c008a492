/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole stage of vtap-fixlen: bytes stay, but for outer lengths. Input: sequence. */
#include "tools/vtap-fixlen/fixlen.h"

#include "stage.h"

static struct fuzz_stage fuzz;
static struct fixlen fixlen;

static void put(const struct fuzz_packet *record, const struct fixlen_config *config)
{
	struct packet in = fuzz_stage_packet(&fuzz, record), out = in;
	struct error err = { 0 };

	FUZZ_CHECK(fixlen_put(&fixlen, &in, &out, &err) == PASS);
	fuzz_stage_look(&fuzz, &out);
	FUZZ_CHECK(out.caplen == in.caplen && out.time_ns == in.time_ns);
	FUZZ_CHECK(config->lower || out.len >= in.len);
	FUZZ_CHECK(out.len >= out.caplen || out.len == in.len);
	if (!config->rewrite_outer)
		FUZZ_CHECK(out.data == in.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	struct fuzz_packet record;
	uint32_t bits = fuzz_number(&input, 4);
	struct fixlen_config config = { .lower = bits & 1, .rewrite_outer = bits & 2 };

	fixlen_init(&fixlen, &config);
	fuzz_stage_begin(&fuzz);
	fuzz.rows = fixlen_rows;
	fuzz.counters = &fixlen.counters;
	while (fuzz_record(&input, &record)) {
		put(&record, &config);
		free(record.copy);
	}
	FUZZ_CHECK(fuzz_stage_sum(&fuzz, STATS_OUTCOME, "") == fuzz.in);
	FUZZ_CHECK(fixlen_corrected(&fixlen) <= 2 * fuzz.in);
	fixlen_free(&fixlen);
	return 0;
}
