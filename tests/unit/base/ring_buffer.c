/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/ring_buffer.h"

#include <stdlib.h>
#include <string.h>

#include "lib/tap.h"

enum { SIZE = 20000, MAX_ITEM = 3000, MAX_ITEMS = 2000 };

/* What the ring should hold: each item is filled with one byte. */
struct item {
	uint8_t *bytes;
	size_t size;
	uint8_t fill;
	bool named;
};

static struct item items[MAX_ITEMS];
static unsigned count;

static bool intact(const struct item *item)
{
	for (size_t i = 0; i < item->size; i++)
		if (item->bytes[i] != item->fill)
			return false;
	return true;
}

static bool drop(struct ring_buffer *ring, unsigned at)
{
	bool good = intact(&items[at]);

	ring_buffer_drop(ring, items[at].bytes);
	items[at] = items[--count];
	return good;
}

static bool add(struct ring_buffer *ring, size_t size, uint8_t fill)
{
	uint8_t *bytes = ring_buffer_add(ring, size);

	if (!bytes)
		return false;
	memset(bytes, fill, size);
	items[count++] = (struct item){ bytes, size, fill, false };
	return true;
}

/* What crowding names is an item, once; without those the item fits. */
static bool crowd(struct ring_buffer *ring, size_t size, bool drop_them)
{
	uint8_t *named;
	bool good = true;

	while (good && (named = ring_buffer_crowding(ring, size))) {
		unsigned i = 0;

		while (i < count && items[i].bytes != named)
			i++;
		good = i < count && !items[i].named;
		if (good)
			items[i].named = true;
	}
	for (unsigned i = 0; good && drop_them && i < count;) {
		if (items[i].named)
			good = drop(ring, i);
		else
			i++;
	}
	return good && (!drop_them || add(ring, size, 9));
}

static bool random_steps(struct ring_buffer *ring, unsigned steps)
{
	bool good = true;

	for (unsigned i = 0; good && i < steps; i++) {
		size_t size = (size_t)(rand() % (rand() % 4 ? 200 : MAX_ITEM));

		switch (rand() % 8) {
		case 0:
			good = crowd(ring, size, true);
			break;
		case 1:
			good = crowd(ring, size, false);
			break;
		case 2:
		case 3:
		case 4:
			add(ring, size, (uint8_t)i);
			break;
		default:
			good = count == 0 || drop(ring, (unsigned)rand() % count);
		}
	}
	return good;
}

/* All is named, and then an item goes to the front of the ring: it is named too. */
static void wrap_behind_named(struct ring_buffer *ring)
{
	uint8_t *third;

	add(ring, 9000, 1);
	add(ring, 9000, 2);
	ok(ring_buffer_crowding(ring, 18000) && ring_buffer_crowding(ring, 18000) &&
		   !ring_buffer_crowding(ring, 18000),
	   "both of two items are in the way");
	drop(ring, 0);
	add(ring, 5000, 3);
	third = items[1].bytes;
	ok(ring_buffer_crowding(ring, 18000) == third, "a third that wrapped is, too");
	while (count > 0)
		drop(ring, count - 1);
}

int main(void)
{
	struct ring_buffer ring;
	size_t most;

	srand(3);
	ok(ring_buffer_init(&ring, SIZE), "a ring");
	ok(!ring_buffer_add(&ring, SIZE), "an item with its header does not fit into its own size");
	most = SIZE - ring_buffer_cost(0);
	ok(add(&ring, most, 1) && !ring_buffer_add(&ring, 0), "one item may take it all");
	ok(drop(&ring, 0) && add(&ring, most, 2) && drop(&ring, 0), "... again and again");
	wrap_behind_named(&ring);
	ok(random_steps(&ring, 300000), "random items stay whole until they are dropped");
	while (count > 0)
		drop(&ring, count - 1);
	ok(add(&ring, most, 1), "an empty ring has all its room again");
	ring_buffer_free(&ring);
	return tap_done();
}
