/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a clock of this host as one number; see clock_gettime(2). */
#ifndef VTAP_BASE_CLOCK_H
#define VTAP_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/*
 * Returns nanoseconds: of CLOCK_REALTIME since 1970, of CLOCK_MONOTONIC since some moment before
 * this process began.
 */
static inline int64_t clock_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

#endif
