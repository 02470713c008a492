/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads several captures as one source in time order. Each may first be sorted within a window
 * (capture/reorder.h).
 */
#ifndef VTAP_CAPTURE_MERGE_H
#define VTAP_CAPTURE_MERGE_H

#include "capture/source_file.h"

/* Bytes that windows may hold in all inputs together, in equal parts; an input that exceeds its
 * part gives its earliest packets early. More than 4096 inputs take 64 KiB each. */
#define MERGE_WINDOW_MEMORY ((size_t)256 << 20)

/*
 * Calls source_file_probe() for each of `count` names, at least one. A process may give up rights
 * before it calls merge_start(). Returns an array of `count` files that merge_start() or
 * merge_discard() frees, or NULL and err if an input cannot be opened. names must outlive the
 * source.
 */
struct source_file *merge_probe(const char *const *names, unsigned count, enum source_reader reader,
				struct error *err);

/*
 * Begins to read the captures as one source. The packet with the earliest time comes first; of two
 * with one time, that of the input named first. Each input keeps its own order, unless window_ns
 * (nanoseconds) is above 0: then it is sorted within that window. A simple packet has no time and
 * stays behind the packet in front of it; blocks come with the packets behind them.
 * An input that is damaged ends early: the others go on, and the first such error comes at the end;
 * those of further inputs are not given. Frees files in any case. Returns NULL and sets err if an
 * input is no capture, or if there is no memory.
 */
struct source *merge_start(struct source_file *files, unsigned count, int64_t window_ns,
			   struct error *err);

/* Closes and frees files that are not to be started. */
void merge_discard(struct source_file *files, unsigned count);

/*
 * Merges sources that are open, at least one. Takes over the sources, but not the array. The result
 * has the name of the first one. Returns NULL, with all sources closed and err set, if there is no
 * memory.
 */
struct source *merge_sources(struct source *const *inputs, unsigned count, struct error *err);

#endif
