/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes over time in at most 40 cells. */
#include "tools/vtap-stat/bar.h"

#include "lib/tap.h"

#define SECOND INT64_C(1000000000)

static uint64_t sum_of(const struct bar *bar)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < bar->count; i++)
		sum += bar->bytes[i];
	return sum;
}

static void test_growth(void)
{
	struct bar bar = { 0 };

	for (int64_t i = 0; i < 1000; i++)
		bar_add(&bar, 1794931500 * SECOND + i * SECOND / 10, 7);
	is_u64(sum_of(&bar), 7000, "no byte is lost");
	ok(bar.count >= BAR_CELLS / 2 && bar.count <= BAR_CELLS,
	   "at least half the cells are used");
	bar_add(&bar, 1794931500 * SECOND - 500 * SECOND, 1);
	is_u64(sum_of(&bar), 7001, "an earlier time");
	is_u64(bar.bytes[0], 1, "is in front");
	bar_add(&bar, INT64_MIN, 1);
	bar_add(&bar, INT64_MAX, 1);
	is_u64(sum_of(&bar), 7003, "the ends of time");
	ok(bar.count <= BAR_CELLS, "have room");
}

/* Parts, each in a bar of its own, add up to the whole. */
static void test_merge(void)
{
	struct bar whole = { 0 }, parts[3] = { 0 }, merged = { 0 };

	for (int64_t i = 0; i < 600; i++) {
		bar_add(&whole, i * SECOND, (uint64_t)i);
		bar_add(&parts[i < 10 ? 0 : i < 100 ? 1 : 2], i * SECOND, (uint64_t)i);
	}
	for (unsigned i = 0; i < 3; i++)
		bar_merge(&merged, &parts[2 - i]);
	bar_merge(&merged, &(struct bar){ 0 });
	ok(merged.first == whole.first && merged.shift == whole.shift &&
		   merged.count == whole.count &&
		   memcmp(merged.bytes, whole.bytes, sizeof(whole.bytes)) == 0,
	   "merged is the whole");
	bar_narrow(&merged, 10);
	ok(merged.count <= 10 && sum_of(&merged) == sum_of(&whole), "narrower, and all there");
}

static void test_draw(void)
{
	struct bar bar = { 0 };
	char text[BAR_TEXT];

	is_u64(bar_draw(&bar, true, text), 0, "nothing to draw");
	bar_cover(&bar, 0, 30);
	bar_add(&bar, INT64_C(1) << 30, 1);
	bar_add(&bar, INT64_C(3) << 30, 50);
	bar_add(&bar, INT64_C(4) << 30, 100);
	is_u64(bar_draw(&bar, true, text), 5, "five cells");
	is_str(text, " ▁ ▄█", "blocks");
	bar_draw(&bar, false, text);
	is_str(text, " 1 59", "digits");
	bar_add(&bar, 0, UINT64_MAX - 200);
	bar_draw(&bar, false, text);
	is_str(text, "91 11", "very many bytes");
}

int main(void)
{
	test_growth();
	test_merge();
	test_draw();
	return tap_done();
}
