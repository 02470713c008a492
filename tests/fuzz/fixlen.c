/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole stage of vtap-fixlen: bytes stay, but for outer lengths and what is behind the end, and
 * the fast path says what the full path says: the cache of a second stage is always empty. Input:
 * sequence, as fuzz_next() has it.
 */
#include "tools/vtap-fixlen/fixlen.h"

#include "base/json.h"
#include "stage.h"

/* One of the two stages. */
struct side {
	struct fuzz_stage fuzz;
	struct fixlen fixlen;
};

static struct side fast, full;

static void check_out(const struct packet *in, const struct packet *out)
{
	const struct fixlen_config *config = &fast.fixlen.config;

	FUZZ_CHECK(out->caplen <= in->caplen && out->time_ns == in->time_ns);
	FUZZ_CHECK(config->lower || out->len >= in->len);
	FUZZ_CHECK(out->len >= out->caplen || out->len == in->len);
	FUZZ_CHECK(out->caplen == in->caplen || (in->caplen > in->len && out->caplen == out->len));
	if (!config->rewrite_outer)
		FUZZ_CHECK(out->data == in->data);
}

/* The packet as it comes out. */
static struct packet put(struct side *side, const struct fuzz_packet *record)
{
	struct packet in = fuzz_stage_packet(&side->fuzz, record), out = in;
	struct fast_packet quick = { .interface = in.interface,
				     .linktype = LINK_ANY,
				     .packet = span_of(in.data, in.caplen),
				     .len = in.len };
	struct error err = { 0 };

	if (side == &fast && record->flags & FUZZ_FAST && fixlen_fast(&side->fixlen, &quick)) {
		FUZZ_CHECK(quick.offset == 0 && quick.to == in.interface);
		out.caplen = quick.caplen;
		out.len = quick.kept_len;
	} else {
		FUZZ_CHECK(fixlen_put(&side->fixlen, &in, &out, &err) == PASS);
	}
	fuzz_stage_look(&side->fuzz, &out);
	check_out(&in, &out);
	return out;
}

static void put_both(const struct fuzz_packet *record)
{
	struct packet a = put(&fast, record), b;

	header_cache_free(&full.fixlen.cache);
	b = put(&full, record);
	FUZZ_CHECK(a.len == b.len && a.caplen == b.caplen && memcmp(a.data, b.data, a.caplen) == 0);
}

static void begin(struct side *side, const struct fixlen_config *config)
{
	fixlen_init(&side->fixlen, config);
	fuzz_stage_begin(&side->fuzz);
	side->fuzz.rows = fixlen_rows;
	side->fuzz.counters = &side->fixlen.counters;
}

/* What --stats says of the sources. */
static char *report(struct side *side)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	struct json json;

	FUZZ_CHECK(to != NULL);
	json_init(&json, to);
	stats_sources_json(&json, &origin_stats_sources, &side->fixlen.origins);
	FUZZ_CHECK(fclose(to) == 0);
	return text;
}

static void compare(void)
{
	char *a = report(&fast), *b = report(&full);

	FUZZ_CHECK(strcmp(a, b) == 0);
	FUZZ_CHECK(memcmp(&fast.fixlen.counters, &full.fixlen.counters,
			  sizeof(struct fixlen_counters)) == 0);
	free(a);
	free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	uint32_t bits = fuzz_number(&input, 4);
	struct fixlen_config config = { .lower = bits & 1, .rewrite_outer = bits & 2 };
	struct fuzz_packet record = { 0 };

	begin(&fast, &config);
	begin(&full, &config);
	while (fuzz_next(&input, &record))
		put_both(&record);
	compare();
	FUZZ_CHECK(fuzz_stage_sum(&fast.fuzz, STATS_OUTCOME, "") == fast.fuzz.in);
	FUZZ_CHECK(fixlen_corrected(&fast.fixlen) <= 2 * fast.fuzz.in);
	fixlen_free(&fast.fixlen);
	fixlen_free(&full.fixlen);
	return 0;
}
