/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several captures as one source in time order, and the sorting of one that is out of order. */
#ifndef VTAP_CAPTURE_MERGE_H
#define VTAP_CAPTURE_MERGE_H

#include "capture/source_file.h"

/* What --window may hold in memory, all inputs together; then packets leave early. */
#define MERGE_WINDOW_MEMORY ((size_t)256 << 20)

/*
 * Opens count captures (at least one) as one source. The packet with the earliest time comes first,
 * at a tie the one of the input that was named first; each input's own order stays, unless
 * window_ns > 0: then each is sorted by reorder_open() first. A simple packet, which has no time,
 * stays behind its neighbour. Blocks come with their input. An input that is damaged ends early;
 * the others go on, and the first such error is given at the end. names must outlive the source.
 */
struct source *merge_open(const char *const *names, unsigned count, enum source_reader reader,
			  int64_t window_ns, struct error *err);

/*
 * The same in two steps, as source_file_probe() and source_file_start(). files: of
 * merge_probe(), as many as it had names; merge_start() frees them in any case.
 */
struct source_file *merge_probe(const char *const *names, unsigned count, enum source_reader reader,
				struct error *err);
struct source *merge_start(struct source_file *files, unsigned count, int64_t window_ns,
			   struct error *err);

/* The k-way merge alone; takes over the sources, not the array. NULL (all closed) without memory.
 */
struct source *merge_sources(struct source *const *inputs, unsigned count, struct error *err);

/* Instead of merge_start(). */
void merge_discard(struct source_file *files, unsigned count);

#endif
