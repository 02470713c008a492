/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocks that files lack count once, whatever ranges of them are added. */
#include "capture/left_out.h"

#include <stdbool.h>
#include <stdlib.h>

#include "lib/tap.h"

enum { NUMBERS = 200 };

static void test_joins(void)
{
	struct left_out left_out = { 0 };

	left_out_add(&left_out, 10, 10);
	left_out_add(&left_out, 20, 10);
	is_u64(left_out.blocks, 0, "an empty range adds nothing");
	left_out_add(&left_out, 10, 20);
	left_out_add(&left_out, 12, 18);
	is_u64(left_out.blocks, 10, "what is in already adds nothing");
	left_out_add(&left_out, 30, 40);
	is_u64(left_out.blocks, 20, "a gap does not count");
	is_u64(left_out.count, 2, "and keeps two ranges apart");
	left_out_add(&left_out, 20, 30);
	is_u64(left_out.blocks, 30, "a gap that is filled counts");
	is_u64(left_out.count, 1, "and leaves one range");
	left_out_add(&left_out, 0, 100);
	is_u64(left_out.blocks, 100, "a range that contains another one");
}

/* Any ranges against one mark a number. */
static void test_any(void)
{
	for (unsigned seed = 1; seed <= 50; seed++) {
		struct left_out left_out = { 0 };
		bool marked[NUMBERS] = { false };
		unsigned wrong = 0, count = 0;

		srandom(seed);
		for (unsigned i = 0; i < 40; i++) {
			unsigned from = (unsigned)random() % NUMBERS;
			unsigned to = from + (unsigned)random() % 9;

			for (unsigned at = from; at < to && at < NUMBERS; at++) {
				count += !marked[at];
				marked[at] = true;
			}
			left_out_add(&left_out, from, to < NUMBERS ? to : NUMBERS);
			wrong += left_out.blocks != count;
		}
		ok(wrong == 0, "seed %u: each number counts once", seed);
	}
}

static void test_many(void)
{
	struct left_out left_out = { 0 };

	for (unsigned i = 0; i < LEFT_OUT_RANGES; i++)
		left_out_add(&left_out, 10 * i, 10 * i + 1);
	is_u64(left_out.blocks, LEFT_OUT_RANGES, "as many ranges as there is room for");
	left_out_add(&left_out, 10 * LEFT_OUT_RANGES, 10 * LEFT_OUT_RANGES + 1);
	is_u64(left_out.blocks, LEFT_OUT_RANGES + 10, "one more: the last one grows");
	left_out_add(&left_out, 5, 6);
	is_u64(left_out.blocks, LEFT_OUT_RANGES + 15, "and so does the one in front");
	is_u64(left_out.count, LEFT_OUT_RANGES, "there are no more ranges");
}

int main(void)
{
	test_joins();
	test_any();
	test_many();
	return tap_done();
}
