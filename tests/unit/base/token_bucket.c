/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/token_bucket.h"

#include "lib/tap.h"

#define S  INT64_C(1000000000)
#define MS (S / 1000)

static uint64_t seed = 1;

static uint64_t dice(uint64_t sides)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (seed >> 33) % sides;
}

static struct token_bucket bucket_with(struct token_bucket_config config)
{
	struct token_bucket bucket;

	token_bucket_init(&bucket, &config);
	return bucket;
}

/* How many of `count` packets of len bytes pass at once. */
static unsigned passing(struct token_bucket *bucket, int64_t now_ns, uint64_t len, unsigned count)
{
	unsigned passed = 0;

	while (count-- > 0)
		passed += token_bucket_take(bucket, now_ns, len, 1);
	return passed;
}

static void bursts(void)
{
	static const struct {
		const char *name;
		struct token_bucket_config config;
		uint64_t len;
		unsigned passed;
	} rows[] = {
		{ "no limit", { 0 }, 1500, 1000 },
		{ "100 ms of 8 Mbit/s", { .bits_per_s = 8000000 }, 1000, 100 },
		{ "one MTU at least", { .bits_per_s = 8000, .mtu_len = 9000 }, 9000, 1 },
		{ "1500 without an MTU", { .bits_per_s = 8000 }, 1500, 1 },
		{ "... in smaller packets, too", { .bits_per_s = 8000 }, 500, 3 },
		{ "100 ms of 1000 packets/s", { .packets_per_s = 1000 }, 1500, 100 },
		{ "one packet at least", { .packets_per_s = 1 }, 1500, 1 },
		{ "a burst of so many bits",
		  { .bits_per_s = 8000000, .burst_bits = 80000 },
		  1000,
		  10 },
		{ "a burst of so many packets",
		  { .packets_per_s = 100, .burst_packets = 7 },
		  1,
		  7 },
		{ "the tighter of both: packets",
		  { .bits_per_s = 8000000, .packets_per_s = 50 },
		  1000,
		  5 },
		{ "the tighter of both: bits",
		  { .bits_per_s = 160000, .packets_per_s = 50 },
		  1000,
		  2 },
		{ "the largest rate",
		  { .bits_per_s = UINT64_MAX, .packets_per_s = UINT64_MAX },
		  9000,
		  1000 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct token_bucket bucket = bucket_with(rows[i].config);

		is_u64(passing(&bucket, S, rows[i].len, 1000), rows[i].passed, rows[i].name);
	}
}

/* A bucket that refuses for packets must not have taken bits. */
static void both_or_none(void)
{
	struct token_bucket bucket =
		bucket_with((struct token_bucket_config){ .bits_per_s = 8000000,
							  .burst_bits = 80000,
							  .packets_per_s = 10,
							  .burst_packets = 2 });

	is_u64(passing(&bucket, 0, 1000, 100), 2, "packets run out first");
	is_u64((uint64_t)bucket.bits.tokens, 80000 - 2 * 8000, "a refused packet costs no bits");
	bucket = bucket_with((struct token_bucket_config){
		.bits_per_s = 8000, .burst_bits = 16000, .packets_per_s = 10, .burst_packets = 5 });
	is_u64(passing(&bucket, 0, 1000, 100), 2, "bits run out first");
	is_u64((uint64_t)bucket.packets.tokens, 3, "a refused packet is not counted");
}

static void fragments(void)
{
	struct token_bucket bucket = bucket_with(
		(struct token_bucket_config){ .packets_per_s = 10, .burst_packets = 5 });

	ok(token_bucket_take(&bucket, 0, 9000, 3), "three fragments of five");
	ok(!token_bucket_take(&bucket, 0, 9000, 3), "all or none: two are left");
	ok(token_bucket_take(&bucket, 0, 3000, 2), "two pass");
}

/*
 * The reference: after every step the tokens are what 128 bits compute from the
 * time since the bucket was last full. No step is rounded away.
 */
static void exact(uint64_t per_s, int64_t step_max_ns, const char *name)
{
	struct token_bucket bucket = bucket_with((struct token_bucket_config){
		.bits_per_s = per_s, .burst_bits = UINT64_C(1) << 50 });
	unsigned __int128 credit = (unsigned __int128)bucket.bits.depth * S;
	const unsigned __int128 full = credit;
	int64_t now_ns = 0, wrong = 0;

	token_bucket_take(&bucket, now_ns, 0, 1);
	for (unsigned i = 0; i < 200000; i++) {
		int64_t step_ns = (int64_t)dice((uint64_t)step_max_ns) + 1;
		uint64_t len = i % 3 ? 1 + dice(9000) : dice(UINT64_C(1) << 31);
		bool passes;

		now_ns += step_ns;
		credit += (unsigned __int128)per_s * (uint64_t)step_ns;
		credit = credit > full ? full : credit;
		passes = credit >= (unsigned __int128)len * 8 * S;
		if (passes)
			credit -= (unsigned __int128)len * 8 * S;
		wrong += token_bucket_take(&bucket, now_ns, len, 1) != passes;
		wrong += bucket.bits.tokens != (int64_t)(credit / S);
		wrong += bucket.bits.fraction != (uint64_t)(credit % S);
	}
	ok(wrong == 0, "exact to the billionth of a bit: %s", name);
}

/* A sender of more than the rate for a day of packet time: what passes is a burst and the rate, of
 * which the last 17 ms are not over. */
static void no_drift(void)
{
	struct token_bucket bucket =
		bucket_with((struct token_bucket_config){ .packets_per_s = 7, .burst_packets = 2 });
	uint64_t passed = 0;

	for (int64_t now_ns = 0; now_ns < 100000 * S; now_ns += 99 * MS + 999983)
		passed += token_bucket_take(&bucket, now_ns, 100, 1);
	is_u64(passed, 7 * 100000 + 1, "7 packets a second over 100,000 seconds");
}

static void large_packets(void)
{
	struct token_bucket bucket = bucket_with(
		(struct token_bucket_config){ .bits_per_s = 8000, .burst_bits = 12000 });

	ok(token_bucket_take(&bucket, 0, 9000, 1), "more than a burst passes a full bucket");
	ok(!token_bucket_take(&bucket, S, 1, 1), "... and is owed");
	ok(!token_bucket_take(&bucket, 7499 * MS, 1, 1), "... for as long as its bits take");
	ok(!token_bucket_take(&bucket, 7500 * MS, 1, 1), "at 0 nothing passes");
	ok(token_bucket_take(&bucket, 7501 * MS, 1, 1), "... at 8 bits the first byte");
	ok(!token_bucket_take(&bucket, 8999 * MS, 9000, 1), "the next one needs a full bucket");
	ok(token_bucket_take(&bucket, 9002 * MS, 9000, 1), "... and has one 1.5 s later");
}

static void clocks(void)
{
	struct token_bucket bucket =
		bucket_with((struct token_bucket_config){ .packets_per_s = 10 });
	unsigned passed = 0;

	passing(&bucket, 100 * S, 100, 10);
	for (unsigned i = 0; i < 1000; i++)
		passed += token_bucket_take(&bucket, 100 * S - (i % 2 ? 500 * MS : 0), 100, 1);
	is_u64(passed, 0, "times to and fro within a second earn nothing");
	ok(token_bucket_take(&bucket, 100 * S + 100 * MS, 100, 1), "... and cost nothing");
	ok(!token_bucket_take(&bucket, 40 * S, 100, 1), "a clock set back earns nothing");
	ok(token_bucket_take(&bucket, 40 * S + 100 * MS, 100, 1),
	   "... and does not stop the bucket");
	ok(token_bucket_take(&bucket, INT64_MAX, 100, 1), "the end of time");
	ok(!token_bucket_take(&bucket, INT64_MIN, 100, 1), "... and before its beginning");
	ok(token_bucket_take(&bucket, INT64_MAX, 100, 1), "... a jump over all of it");
	bucket = bucket_with((struct token_bucket_config){ .packets_per_s = 10 });
	passing(&bucket, INT64_MIN, 100, 10);
	ok(token_bucket_take(&bucket, INT64_MIN + 100 * MS, 100, 1), "times before 1970");
}

static void extremes(void)
{
	struct token_bucket bucket =
		bucket_with((struct token_bucket_config){ .bits_per_s = UINT64_MAX,
							  .packets_per_s = UINT64_MAX,
							  .burst_bits = UINT64_MAX,
							  .burst_packets = UINT64_MAX });
	int64_t now_ns = INT64_MIN;
	unsigned passed = 0;

	for (unsigned i = 0; i < 64; i++) {
		passed += token_bucket_take(&bucket, now_ns, UINT64_MAX, UINT32_MAX);
		now_ns = (int64_t)((uint64_t)now_ns + (UINT64_C(1) << 58));
	}
	is_u64(passed, 64, "the largest of everything");
	ok(bucket.bits.tokens <= bucket.bits.depth, "no overflow");
}

int main(void)
{
	bursts();
	both_or_none();
	fragments();
	exact(1, 3 * S, "1 bit/s, steps of seconds");
	exact(64000, MS, "64 kbit/s");
	exact(UINT64_C(10000000000) / 3, 5000, "3.3 Gbit/s, steps of microseconds");
	exact(UINT64_C(400000000007), 100, "400 Gbit/s, steps of nanoseconds");
	exact(UINT64_C(1) << 49, 3 * S, "half a petabit/s, steps of seconds");
	no_drift();
	large_packets();
	clocks();
	extremes();
	return tap_done();
}
