/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queue.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 256 };

static bool queue_grow(struct queue *queue)
{
	size_t room = queue->room ? queue->room * 2 : ROOM;
	struct queue_item **item = reallocarray(queue->item, room, sizeof(*item));

	if (!item)
		return false;
	queue->item = item;
	queue->room = room;
	return true;
}

/* With its place in the list, and what malloc() keeps of it. */
static size_t queue_cost(const struct queue_item *item)
{
	return sizeof(*item) + strlen(item->path) + 4 * sizeof(void *);
}

struct queue_item *queue_add(struct queue *queue, const char *path, uint64_t bytes,
			     int64_t changed_ns)
{
	size_t size = strlen(path) + 1;
	struct queue_item *item;

	if (queue->listed == queue->room && !queue_grow(queue))
		return NULL;
	item = calloc(1, sizeof(*item) + size);
	if (!item)
		return NULL;
	memcpy(item->path, path, size);
	item->bytes = bytes;
	item->changed_ns = changed_ns;
	queue->item[queue->listed++] = item;
	queue->sorted = false;
	queue->count++;
	queue->bytes += bytes;
	queue->memory += queue_cost(item);
	return item;
}

static int queue_compare(const void *a, const void *b)
{
	const struct queue_item *one = *(const struct queue_item *const *)a;
	const struct queue_item *two = *(const struct queue_item *const *)b;

	if (one->tries != two->tries)
		return one->tries < two->tries ? -1 : 1;
	if (one->changed_ns != two->changed_ns)
		return one->changed_ns < two->changed_ns ? -1 : 1;
	return strcmp(one->path, two->path);
}

/* Captures come in any order, and many at once when a spool is found: sorted when one is asked for,
 * they cost less than in a tree. */
static void queue_sort(struct queue *queue)
{
	size_t kept = 0;

	if (queue->sorted)
		return;
	for (size_t i = 0; i < queue->listed; i++) {
		if (queue->item[i]->gone)
			free(queue->item[i]);
		else
			queue->item[kept++] = queue->item[i];
	}
	queue->listed = kept;
	if (kept > 1)
		qsort(queue->item, kept, sizeof(struct queue_item *), queue_compare);
	queue->sorted = true;
}

void queue_measure(struct queue *queue, struct queue_item *item, uint64_t bytes)
{
	queue->bytes += bytes - item->bytes;
	item->bytes = bytes;
}

size_t queue_take(struct queue *queue, size_t max, uint64_t max_bytes, bool new_alone,
		  struct queue_item *item[])
{
	uint64_t bytes = 0;
	size_t count = 0;

	queue_sort(queue);
	for (size_t i = 0; i < queue->listed && count < max; i++) {
		struct queue_item *next = queue->item[i];

		if (next->in_hand)
			continue;
		if (new_alone && next->tries > 0)
			break;
		if (count > 0 && (bytes > max_bytes || next->bytes > max_bytes - bytes))
			break;
		next->in_hand = true;
		bytes += next->bytes;
		item[count++] = next;
	}
	return count;
}

void queue_put_back(struct queue *queue, struct queue_item *item)
{
	item->in_hand = false;
	if (item->tries < UINT32_MAX)
		item->tries++;
	queue->sorted = false;
}

/* It is freed when the list is sorted next: no place in the list has to be sought. */
void queue_remove(struct queue *queue, struct queue_item *item)
{
	item->gone = true;
	queue->sorted = false;
	queue->count--;
	queue->bytes -= item->bytes;
	queue->memory -= queue_cost(item);
}

struct queue_item *queue_oldest_idle(struct queue *queue)
{
	struct queue_item *oldest = NULL;

	queue_sort(queue);
	for (size_t i = 0; i < queue->listed; i++)
		if (!queue->item[i]->in_hand &&
		    (!oldest || queue->item[i]->changed_ns < oldest->changed_ns))
			oldest = queue->item[i];
	return oldest;
}

int64_t queue_oldest_ns(const struct queue *queue)
{
	int64_t oldest_ns = INT64_MAX;

	for (size_t i = 0; i < queue->listed; i++)
		if (!queue->item[i]->gone && queue->item[i]->changed_ns < oldest_ns)
			oldest_ns = queue->item[i]->changed_ns;
	return oldest_ns;
}

void queue_free(struct queue *queue)
{
	for (size_t i = 0; i < queue->listed; i++)
		free(queue->item[i]);
	free(queue->item);
	*queue = (struct queue){ 0 };
}
