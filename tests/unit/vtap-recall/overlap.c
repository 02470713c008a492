/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects that are there at one time. */
#include "tools/vtap-recall/overlap.h"

#include "lib/tap.h"

enum { MOST = 100 };

static struct listing_object object[4];
static struct listing_object *sorted[4] = { &object[0], &object[1], &object[2], &object[3] };

static void finds(size_t count, size_t objects, uint64_t stored, const char *what)
{
	const struct listing listing = { .object = sorted, .count = count };
	struct overlap overlap;
	struct error err;

	ok(overlap_find(&listing, MOST, &overlap, &err), "%s", what);
	is_u64(overlap.objects, objects, "... so many at once");
	is_u64(overlap.stored, stored, "... and so many bytes");
}

int main(void)
{
	finds(0, 0, 0, "nothing");
	object[0] = (struct listing_object){ .first_ns = 0, .last_ns = 10, .stored = 1 };
	object[1] = (struct listing_object){ .first_ns = 5, .last_ns = 7, .stored = 2 };
	object[2] = (struct listing_object){ .first_ns = 8, .last_ns = 30, .stored = 4 };
	object[3] = (struct listing_object){ .first_ns = 30, .last_ns = 40, .stored = 8 };
	finds(1, 1, 1, "one");
	finds(3, 2, 5, "one that ends before the third begins");
	finds(4, 2, 12, "one that begins when another one ends");
	object[3].stored = MOST + 1;
	finds(4, 2, 5, "bytes of one that is left out");
	return tap_done();
}
