/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes numbers as people read them: "1,301,074", "1.5 GB", "310 MB/s", "2 h 5 min". The text
 * depends on no locale and is at most HUMAN_SIZE bytes with its NUL, for units of at most 16 bytes;
 * longer units are cut off. For numbers that programs read, print all digits instead.
 */
#ifndef VTAP_BASE_HUMAN_H
#define VTAP_BASE_HUMAN_H

#include <stdint.h>

enum { HUMAN_SIZE = 48 };

/* Writes all digits in groups of three: "1,301,074". Returns text. */
const char *human_count(char text[HUMAN_SIZE], uint64_t count);

/*
 * Writes a value with the prefix k, M, G, T, P or E of powers of 1000 in front of unit ("B", "B/s",
 * "pkt", "pkt/s"), rounded: one decimal if the number is below 100 ("1.5 GB"), none above ("310
 * MB/s"). Values below 1000 have no prefix and no decimal ("999 B"). Returns text.
 */
const char *human_scaled(char text[HUMAN_SIZE], uint64_t value, const char *unit);

/*
 * Writes how much of a whole is done, both with the whole's prefix and decimals: "0.8/2.0 GB".
 * unit is that of human_scaled(). Returns text.
 */
const char *human_part(char text[HUMAN_SIZE], uint64_t part, uint64_t whole, const char *unit);

/*
 * Writes a duration in seconds by its one or two largest units: "4 s", "3 min 20 s", "2 h 5 min",
 * "3 d 4 h"; what is smaller is cut off, and a second unit of 0 is left out. Returns text.
 */
const char *human_duration(char text[HUMAN_SIZE], uint64_t seconds);

#endif
