/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/token_bucket.h"

enum { NS_PER_S = 1000000000, BURSTS_PER_S = 10, MTU_DEFAULT = 1500, BITS = 8 };

static uint64_t at_least(uint64_t value, uint64_t least)
{
	return value < least ? least : value;
}

static struct token_bucket_level token_bucket_fill_level(uint64_t per_s, uint64_t burst,
							 uint64_t least)
{
	uint64_t depth = at_least(burst ? burst : per_s / BURSTS_PER_S, least);
	int64_t bounded = depth > INT64_MAX ? INT64_MAX : (int64_t)depth;

	return (struct token_bucket_level){ .per_s = per_s, .depth = bounded, .tokens = bounded };
}

void token_bucket_init(struct token_bucket *bucket, const struct token_bucket_config *config)
{
	uint64_t mtu = config->mtu_len ? config->mtu_len : MTU_DEFAULT;

	*bucket = (struct token_bucket){
		.bits = token_bucket_fill_level(config->bits_per_s, config->burst_bits, mtu * BITS),
		.packets = token_bucket_fill_level(config->packets_per_s, config->burst_packets, 1),
	};
}

/*
 * Returns the tokens earned in a time, and keeps the fraction for the next one; UINT64_MAX if 64
 * bits cannot hold them. The rate is split at 10^9, so that no product of it with nanoseconds
 * overflows.
 */
static uint64_t token_bucket_earned(struct token_bucket_level *level, uint64_t elapsed_ns)
{
	uint64_t seconds = elapsed_ns / NS_PER_S, rest_ns = elapsed_ns % NS_PER_S;
	uint64_t nanos = rest_ns * (level->per_s % NS_PER_S) + level->fraction;
	uint64_t sum = rest_ns * (level->per_s / NS_PER_S), whole;

	level->fraction = nanos % NS_PER_S;
	if (__builtin_mul_overflow(seconds, level->per_s, &whole) ||
	    __builtin_add_overflow(sum, nanos / NS_PER_S, &sum) ||
	    __builtin_add_overflow(sum, whole, &sum))
		return UINT64_MAX;
	return sum;
}

static void token_bucket_refill(struct token_bucket_level *level, uint64_t elapsed_ns)
{
	uint64_t room = (uint64_t)level->depth - (uint64_t)level->tokens;
	uint64_t tokens = token_bucket_earned(level, elapsed_ns);

	if (tokens < room) {
		level->tokens = (int64_t)((uint64_t)level->tokens + tokens);
		return;
	}
	level->tokens = level->depth;
	level->fraction = 0;
}

static void token_bucket_advance(struct token_bucket *bucket, int64_t now_ns)
{
	uint64_t elapsed_ns = (uint64_t)now_ns - (uint64_t)bucket->last_ns;

	if (bucket->started && now_ns < bucket->last_ns) {
		if ((uint64_t)bucket->last_ns - (uint64_t)now_ns > NS_PER_S)
			bucket->last_ns = now_ns;
		return;
	}
	if (bucket->started) {
		token_bucket_refill(&bucket->bits, elapsed_ns);
		token_bucket_refill(&bucket->packets, elapsed_ns);
	}
	bucket->started = true;
	bucket->last_ns = now_ns;
}

static bool token_bucket_holds(const struct token_bucket_level *level, uint64_t amount)
{
	if (amount > (uint64_t)level->depth)
		amount = (uint64_t)level->depth;
	return !level->per_s || level->tokens >= (int64_t)amount;
}

/* tokens is not negative before, as the bucket held enough, so a debt fits into 64 bits. */
static void token_bucket_spend(struct token_bucket_level *level, uint64_t amount)
{
	if (level->per_s)
		level->tokens -= amount > INT64_MAX ? INT64_MAX : (int64_t)amount;
}

bool token_bucket_take(struct token_bucket *bucket, int64_t now_ns, uint64_t len, uint32_t packets)
{
	uint64_t bits = len > UINT64_MAX / BITS ? UINT64_MAX : len * BITS;

	token_bucket_advance(bucket, now_ns);
	if (!token_bucket_holds(&bucket->bits, bits) ||
	    !token_bucket_holds(&bucket->packets, packets))
		return false;
	token_bucket_spend(&bucket->bits, bits);
	token_bucket_spend(&bucket->packets, packets);
	return true;
}
