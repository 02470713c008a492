/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several captures as one source in time order, and the sorting of one that is out of order. */
#ifndef VTAP_SOURCE_MERGE_H
#define VTAP_SOURCE_MERGE_H

#include "source.h"

/* What --window may hold in memory, all inputs together; then packets leave early. */
#define MERGE_WINDOW_MEMORY ((size_t)256 << 20)

/*
 * Opens count captures (at least one) as one source. The packet with the earliest time comes first,
 * at a tie the one of the input that was named first; each input's own order stays, unless
 * window_ns > 0: then each is sorted by source_window() first. A simple packet, which has no time,
 * stays behind its neighbour. Blocks come with their input. An input that is damaged ends early;
 * the others go on, and the first such error is given at the end. names must outlive the source.
 */
struct source *source_merge_open(const char *const *names, unsigned count,
				 enum source_reader reader, int64_t window_ns, struct error *err);

/*
 * The same in two steps, as source_reach() and source_begin(). files: of source_merge_reach(), as
 * many as it had names; source_merge_begin() frees them in any case.
 */
struct source_file *source_merge_reach(const char *const *names, unsigned count,
				       enum source_reader reader, struct error *err);
struct source *source_merge_begin(struct source_file *files, unsigned count, int64_t window_ns,
				  struct error *err);

/* The k-way merge alone; takes over the sources, not the array. NULL (all closed) without memory.
 */
struct source *source_merge(struct source *const *inputs, unsigned count, struct error *err);

/*
 * Sorts by time what is at most window_ns out of order, holding copies of at most `memory` bytes
 * (and one record). What is later still is given as soon as it is read. Never sorts across a new
 * section. Takes over inner (closed on failure, NULL).
 */
struct source *source_window(struct source *inner, int64_t window_ns, size_t memory,
			     struct error *err);

/* Instead of source_merge_begin(). */
void source_merge_leave(struct source_file *files, unsigned count);

#endif
