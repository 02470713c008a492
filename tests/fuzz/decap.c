/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole stage of vtap-decap, whose fast path says what the full path says: a second stage takes
 * only that. Input: sequence, as fuzz_next() has it.
 */
#include "tools/vtap-decap/decap_full.h"

#include "base/json.h"
#include "cli/stats_print.h"
#include "stage.h"
#include "tunnel/origin.h"

/* One of the two stages. */
struct side {
	struct fuzz_stage fuzz;
	struct decap *decap;
	struct stats stats;
	uint64_t digest; /* of all that came out */
};

static struct side fast, full;
static struct decap_config config;

/* The packet that was put into the full stage and comes out next; NULL: another does. */
static const struct fuzz_packet *put;
static bool whole; /* it is one datagram, and peel says what is in it */
static struct peel peel;

static void digest_bytes(uint64_t *digest, const void *bytes, size_t len)
{
	const uint8_t *data = bytes;

	for (size_t i = 0; i < len; i++)
		*digest = (*digest ^ data[i]) * UINT64_C(0x100000001B3);
}

static void digest_packet(uint64_t *digest, const struct packet *packet)
{
	const char *name = packet->interface->name ? packet->interface->name : "";

	digest_bytes(digest, &packet->caplen, sizeof(packet->caplen));
	digest_bytes(digest, &packet->len, sizeof(packet->len));
	digest_bytes(digest, &packet->linktype, sizeof(packet->linktype));
	digest_bytes(digest, &packet->time_ns, sizeof(packet->time_ns));
	digest_bytes(digest, &packet->number, sizeof(packet->number));
	digest_bytes(digest, &packet->interface->ticks_per_s,
		     sizeof(packet->interface->ticks_per_s));
	digest_bytes(digest, name, strlen(name));
	digest_bytes(digest, packet->options.data, packet->options.len);
	digest_bytes(digest, packet->data, packet->caplen);
}

static void came_fast(const struct packet *out)
{
	digest_packet(&fast.digest, out);
}

static bool has_meta(void)
{
	for (unsigned i = 0; i < peel.count; i++)
		if (peel.layer[i].tunnel.meta != 0)
			return !config.no_meta;
	return false;
}

/* What comes out is what peel_packet() leaves, from the source that it says. */
static void came_full(const struct packet *out)
{
	const struct fuzz_packet *in = put;
	uint8_t key[ORIGIN_KEY_MAX];
	char name[ORIGIN_NAME_MAX];
	size_t len;

	digest_packet(&full.digest, out);
	put = NULL;
	if (!in || peel.count == 0)
		return;
	len = origin_key(&peel, span_of(in->data, in->caplen), key);
	origin_name(key, len, name);
	FUZZ_CHECK(out->interface->name && strcmp(out->interface->name, name) == 0);
	if (config.ether && peel.linktype == LINK_RAW)
		return;
	FUZZ_CHECK(out->data == in->data + peel.offset && out->caplen == peel.caplen);
	FUZZ_CHECK(out->linktype == peel.linktype && (has_meta() || out->len == peel.len));
}

/* Instead of the stage's own. */
static enum verdict put_full(void *self, const struct packet *in, struct packet *out,
			     struct error *err)
{
	struct decap *decap = self;
	uint64_t runs = decap->gso.split;
	enum verdict verdict;

	decap->now_ns = in->time_ns;
	decap->timed = in->form != PACKET_SIMPLE;
	verdict = decap_full_put(decap, in, out, err);
	/* A GSO packet is several datagrams, and fragments are one. */
	whole = decap->gso.split == runs && (peel.count > 0 || peel.end != PEEL_FRAGMENT);
	FUZZ_CHECK(!whole || peel.count == 0 || verdict == PASS || config.choice);
	if (!whole || verdict != PASS)
		put = NULL;
	return verdict;
}

static void put_both(const struct fuzz_packet *record)
{
	uint64_t before = fuzz_stage_sum(&full.fuzz, STATS_DETAIL, "tunnels_");

	peel_packet(&peel, &full.decap->table, record->linktype, record->data, record->caplen,
		    record->len);
	fuzz_stage_put(&fast.fuzz, record);
	put = record;
	fuzz_stage_put(&full.fuzz, record);
	if (whole)
		FUZZ_CHECK(fuzz_stage_sum(&full.fuzz, STATS_DETAIL, "tunnels_") - before ==
			   peel.count);
	FUZZ_CHECK(fast.digest == full.digest && fast.fuzz.out == full.fuzz.out);
}

/* One for both sides, which so have the same first packet. */
static struct choice *choose(void)
{
	const struct moment since = { .behind_first = true, .ns = FUZZ_NS / 10 },
			    until = { .behind_first = true, .ns = INT64_C(100) * FUZZ_NS };
	const struct choice_config choice = { .expression = "udp or arp or greater 100",
					      .since = &since,
					      .until = &until };
	struct error err;

	return choice_new(&choice, &err);
}

static void configure(uint32_t bits)
{
	config = (struct decap_config){ .drop = bits & 1,
					.ether = bits & 2,
					.live = bits & 4,
					.no_meta = bits & 8,
					.reassembly_time_ns = FUZZ_NS };
	if (!(bits & 16))
		config.reassembly_memory = REASM_MEMORY_MIN;
	if (bits & 32)
		config.choice = choose();
	fuzz_select(&config.select, (uint8_t)(bits >> 8));
}

static void begin(struct side *side, void (*check)(const struct packet *out))
{
	struct error err;

	*side = (struct side){ .decap = decap_new(&config, &err), .stats.tool = "vtap-decap" };
	FUZZ_CHECK(side->decap != NULL);
	fuzz_stage_begin(&side->fuzz);
	side->fuzz.stage = decap_stage(side->decap);
	side->fuzz.check = check;
	decap_stats(side->decap, &side->stats);
	side->fuzz.rows = side->stats.rows;
	side->fuzz.counters = side->stats.counters;
}

/* What --stats and -v say. */
static char *report(struct side *side)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	struct json json;

	FUZZ_CHECK(to != NULL);
	stats_print(&side->stats, to);
	json_init(&json, to);
	stats_sources_json(&json, side->stats.sources, side->stats.sources_arg);
	FUZZ_CHECK(fclose(to) == 0);
	return text;
}

static void end(struct side *side)
{
	fuzz_stage_end(&side->fuzz);
	FUZZ_CHECK(side->fuzz.out == fuzz_stage_sum(&side->fuzz, STATS_OUTCOME, "stripped") +
					     fuzz_stage_sum(&side->fuzz, STATS_OUTCOME, "passed"));
}

static void compare(void)
{
	char *a = report(&fast), *b = report(&full);

	FUZZ_CHECK(fast.digest == full.digest && strcmp(a, b) == 0);
	FUZZ_CHECK(memcmp(&fast.decap->counters, &full.decap->counters, sizeof(struct counters)) ==
		   0);
	free(a);
	free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	struct fuzz_packet record = { 0 };

	configure(fuzz_number(&input, 4));
	begin(&fast, came_fast);
	begin(&full, came_full);
	full.fuzz.stage.put = put_full;
	full.fuzz.stage.fast = NULL;
	while (fuzz_next(&input, &record))
		put_both(&record);
	end(&fast);
	end(&full);
	compare();
	decap_free(fast.decap);
	decap_free(full.decap);
	choice_free(config.choice);
	return 0;
}
