/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums of what was counted. */
#ifndef VTAP_STAT_RECORD_SUM_H
#define VTAP_STAT_RECORD_SUM_H

#include <string.h>

#include "counts.h"

/* Adds every member of *more to that of *sum: all are numbers of 64 bits (counts.h). */
static inline void record_sum_add(struct counts *sum, const struct counts *more)
{
	enum { MEMBERS = sizeof(*sum) / sizeof(uint64_t) };
	uint64_t all[MEMBERS], other[MEMBERS];

	_Static_assert(sizeof(all) == sizeof(*sum), "a member of struct counts is no uint64_t");
	memcpy(all, sum, sizeof(all));
	memcpy(other, more, sizeof(other));
	for (unsigned i = 0; i < MEMBERS; i++)
		all[i] += other[i];
	memcpy(sum, all, sizeof(all));
}

#endif
