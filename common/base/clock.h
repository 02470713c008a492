/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clocks of this host as one number; clock_gettime(2). */
#ifndef VTAP_BASE_CLOCK_H
#define VTAP_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds: CLOCK_REALTIME since 1970, CLOCK_MONOTONIC since some moment before the start. */
static inline int64_t clock_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

#endif
