/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole stage of vtap-stat, once with -G and once without: all records of each add up to the
 * packets that came in, and those of intervals to those of the whole. Input: sequence, as
 * fuzz_next() has it; of a record's flags LATE, PEEK and BLOCK mean more.
 */
#include "tools/vtap-stat/stat_choose.h"
#include "tools/vtap-stat/stat_internal.h"

#include "packet/option.h"
#include "stage.h"
#include "tools/vtap-stat/record_sum.h"

enum { LATE = 8, PEEK = 16, BLOCK = 32 }; /* BLOCK: the bytes are options of statistics, too */
enum { MEMBERS = sizeof(struct counts) / sizeof(uint64_t) };

/* What records say in all. */
struct sums {
	struct counts counts;
	struct counts_end end[2];
	uint64_t digest; /* of what keys have: those of intervals add up to that of the whole */
	int64_t first_ns, last_ns; /* smallest and largest time */
};

static const struct sums nothing = { .first_ns = INT64_MAX, .last_ns = INT64_MIN };

/* One of the two stages. */
struct side {
	struct fuzz_stage fuzz;
	struct stat_config config;
	struct stat_stage *stat;
	struct stats stats;
	struct sums told, seen; /* by the stage's own sink, and by stat_peek() */
	int64_t end_ns;		/* of the last interval that ended */
};

static struct side whole, intervals;
static struct choice *choice;
static int64_t base_ns;		  /* of all times */
static uint64_t packets, bytes;	  /* that went in, less those that are filtered */
static uint64_t captured_bytes;	  /* of them */
static int64_t first_ns, last_ns; /* their smallest and largest time */

/* Records. */

static uint64_t digest_of(const char *key)
{
	uint64_t digest = UINT64_C(0xcbf29ce484222325);

	for (; *key; key++)
		digest = (digest ^ (uint8_t)*key) * UINT64_C(0x100000001B3);
	return digest;
}

static void sums_add(struct sums *sums, const struct record *record)
{
	uint64_t word[MEMBERS], digest = digest_of(record->key);

	memcpy(word, &record->counts, sizeof(word));
	for (unsigned i = 0; i < MEMBERS; i++)
		sums->digest += word[i] * (digest = digest * UINT64_C(6364136223846793005) + 1);
	record_sum_add(&sums->counts, &record->counts);
	if (record->timed && record->start_ns < sums->first_ns)
		sums->first_ns = record->start_ns;
	if (record->timed && record->end_ns > sums->last_ns)
		sums->last_ns = record->end_ns;
	for (unsigned i = 0; record->flow && i < 2; i++) {
		sums->end[i].packets += record->flow->end[i].packets;
		sums->end[i].bytes += record->flow->end[i].bytes;
		digest = digest * UINT64_C(6364136223846793005) + 1;
		sums->digest += record->flow->end[i].bytes * digest;
	}
}

static void check_flow(const struct record *record)
{
	const struct record_flow *flow = record->flow;

	FUZZ_CHECK(flow->end[0].packets <= record->counts.packets);
	FUZZ_CHECK(flow->end[1].packets == record->counts.packets - flow->end[0].packets);
	FUZZ_CHECK(flow->end[0].bytes <= record->counts.bytes);
	FUZZ_CHECK(flow->end[1].bytes == record->counts.bytes - flow->end[0].bytes);
	FUZZ_CHECK(flow->flow.version == 4 || flow->flow.version == 6);
	for (unsigned i = 0; i < 2; i++)
		if (flow->mac[i])
			fuzz_touch(flow->mac[i], 6);
}

static void check_record(const struct side *side, const struct record *record)
{
	const struct counts *counts = &record->counts;
	uint64_t oversize = counts->superframes + counts->jumbo + counts->unknown_oversize;

	FUZZ_CHECK(record->timed == (counts->packets > 0));
	FUZZ_CHECK(record->start_ns <= record->end_ns);
	FUZZ_CHECK(record->interval_end_ns == stat_interval_end(side->stat));
	FUZZ_CHECK(!record->timed || !side->config.interval_ns ||
		   record->end_ns <= record->interval_end_ns);
	/* Only what is late comes from before the interval. */
	FUZZ_CHECK(!record->timed || !side->config.interval_ns || counts->late > 0 ||
		   record->interval_end_ns == INT64_MAX ||
		   record->start_ns >= record->interval_end_ns - side->config.interval_ns);
	FUZZ_CHECK(counts->cut + counts->hidden_cut <= counts->packets);
	FUZZ_CHECK(counts->late <= counts->packets && oversize <= counts->packets);
	FUZZ_CHECK(counts->superframe_wire_packets >= counts->superframes);
	FUZZ_CHECK((record->largest_superframe > 0) == (counts->superframes > 0));
	FUZZ_CHECK(strlen(record->key) > 0 && strlen(record->key) <= KEY_TEXT_LIMIT);
	FUZZ_CHECK(strcmp(record->key, "others") != 0);
	FUZZ_CHECK(record->part_count == side->config.by.spec.count);
	for (unsigned i = 0; i < record->part_count; i++)
		fuzz_touch(record->part[i].text.data, record->part[i].text.len);
	FUZZ_CHECK(!record->flow || side->config.by.flow);
	if (record->flow)
		check_flow(record);
}

static bool sink_put(void *arg, const struct record *record, struct error *err)
{
	struct side *side = arg;

	(void)err;
	check_record(side, record);
	FUZZ_CHECK(record->interval_end_ns == 0 || record->interval_end_ns > side->end_ns);
	sums_add(&side->told, record);
	return true;
}

static bool sink_end_interval(void *arg, int64_t end_ns, struct error *err)
{
	struct side *side = arg;

	(void)err;
	FUZZ_CHECK(side->config.interval_ns > 0 && end_ns > side->end_ns);
	side->end_ns = end_ns;
	return true;
}

static bool peek_put(void *arg, const struct record *record, struct error *err)
{
	struct side *side = arg;

	(void)err;
	check_record(side, record);
	sums_add(&side->seen, record);
	return true;
}

/* What holds of all records. A packet has several keys where `mac` or `host` is one. */
static void check_sums(const struct side *side, const struct counts *sum)
{
	const struct stat_counters *counters = &side->stat->counters;

	if (side->config.by.spec.choices) {
		FUZZ_CHECK(sum->packets >= packets && sum->packets <= KEY_CHOICES * packets);
		FUZZ_CHECK(sum->bytes >= bytes && sum->bytes <= KEY_CHOICES * bytes);
		return;
	}
	FUZZ_CHECK(sum->packets == packets && sum->bytes == bytes);
	FUZZ_CHECK(sum->captured_bytes == captured_bytes);
	FUZZ_CHECK(sum->cut == counters->cut && sum->hidden_cut == counters->hidden_cut);
	FUZZ_CHECK(sum->late == counters->late);
	FUZZ_CHECK(sum->superframes + sum->jumbo + sum->unknown_oversize == counters->oversize);
}

/* What was told and what is not told yet is all that there is, and is not changed by the look. */
static void peek(struct side *side)
{
	const struct stat_sink sink = { .put = peek_put, .arg = side };
	struct counts all = side->told.counts;
	struct error err = { 0 };

	side->seen = nothing;
	FUZZ_CHECK(stat_peek(side->stat, &sink, &err));
	record_sum_add(&all, &side->seen.counts);
	check_sums(side, &all);
}

/* What goes in. */

static void put_block(struct side *side, const struct fuzz_packet *record)
{
	size_t len = PCAPNG_STATISTICS_FIXED + record->caplen;
	uint8_t *copy = malloc(len);
	const struct block block = { .kind = BLOCK_OTHER,
				     .section = &side->fuzz.section,
				     .interface = fuzz_stage_interface(&side->fuzz, record),
				     .type = PCAPNG_STATISTICS,
				     .bytes = span_of(copy, len) };

	FUZZ_CHECK(copy != NULL);
	memset(copy, 0, PCAPNG_STATISTICS_FIXED);
	memcpy(copy + PCAPNG_STATISTICS_FIXED, record->data, record->caplen);
	stat_block(side->stat, &block);
	free(copy);
	FUZZ_CHECK(!side->stat->block_error.text[0]);
}

/* Returns the packet's time. */
static int64_t put(struct side *side, const struct fuzz_packet *record)
{
	struct packet in = fuzz_stage_packet(&side->fuzz, record), out = in;
	struct error err = { 0 };
	int64_t late_ns = record->flags & LATE ? INT64_C(2) * record->caplen * FUZZ_NS / 100 : 0;

	if (__builtin_add_overflow(base_ns, in.time_ns - late_ns, &in.time_ns))
		in.time_ns = INT64_MAX;
	if (record->flags & BLOCK)
		put_block(side, record);
	FUZZ_CHECK((choice ? stat_choose_put : stat_put)(side->stat, &in, &out, &err) == DROP);
	return in.time_ns;
}

static uint64_t left_out(void)
{
	return whole.stat->counters.filtered + whole.stat->counters.out_of_time;
}

static void put_both(const struct fuzz_packet *record)
{
	uint64_t before = left_out();
	int64_t time_ns = put(&whole, record);

	FUZZ_CHECK(put(&intervals, record) == time_ns);
	if (left_out() == before) {
		first_ns = time_ns < first_ns ? time_ns : first_ns;
		last_ns = time_ns > last_ns ? time_ns : last_ns;
		packets++;
		bytes += record->len;
		captured_bytes += record->caplen;
	}
	if (record->flags & PEEK) {
		peek(&whole);
		peek(&intervals);
	}
}

/* Options. */

/* --by, by the lower two bits; of all kinds whose bit is set, `flow` as the last. */
static const char *choose_by(uint32_t bits)
{
	static const char *const kinds[KEY_KINDS] = {
		"source", "outer-src", "id",   "interface", "mac-src", "mac",	   "ip-src",
		"ip-dst", "host",      "pair", NULL,	    "vlan",    "linktype", "encap"
	};
	static char list[256];

	*list = '\0';
	if ((bits & 3) < 2)
		return bits & 1 ? "source" : "source,flow";
	if ((bits & 3) == 2)
		return bits & 4 ? "none,flow" : "none";
	for (unsigned i = 0; i < KEY_KINDS; i++)
		if (bits >> 18 >> i & 1 && kinds[i]) {
			strcat(list, *list ? "," : "");
			strcat(list, kinds[i]);
		}
	strcat(list, *list ? "" : "vlan");
	return strcat(list, bits >> 28 & 1 ? ",flow" : "");
}

/* One for both sides, which so have the same first packet. */
static struct choice *choose(void)
{
	const struct moment since = { .behind_first = true, .ns = FUZZ_NS / 10 },
			    until = { .behind_first = true, .ns = INT64_C(100) * FUZZ_NS };
	const struct choice_config config = { .expression = "udp or arp or greater 100",
					      .since = &since,
					      .until = &until };
	struct error err;

	return choice_new(&config, &err);
}

static void begin(struct side *side, uint32_t bits, int64_t interval_ns)
{
	const struct stat_sink sink = { sink_put, sink_end_interval, side };
	struct error err = { 0 };

	*side = (struct side){ .end_ns = INT64_MIN, .told = nothing };
	side->config = (struct stat_config){ .interval_ns = interval_ns,
					     .idle_ns = FUZZ_NS * (bits & 0x800 ? 1 : INT64_C(60)),
					     .max_keys = bits & 8 ? ENTRIES_LEAST : 4096,
					     .choice = choice };
	FUZZ_CHECK(stat_by_parse(&side->config.by, choose_by(bits), &err));
	side->config.no_flows = bits & 32 && !side->config.by.flow;
	side->stat = stat_new(&side->config, &sink, &err);
	FUZZ_CHECK(side->stat != NULL);
	fuzz_stage_begin(&side->fuzz);
	side->fuzz.section.swapped = bits & 64;
	stat_stats(side->stat, &side->stats);
	side->fuzz.rows = side->stats.rows;
	side->fuzz.counters = side->stats.counters;
}

static void end(struct side *side)
{
	struct error err = { 0 };
	struct counts none = { 0 };

	peek(side);
	FUZZ_CHECK(stat_finish(side->stat, &err));
	check_sums(side, &side->told.counts);
	FUZZ_CHECK(side->told.first_ns == first_ns && side->told.last_ns == last_ns);
	peek(side);
	FUZZ_CHECK(memcmp(&side->seen.counts, &none, sizeof(none)) == 0);
	fuzz_stage_end(&side->fuzz);
	FUZZ_CHECK(fuzz_stage_sum(&side->fuzz, STATS_OUTCOME, "uncounted") == 0);
}

/* Who is told early depends on -G, and a flow that begins anew does not know its first half. */
static void compare(void)
{
	const struct stat_counters *a = &whole.stat->counters, *b = &intervals.stat->counters;

	FUZZ_CHECK(memcmp(a->outcome, b->outcome, sizeof(a->outcome)) == 0);
	if (a->forgotten == 0 && b->forgotten == 0)
		FUZZ_CHECK(whole.told.digest == intervals.told.digest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t bases[] = { INT64_C(1700000000) * FUZZ_NS, 0, INT64_C(-5) * FUZZ_NS,
					 INT64_MAX - INT64_C(100) * FUZZ_NS };
	static const int64_t seconds[] = { 1, 60, 10, 3600 };
	struct span input = span_of(data, size);
	uint32_t bits = fuzz_number(&input, 4);
	struct fuzz_packet record = { 0 };

	choice = bits & 16 ? choose() : NULL;
	base_ns = bases[bits >> 7 & 3];
	packets = bytes = captured_bytes = 0;
	first_ns = INT64_MAX;
	last_ns = INT64_MIN;
	begin(&whole, bits, 0);
	begin(&intervals, bits, seconds[bits >> 9 & 3] * FUZZ_NS);
	while (fuzz_next(&input, &record))
		put_both(&record);
	end(&whole);
	end(&intervals);
	compare();
	stat_free(whole.stat);
	stat_free(intervals.stat);
	choice_free(choice);
	return 0;
}
