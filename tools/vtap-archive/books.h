/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The books of vtap-archive: what became of each capture. At every moment, for captures and for
 * bytes, found = proven + dropped + failed + empty + waiting. What waits stands in the queue.
 */
#ifndef VTAP_ARCHIVE_BOOKS_H
#define VTAP_ARCHIVE_BOOKS_H

#include "cli/stats.h"
#include "queue.h"

/* What became of a capture. */
enum books_outcome {
	BOOKS_PROVEN,  /* the archive has it */
	BOOKS_DROPPED, /* more than --cap waited */
	BOOKS_FAILED,  /* it is in failed/ */
	BOOKS_EMPTY,   /* there was nothing in it */
	BOOKS_OUTCOMES,
};

struct books_sum {
	uint64_t captures, bytes;
};

/* A struct that is all zero but for `queue` is empty. */
struct books {
	const struct queue *queue; /* the captures that wait; borrowed */
	struct books_sum found;	   /* claimed by this run, or by an earlier one and still there */
	struct books_sum claimed;  /* by this run */
	struct books_sum outcome[BOOKS_OUTCOMES];
	uint64_t abandoned;    /* captures that a crash of their writer has left */
	uint64_t retried;      /* captures that came back from a batch without proof */
	uint64_t batches;      /* that were shipped */
	uint64_t stored_bytes; /* of proven objects */
	uint64_t packets;      /* in proven captures */
	int64_t proven_ns;     /* when the last proof came, or the run began; CLOCK_MONOTONIC */
	bool store_down;       /* there is a trouble with the archive */
};

/* Adds a capture that is claimed. Returns its item in the queue, or NULL if there is no memory. */
struct queue_item *books_add(struct books *books, struct queue *queue, const char *path,
			     uint64_t bytes, int64_t changed_ns, bool claimed);

/* Notes that a capture that waits has another size than when it was claimed. */
void books_measure(struct books *books, struct queue *queue, struct queue_item *item,
		   uint64_t bytes);

/* Takes a capture out of the queue; what became of it is counted. */
void books_settle(struct books *books, struct queue *queue, struct queue_item *item,
		  enum books_outcome outcome);

/* The figures as they are told; own_arg of struct stats is the struct books. */
extern const struct stats_own books_figures;

/* Writes "37 captures, 2.1 GB wait", cut off to size. */
void books_say_waiting(const struct books *books, char *text, size_t size);

#endif
