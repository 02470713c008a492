/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "live/interfaces_internal.h"

/*
 * To know that no ring holds an older frame, each has to be asked, which takes a system call. A
 * packet an interface now and then would have all of them asked each time; of many rings, all are
 * read no more often than each PAUSE_NS.
 */
enum { MANY_QUEUES = 16, PAUSE_NS = 5000000 };

static bool merge_is_older(const struct interface_queue *a, const struct interface_queue *b)
{
	return a->head.time_ns < b->head.time_ns;
}

static void merge_swap(struct interface_queue **a, struct interface_queue **b)
{
	struct interface_queue *queue = *a;

	*a = *b;
	*b = queue;
}

static void merge_push(struct interfaces_merge *merge, struct interface_queue *queue)
{
	struct interface_queue **heap = merge->heap;
	unsigned at = merge->full++;

	heap[at] = queue;
	for (; at > 0 && merge_is_older(heap[at], heap[(at - 1) / 2]); at = (at - 1) / 2)
		merge_swap(&heap[at], &heap[(at - 1) / 2]);
}

static void merge_pop(struct interfaces_merge *merge)
{
	struct interface_queue **heap = merge->heap;
	unsigned at = 0, child = 1;

	heap[0] = heap[--merge->full];
	for (; child < merge->full; at = child, child = 2 * at + 1) {
		child += child + 1 < merge->full && merge_is_older(heap[child + 1], heap[child]);
		if (!merge_is_older(heap[child], heap[at]))
			break;
		merge_swap(&heap[child], &heap[at]);
	}
}

static struct interface_queue *merge_oldest(const struct interfaces_merge *merge)
{
	return merge->full > 0 ? merge->heap[0] : NULL;
}

void interfaces_merge_free(struct interfaces_merge *merge)
{
	free(merge->queues);
	free(merge->heap);
	*merge = (struct interfaces_merge){ 0 };
}

static unsigned merge_count_queues(const struct interfaces *live)
{
	unsigned count = 0;

	for (unsigned i = 0; i < live->device_count; i++)
		count += live->devices[i]->queue_count;
	return count;
}

static void merge_add_device(struct interfaces_merge *merge, struct live_interface *device)
{
	for (unsigned k = 0; k < device->queue_count; k++) {
		struct interface_queue *queue = &device->queues[k];

		merge->queues[merge->count++] = queue;
		if (queue->full)
			merge_push(merge, queue);
	}
}

/* One ring alone has nothing to wait for. */
static bool merge_rebuild(struct interfaces *live)
{
	unsigned count = merge_count_queues(live);
	struct interfaces_merge fresh = { .certain_ns = count > 1 ? INT64_MIN : INT64_MAX };
	struct error err;

	fresh.queues = calloc(count + 1, sizeof(struct interface_queue *));
	fresh.heap = calloc(count + 1, sizeof(struct interface_queue *));
	if (!fresh.queues || !fresh.heap) {
		error_errno(&err, "interfaces");
		interfaces_merge_free(&fresh);
		interfaces_fail(live, &err);
		return false;
	}
	for (unsigned i = 0; i < live->device_count; i++)
		merge_add_device(&fresh, live->devices[i]);
	interfaces_merge_free(&live->merge);
	live->merge = fresh;
	return true;
}

/* Returns the packet time up to which frames of an interface are wanted. A ring goes on to get
 * those of an interface that has another name now. */
static int64_t merge_last_ns(const struct interfaces *live, const struct live_interface *device)
{
	int64_t last_ns = live->ending ? live->end_ns : INT64_MAX;

	return device->state == LIVE_INTERFACE_LEAVING && device->gone_ns < last_ns
		       ? device->gone_ns
		       : last_ns;
}

static void merge_fill(struct interfaces *live, struct interface_queue *queue)
{
	struct error err;

	if (queue->done)
		return;
	switch (packet_ring_next(queue->ring, &queue->head, &err)) {
	case PACKET_RING_FRAME:
		queue->done = queue->head.time_ns > merge_last_ns(live, queue->device);
		queue->full = !queue->done;
		if (queue->full)
			merge_push(&live->merge, queue);
		break;
	case PACKET_RING_EMPTY:
		break;
	case PACKET_RING_GONE:
		interfaces_vanished(live, queue->device);
		break;
	case PACKET_RING_BROKEN:
		queue->done = true;
		error_wrap(&err, "%s", queue->device->name);
		interfaces_fail(live, &err);
		break;
	}
}

static bool merge_is_empty(const struct interface_queue *queue)
{
	return !queue->full && !queue->done;
}

/* Lowers certain_ns to what is certain of a queue without a frame. */
static void merge_limit(struct interfaces_merge *merge, struct interface_queue *queue,
			int64_t now_ns, int64_t wanted_ns)
{
	if (queue->empty_until_ns < wanted_ns)
		live_interface_is_read_until(queue, now_ns, wanted_ns);
	if (queue->empty_until_ns < merge->certain_ns)
		merge->certain_ns = queue->empty_until_ns;
}

/* The frames of a ring are in order, so that nothing older than its last one can come by it. */
static void merge_refill(struct interfaces *live)
{
	struct interfaces_merge *merge = &live->merge;
	struct interface_queue *queue = merge->taken;
	int64_t last_ns = queue->head.time_ns, now_ns;

	merge->taken = NULL;
	now_ns = merge->count > 1 ? clock_ns(CLOCK_REALTIME) : 0;
	merge_fill(live, queue);
	if (!merge_is_empty(queue) || merge->count == 1)
		return;
	queue->empty_until_ns = last_ns;
	merge_limit(merge, queue, now_ns, merge->full > 0 ? merge->heap[0]->head.time_ns : last_ns);
}

/* Reads all rings without a frame, since one may have an older frame than the oldest. The clock is
 * read first: a ring that is empty afterwards had no frame until then. */
static void merge_read_all(struct interfaces *live)
{
	struct interfaces_merge *merge = &live->merge;
	int64_t now_ns = merge->count > 1 ? clock_ns(CLOCK_REALTIME) : 0;

	for (unsigned i = 0; i < merge->count; i++)
		if (merge_is_empty(merge->queues[i]))
			merge_fill(live, merge->queues[i]);
	if (merge->count > MANY_QUEUES)
		merge->round_ns = clock_ns(CLOCK_MONOTONIC);
	if (merge->full == 0 || merge->count == 1)
		return;
	merge->certain_ns = INT64_MAX;
	for (unsigned i = 0; i < merge->count; i++)
		if (merge_is_empty(merge->queues[i]))
			merge_limit(merge, merge->queues[i], now_ns, merge->heap[0]->head.time_ns);
}

int64_t interfaces_merge_pause_ns(const struct interfaces *live)
{
	const struct interfaces_merge *merge = &live->merge;
	int64_t since_ns;

	if (merge->count <= MANY_QUEUES || merge->stale)
		return 0;
	since_ns = clock_ns(CLOCK_MONOTONIC) - merge->round_ns;
	return since_ns < PAUSE_NS ? PAUSE_NS - since_ns : 0;
}

struct interface_queue *interfaces_merge_choose(struct interfaces *live, bool *certain)
{
	struct interfaces_merge *merge = &live->merge;
	struct interface_queue *oldest;

	*certain = true;
	if (merge->stale && !merge_rebuild(live))
		return NULL;
	if (merge->taken)
		merge_refill(live);
	oldest = merge_oldest(merge);
	if (oldest && oldest->head.time_ns <= merge->certain_ns)
		return oldest;
	if (interfaces_merge_pause_ns(live) == 0)
		merge_read_all(live);
	oldest = merge_oldest(merge);
	*certain = !oldest || oldest->head.time_ns <= merge->certain_ns;
	return oldest;
}

void interfaces_merge_take(struct interfaces *live)
{
	struct interfaces_merge *merge = &live->merge;

	merge->taken = merge->heap[0];
	merge->taken->full = false;
	merge_pop(merge);
}
