/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads several sources as one in time order. Captures are opened and merged by capture/inputs.h.
 */
#ifndef VTAP_CAPTURE_MERGE_H
#define VTAP_CAPTURE_MERGE_H

#include "capture/source.h"

/* Who is told of inputs that are damaged. */
struct merge_watch {
	/* Called once for each, when the reader finds the damage. */
	void (*failed)(void *arg, const struct error *err);
	void *arg;
};

/*
 * Merges sources that are open, at least one. Takes over the sources, but not the array. The result
 * has the name of the first one. Returns NULL, with all sources closed and err set, if there is no
 * memory.
 * The packet with the earliest time comes first; of two with one time, that of the input named
 * first. Each input keeps its own order. A simple packet has no time and stays behind the packet in
 * front of it; blocks come with the packets behind them. All inputs share the section that comes
 * first, and interfaces that are alike (capture/merge_interfaces.h): the others are left out. An
 * input that is damaged ends early: watch is told, the others go on, and the result never returns
 * SOURCE_ERROR.
 */
struct source *merge_sources(struct source *const *inputs, unsigned count, struct merge_watch watch,
			     struct error *err);

/*
 * Says that the first packet of an input, by its index, has the time first_ns: the input is not
 * read until all packets before that were given. Its blocks then come with its packets. To be
 * called before the first source_next().
 */
void merge_wait(struct source *source, unsigned index, int64_t first_ns);

/* What was given of one input so far. */
struct merge_figures {
	uint64_t packets;
	int64_t first_ns,
		last_ns; /* times of its first and last packet; INT64_MIN if none has one */
};

/* Fills an array with an element for each source that merge_sources() made `source` of. */
void merge_figures(const struct source *source, struct merge_figures *figures);

#endif
