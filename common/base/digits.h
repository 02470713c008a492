/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes digits: formats of stdio.h take a thousand instructions for a text of some parts.
 * Use it where millions of texts are written. No function ends its text with a NUL; each returns
 * where the text ends.
 */
#ifndef VTAP_BASE_DIGITS_H
#define VTAP_BASE_DIGITS_H

#include <stdint.h>

enum { DIGITS_MAX = 20 }; /* of the largest number */

/* Writes a number as decimals, of which there are DIGITS_MAX at most. */
static inline char *digits_put(char *to, uint64_t number)
{
	char digits[DIGITS_MAX], *at = digits + DIGITS_MAX;

	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	while (at < digits + DIGITS_MAX)
		*to++ = *at++;
	return to;
}

/* Writes the last `width` decimals of a number, with zeros in front. */
static inline char *digits_put_fixed(char *to, uint64_t number, unsigned width)
{
	for (unsigned i = width; i-- > 0; number /= 10)
		to[i] = (char)('0' + number % 10);
	return to + width;
}

/* Writes a byte as two digits of base 16, letters as capitals. */
static inline char *digits_put_hex(char *to, uint8_t byte)
{
	static const char digits[] = "0123456789ABCDEF";

	*to++ = digits[byte >> 4];
	*to++ = digits[byte & 15];
	return to;
}

#endif
