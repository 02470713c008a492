/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the numbers that a user types: whole numbers, lists of ranges, sizes and durations. Every
 * function takes a whole string: it accepts neither a sign nor white space, and nothing may follow
 * the value. The error says what was expected, so the caller only puts the option in front.
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
 * Reads a size into *bytes: a decimal number with a suffix K, M or G (powers of 1024; small letters
 * too) counts bytes, a number without a suffix counts units of `unit` bytes. 0 is a valid size.
 * Returns false and sets err if text is no size or does not fit into 64 bits; *bytes may have
 * changed then.
 */
bool number_size(const char *text, uint64_t unit, uint64_t *bytes, struct error *err);

/*
 * Reads a number with at most nine decimals, such as "2" or "0.5", into *nano as 10^-9 of one.
 * Returns false and sets err if text is no such number or does not fit into 63 bits; *nano is then
 * left as it was.
 */
bool number_decimal(const char *text, int64_t *nano, struct error *err);

/*
 * Reads a duration into *ns as nanoseconds: a number with at most nine decimals and a unit, ms, s,
 * m (minutes), h or d, such as "90s" or "1.5h"; without a unit it counts seconds. 0 is a valid
 * duration, and less than a nanosecond is cut off. Returns false and sets err if text is no
 * duration or does not fit into 63 bits of nanoseconds; *ns is then left as it was.
 */
bool number_duration(const char *text, int64_t *ns, struct error *err);

#endif
