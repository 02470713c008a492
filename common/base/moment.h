/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moments as people write them, for the options that choose packets by time: a date, a time of day
 * on it, seconds since 1970, or a distance from now or from the first packet.
 */
#ifndef VTAP_BASE_MOMENT_H
#define VTAP_BASE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct moment {
	bool behind_first; /* ns counts from the first packet, otherwise from 1970-01-01 UTC */
	int64_t ns;	   /* leap seconds are not counted */
};

/*
 * Reads a moment:
 *   2026-11-17                      the first moment of that day, UTC
 *   2026-11-17 16:05                UTC; T may stand in the place of the space
 *   2026-11-17T16:05:30.5Z          with seconds, and at most nine decimals
 *   2026-11-17 16:05+01:00          with the offset of the time zone from UTC, or Z for UTC
 *   @1795017930.5                   seconds since 1970, with at most nine decimals
 *   -2h                             so long (number_duration()) before now
 *   +90s                            so long behind the first packet
 * now_ns: nanoseconds since 1970 of "now". Returns false and sets err if text is none of these, if
 * there is no such day or time of day, or if 64 bits of nanoseconds cannot hold it (before
 * 1677-09-22 or after 2262-04-11). A date with a time of day is that of RFC 3339 section 5.6, of
 * which seconds and zone may be left out.
 */
bool moment_parse(const char *text, int64_t now_ns, struct moment *moment, struct error *err);

/* Returns a moment in nanoseconds since 1970, for a first packet at first_ns. What 64 bits cannot
 * hold becomes INT64_MAX. */
int64_t moment_ns(const struct moment *moment, int64_t first_ns);

enum { MOMENT_TEXT = 32 }; /* bytes of the longest text of moment_write(), with its NUL */

/* Writes a time in nanoseconds since 1970 with all decimals: "2026-11-17T16:05:30.500000000Z". */
void moment_write(int64_t time_ns, char text[MOMENT_TEXT]);

enum { MOMENT_BASIC_LEN = 26 }; /* bytes that moment_write_basic() writes, without the NUL */
/* Writes a time in nanoseconds since 1970 in the basic format of ISO 8601, which has no colons and
 * so suits names of files: "20261117T160530.500000000Z". */
void moment_write_basic(int64_t time_ns, char text[MOMENT_BASIC_LEN + 1]);

#endif
