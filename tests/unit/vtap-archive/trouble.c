/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a trouble is told, and how long the pauses are. */
#include "tools/vtap-archive/trouble.h"

#include "lib/tap.h"

enum { SECOND_NS = 1000000000 };

static struct trouble trouble;

static void test_told(void)
{
	static char longer[2000];

	ok(trouble_end(&trouble, 5) == -1, "nothing is over that never was");
	ok(trouble_begin(&trouble, "no answer", 100, 0), "a trouble is told when it begins");
	ok(!trouble_begin(&trouble, "no answer", 200, 0), "... and not again");
	ok(trouble_begin(&trouble, "refused", 300, 0), "... but another one is");
	ok(trouble_begin(&trouble, "no answer", 400, 0), "... and the first, when it is back");
	is_u64((uint64_t)trouble_end(&trouble, 1100), 1000, "it lasted since the first");
	ok(trouble_begin(&trouble, "no answer", 2000, 0), "a new trouble is told");
	memset(longer, 'x', sizeof(longer) - 1);
	ok(trouble_begin(&trouble, longer, 2000, 0) && !trouble_begin(&trouble, longer, 2000, 0),
	   "a text that is too long is told once, too");
	trouble_end(&trouble, 3000);
}

static void test_pauses(void)
{
	static const int pauses_s[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 };
	bool good = true, jitter = true;

	for (unsigned i = 0; i < sizeof(pauses_s) / sizeof(*pauses_s); i++) {
		struct trouble late = trouble;
		int64_t pause_ns = (int64_t)pauses_s[i] * SECOND_NS;

		trouble_begin(&trouble, "x", 7, 0);
		good = good && trouble.next_ns == 7 + pause_ns;
		trouble_begin(&late, "x", 7, UINT64_MAX);
		jitter = jitter && late.next_ns >= trouble.next_ns &&
			 late.next_ns < trouble.next_ns + pause_ns / 4;
	}
	ok(good, "pauses of 1, 2, 4 ... 256, 300, 300 s");
	ok(jitter, "... or up to a quarter more");
	for (unsigned i = 0; i < 100; i++)
		trouble_begin(&trouble, "x", 7, 0);
	ok(trouble.next_ns == 7 + (int64_t)300 * SECOND_NS, "... and never longer");
	trouble_end(&trouble, 8);
	trouble_begin(&trouble, "x", 9, 0);
	ok(trouble.next_ns == 9 + (int64_t)SECOND_NS, "... from 1 s again after it was over");
}

int main(void)
{
	test_told();
	test_pauses();
	return tap_done();
}
