/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ends files of -G whose packets have stopped coming. Intervals end when a later packet comes, but
 * a pipe may be silent for hours; the host's clock then stands in for the packets.
 */
#ifndef VTAP_SPLIT_SPLIT_QUIET_H
#define VTAP_SPLIT_SPLIT_QUIET_H

#include "split.h"

/* Nanoseconds between two calls of split_quiet_end(): how exactly it knows when packets came. */
enum { SPLIT_QUIET_TICK_NS = 250000000 };

/*
 * Ends each file that has got no packet for the length of an interval and a second more, under its
 * final name; later packets of its key begin a further file. To be called every
 * SPLIT_QUIET_TICK_NS: a file ends no earlier than it should, and no more than two such times
 * later. now_ns: CLOCK_MONOTONIC. Returns false if a file could not be written; the next
 * split_put() or split_finish() reports that. Does nothing if an error waits to be reported
 * already, or without -G.
 */
bool split_quiet_end(struct split *split, int64_t now_ns);

#endif
