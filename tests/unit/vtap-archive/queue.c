/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of captures that wait, and what a batch takes of them. */
#include "tools/vtap-archive/queue.h"

#include <stdlib.h>

#include "lib/tap.h"

enum { MAX = 4 };

static struct queue queue;
static struct queue_item *hand[MAX];

/* Takes a batch and writes its names, joined. */
static const char *take(size_t max, uint64_t max_bytes)
{
	static char names[64];
	size_t count = queue_take(&queue, max, max_bytes, false, hand);

	names[0] = '\0';
	for (size_t i = 0; i < count; i++)
		strncat(names, hand[i]->path, sizeof(names) - strlen(names) - 1);
	return names;
}

static void test_order(void)
{
	is_str(take(MAX, 100), "", "nothing waits");
	is_u64((uint64_t)queue_oldest_ns(&queue), INT64_MAX, "... and nothing is old");
	queue_add(&queue, "c", 10, 3);
	queue_add(&queue, "a", 10, 1);
	queue_add(&queue, "b", 10, 2);
	is_u64((uint64_t)queue_oldest_ns(&queue), 1, "the oldest");
	is_str(take(2, 100), "ab", "a batch: the oldest first");
	queue_put_back(&queue, hand[0]);
	is_str(take(MAX, 100), "ca", "what failed stands behind what was never tried");
	is_str(take(MAX, 100), "", "what is in hand is in no other batch");
	is_u64(queue.count, 3, "all of them wait");
	is_u64(queue.bytes, 30, "... with their bytes");
}

static void test_remove(void)
{
	struct queue_item *c = hand[0], *a = hand[1];

	queue_remove(&queue, c);
	is_u64(queue.count * 100 + queue.bytes, 220, "a proven one is gone");
	ok(!queue_oldest_idle(&queue), "none is idle: b and a are in hand");
	queue_put_back(&queue, a);
	queue_add(&queue, "d", 10, 4);
	is_str(queue_oldest_idle(&queue)->path, "a", "the oldest is dropped first, tried or not");
	queue_remove(&queue, queue_oldest_idle(&queue));
	is_str(queue_oldest_idle(&queue)->path, "d", "... b is in hand");
	is_u64((uint64_t)queue_oldest_ns(&queue), 2, "... and counts for the age");
	queue_free(&queue);
	is_u64(queue.count + queue.bytes, 0, "freed");
}

static void test_bytes(void)
{
	queue_add(&queue, "x", UINT64_MAX / 2, 1);
	queue_add(&queue, "y", 60, 2);
	queue_add(&queue, "z", 40, 3);
	queue_add(&queue, "w", 1, 4);
	is_str(take(MAX, 100), "x", "one capture in any case, however large");
	is_str(take(MAX, 100), "yz", "... else at most so many bytes");
	is_str(take(MAX, 100), "w", "... the rest comes then");
	queue_free(&queue);
}

/* A spool that is found with many captures, against an order that qsort() did not make. */
static void test_many(void)
{
	enum { COUNT = 20000 };
	struct queue_item *item[1];
	int64_t last_ns = -1;
	bool in_order = true;
	size_t count = 0;
	char path[24];

	srand(1);
	for (int i = 0; i < COUNT; i++) {
		snprintf(path, sizeof(path), "%d", i);
		queue_add(&queue, path, 1, rand() % 1000);
	}
	for (; queue_take(&queue, 1, 1, false, item); count++) {
		in_order = in_order && item[0]->changed_ns >= last_ns;
		last_ns = item[0]->changed_ns;
	}
	ok(in_order && count == COUNT, "20000 captures, each once and in order");
	queue_free(&queue);
}

int main(void)
{
	test_order();
	test_remove();
	test_bytes();
	test_many();
	return tap_done();
}
