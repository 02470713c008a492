/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the numbers that a user types: whole numbers, lists of ranges, sizes, rates and durations.
 * Every function takes a whole string: it accepts neither a sign nor white space, and nothing may
 * follow the value. The error says what was expected, so the caller only puts the option in front.
 */
#ifndef VTAP_BASE_NUMBER_H
#define VTAP_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Reads a whole number, decimal or hexadecimal (0x1f), into *value. Returns false and sets err if
 * text is no such number or it is outside min to max; *value is then left as it was.
 */
bool number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *value, struct error *err);

/*
 * Reads a comma-separated list of numbers and ranges, such as "5,7-9", and calls add(arg, first,
 * last, err) for each in its order; a single number is a range from itself to itself. Returns false
 * and sets err if text is no such list, if a range ends before it begins or if a number exceeds
 * max; also returns false if add() does, which then has to set err. The ranges in front of the
 * error have been added.
 */
bool number_ranges(const char *text, uint64_t max,
		   bool (*add)(void *arg, uint64_t first, uint64_t last, struct error *err),
		   void *arg, struct error *err);

/*
 * Reads a size into *bytes: a number with K, M, G, KiB, MiB or GiB (powers of 1024; k, m, g too) or
 * kB, MB or GB (powers of 1000) counts bytes, a number alone counts units of `unit` bytes: 1, 1024
 * or a million. It may have nine decimals (1.5G) unless it counts single bytes; what is less than a
 * byte is left out. 0 is a valid size. Returns false and sets err if text is no size or does not
 * fit into 64 bits; *bytes may have changed then.
 */
bool number_size(const char *text, uint64_t unit, uint64_t *bytes, struct error *err);

/*
 * Reads a rate of at least 1 into *bits_per_s: a number with k, M or G in any case (powers of
 * 1000), behind which `bit`, `bps` or `bit/s` may stand. It may have nine decimals (1.5G) in front
 * of a letter. Returns false and sets err if text is no rate or does not fit into 64 bits;
 * *bits_per_s may have changed then.
 */
bool number_rate(const char *text, uint64_t *bits_per_s, struct error *err);

/* Reads a number of at least 1 into *value, with k, M or G in any case for powers of 1000. Returns
 * false and sets err if text is none or does not fit into 64 bits; *value may have changed then. */
bool number_thousands(const char *text, uint64_t *value, struct error *err);

/*
 * Reads a duration with at most nine decimals, in seconds such as "60" or "0.5" or with a unit (ms,
 * s, m for minutes, h, d for 24 hours), into *ns as nanoseconds. 0 is a valid duration. Returns
 * false and sets err if text is no duration or does not fit into 63 bits of nanoseconds; *ns is
 * then left as it was.
 */
bool number_duration(const char *text, int64_t *ns, struct error *err);

/*
 * Reads a number with at most nine decimals, such as "2" or "0.5", into *nano as 10^-9 of one.
 * Returns false and sets err if text is no such number or does not fit into 63 bits; *nano is then
 * left as it was.
 */
bool number_decimal(const char *text, int64_t *nano, struct error *err);

#endif
