/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A token bucket for bits and packets a second. It says yes or no, never "wait".
 * Whole numbers only: over any time, what passes is exact to the bit.
 */
#ifndef VTAP_BASE_TOKEN_BUCKET_H
#define VTAP_BASE_TOKEN_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct token_bucket_config {
	uint64_t bits_per_s;	/* 0: no limit */
	uint64_t packets_per_s; /* 0: no limit */
	uint64_t burst_bits;	/* 0: 100 ms of the rate */
	uint64_t burst_packets; /* 0: 100 ms of the rate */
	uint32_t mtu_len;	/* bytes; a burst holds one such packet at least. 0: 1500 */
};

/* One measure of a bucket; private to base/token_bucket.c. */
struct token_bucket_level {
	uint64_t per_s;	   /* 0: no limit */
	int64_t depth;	   /* what a full one holds */
	int64_t tokens;	   /* less than 0 once a packet larger than the burst has passed */
	uint64_t fraction; /* of a token, in 1/10^9 */
};

struct token_bucket {
	struct token_bucket_level bits, packets;
	int64_t last_ns;
	bool started;
};

/* The bucket starts full. */
void token_bucket_init(struct token_bucket *bucket, const struct token_bucket_config *config);

/*
 * True, and the tokens are taken, when len bytes in so many packets may pass at
 * now_ns. Several fragments pass together or not at all. What is larger than the
 * burst passes a full bucket and is paid back afterwards.
 *
 * Time that goes back by up to a second earns nothing until it is made up for;
 * further back it is taken for a clock that was set, and counts on from there.
 */
bool token_bucket_take(struct token_bucket *bucket, int64_t now_ns, uint64_t len, uint32_t packets);

#endif
