/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Short ways through vtap-decap, which remember headers of earlier packets, against the whole walk:
 * the same tunnels off, the same bytes left, the same source. Input: sequence; a record whose flags
 * are odd is the packet before it with the record's bytes written over it at `bytes more`.
 */
#include "tools/vtap-decap/decap.h"

#include "stage.h"
#include "tunnel/origin.h"

static struct fuzz_stage fuzz;
static struct peel peel;
static struct packet went_in;
static unsigned came_out;
static uint64_t runs_before;

static void came(const struct packet *out)
{
	uint8_t key[ORIGIN_KEY_MAX];
	char name[ORIGIN_NAME_MAX];
	size_t len;

	/* A run that is cut comes out as several packets. */
	if (came_out++ > 0 || fuzz.stage.runs->cut > runs_before || peel.end != PEEL_PLAIN ||
	    peel.count == 0)
		return;
	len = origin_key(&peel, span_of(went_in.data, went_in.caplen), key);
	origin_name(key, len, name);
	FUZZ_CHECK(out->data == went_in.data + peel.offset && out->caplen == peel.caplen);
	FUZZ_CHECK(out->len == peel.len && out->linktype == peel.linktype);
	FUZZ_CHECK(out->interface->name && strcmp(out->interface->name, name) == 0);
}

static void put(struct fuzz_packet *record, const struct encap_select *select)
{
	uint64_t before = fuzz_stage_sum(&fuzz, STATS_DETAIL, "tunnels_");

	went_in = fuzz_stage_packet(&fuzz, record);
	fuzz.in--;
	peel_walk(&peel, select, record->linktype, record->data, record->caplen, record->len);
	came_out = 0;
	runs_before = fuzz.stage.runs->cut;
	fuzz_stage_put(&fuzz, record);
	if (fuzz.stage.runs->cut > runs_before)
		return;
	FUZZ_CHECK(came_out == 1);
	FUZZ_CHECK(fuzz_stage_sum(&fuzz, STATS_DETAIL, "tunnels_") - before == peel.count);
}

/* The packet before this one, changed. */
static void change(struct fuzz_packet *record, const struct fuzz_packet *last)
{
	uint8_t *copy = fuzz_copy(span_of(last->data, last->caplen), false);
	uint32_t at = record->len - record->caplen;

	for (uint32_t i = 0; i < record->caplen && at + i < last->caplen; i++)
		copy[at + i] = record->data[i];
	free(record->copy);
	*record = (struct fuzz_packet){ .data = copy,
					.copy = copy,
					.caplen = last->caplen,
					.len = last->len,
					.linktype = last->linktype };
}

static void run(struct span input, const struct encap_select *select)
{
	struct fuzz_packet record, last = { 0 };

	while (fuzz_record(&input, &record)) {
		if (record.flags & 1 && last.data)
			change(&record, &last);
		put(&record, select);
		free(last.copy);
		last = record;
	}
	free(last.copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	struct decap_config config = { .no_meta = true };
	struct stats stats = { 0 };
	struct decap *decap;
	struct error err;

	fuzz_select(&config.select, (uint8_t)(fuzz_number(&input, 4)));
	decap = decap_new(&config, &err);
	FUZZ_CHECK(decap != NULL);
	fuzz_stage_begin(&fuzz);
	fuzz.stage = decap_stage(decap);
	fuzz.check = came;
	decap_stats(decap, &stats);
	fuzz.rows = stats.rows;
	fuzz.counters = stats.counters;
	run(input, &config.select);
	decap_free(decap);
	return 0;
}
