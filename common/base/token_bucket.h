/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits a rate of bits and packets a second with two token buckets. It says whether a packet may
 * pass now, and never makes anybody wait. It counts in whole numbers: over any time, what passes is
 * exact to the bit.
 */
#ifndef VTAP_BASE_TOKEN_BUCKET_H
#define VTAP_BASE_TOKEN_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct token_bucket_config {
	uint64_t bits_per_s;	/* 0: no limit */
	uint64_t packets_per_s; /* 0: no limit */
	uint64_t burst_bits;	/* bits that may pass at once; 0: those of 100 ms */
	uint64_t burst_packets; /* packets that may pass at once; 0: those of 100 ms */
	uint32_t mtu_len; /* bytes of the largest packet; any burst has room for one. 0: 1500 */
};

/* One of the two buckets; private to token_bucket.c. */
struct token_bucket_level {
	uint64_t per_s;	   /* tokens a second; 0: no limit */
	int64_t depth;	   /* tokens of a full bucket */
	int64_t tokens;	   /* negative after a packet larger than a burst */
	uint64_t fraction; /* of a token, in units of 10^-9 */
};

struct token_bucket {
	struct token_bucket_level bits, packets;
	int64_t last_ns; /* time up to which tokens were earned */
	bool started;	 /* last_ns is set */
};

/* Makes full buckets. *config is read now and not kept. */
void token_bucket_init(struct token_bucket *bucket, const struct token_bucket_config *config);

/*
 * Returns true, and takes the tokens, if `packets` packets with len bytes in all may pass at time
 * now_ns. Otherwise returns false and takes none. Fragments of one packet pass together or not at
 * all if the caller asks for them in one call. A packet that is larger than a burst passes if the
 * bucket is full; the bucket is in debt then, and refuses packets until time has paid for it.
 *
 * now_ns: nanoseconds of any clock. A time up to a second before an earlier one earns nothing until
 * the clock has caught up; a time further back means that the clock was set, and counting goes on
 * from there.
 */
bool token_bucket_take(struct token_bucket *bucket, int64_t now_ns, uint64_t len, uint32_t packets);

#endif
