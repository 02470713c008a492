/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The captures that are claimed and wait for their proof, and which of them come next: the oldest
 * by last change, but those that failed behind those that were never tried, so that one capture
 * which the store does not take holds up no other.
 */
#ifndef VTAP_ARCHIVE_QUEUE_H
#define VTAP_ARCHIVE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue_item {
	uint64_t bytes;	    /* of the capture as it lay in the spool */
	int64_t changed_ns; /* of its last change, since 1970 */
	uint32_t tries;	    /* batches that it was in without a proof */
	bool in_hand;	    /* it is in a batch now */
	bool gone;	    /* queue_remove() had it; for queue.c alone */
	char path[];	    /* its name in taken/ */
};

/* A struct that is all zero is an empty queue. */
struct queue {
	struct queue_item **item; /* for queue.c alone, as are room, listed and sorted */
	size_t room, listed;
	bool sorted;
	size_t count;	/* captures that wait, those in hand included */
	uint64_t bytes; /* of all of them */
	size_t memory;	/* bytes that the captures take, about */
};

/* Adds a capture. path is copied. Returns the item, which is valid until queue_remove(), or NULL if
 * there is no memory. */
struct queue_item *queue_add(struct queue *queue, const char *path, uint64_t bytes,
			     int64_t changed_ns);

/* Notes that a capture that waits has become larger, or smaller. */
void queue_measure(struct queue *queue, struct queue_item *item, uint64_t bytes);

/*
 * Takes the next captures in hand: at most `max`, and of at most max_bytes bytes together, but one
 * in any case. new_alone: only such as were never tried. Writes them to item and returns their
 * number, 0 if none is left that is not in hand.
 */
size_t queue_take(struct queue *queue, size_t max, uint64_t max_bytes, bool new_alone,
		  struct queue_item *item[]);

/* Puts a capture back that was in hand and has no proof. */
void queue_put_back(struct queue *queue, struct queue_item *item);

/* Removes and frees a capture: the archive has it, or it is dropped or refused. */
void queue_remove(struct queue *queue, struct queue_item *item);

/* Returns the capture with the oldest change that is not in hand, or NULL if there is none. */
struct queue_item *queue_oldest_idle(struct queue *queue);

/* Returns the time of the oldest change, in nanoseconds since 1970, or INT64_MAX if the queue is
 * empty. */
int64_t queue_oldest_ns(const struct queue *queue);

/* Frees all captures. The queue is empty then. */
void queue_free(struct queue *queue);

#endif
