/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/number.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

enum { NS_PER_S = 1000000000, NS_DIGITS = 9 };

static int number_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* Takes digits off the front of *text. Returns false if there are none, or more than 64 bits. */
static bool number_take_digits(const char **text, unsigned base, uint64_t *value)
{
	const char *start = *text;

	for (*value = 0; (unsigned)number_digit(**text) < base; ++*text)
		if (__builtin_mul_overflow(*value, base, value) ||
		    __builtin_add_overflow(*value, (unsigned)number_digit(**text), value))
			return false;
	return *text > start;
}

static bool number_take(const char **text, uint64_t *value)
{
	if ((*text)[0] == '0' && ((*text)[1] == 'x' || (*text)[1] == 'X')) {
		*text += 2;
		return number_take_digits(text, 16, value);
	}
	return number_take_digits(text, 10, value);
}

bool number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *value, struct error *err)
{
	uint64_t v;

	if (number_take(&text, &v) && !*text && v >= min && v <= max) {
		*value = v;
		return true;
	}
	if (max == UINT64_MAX)
		return error_set(err, "expected a whole number, at least %" PRIu64, min);
	return error_set(err, "expected a whole number from %" PRIu64 " to %" PRIu64, min, max);
}

bool number_ranges(const char *text, uint64_t max,
		   bool (*add)(void *arg, uint64_t first, uint64_t last, struct error *err),
		   void *arg, struct error *err)
{
	for (;;) {
		uint64_t first, last;
		bool good = number_take(&text, &first);

		last = first;
		if (good && *text == '-') {
			text++;
			good = number_take(&text, &last);
		}
		if (!good || (*text && *text != ',') || first > last || last > max)
			return error_set(
				err, "expected numbers and ranges up to %" PRIu64 ": 5,7-9", max);
		if (!add(arg, first, last, err))
			return false;
		if (!*text++)
			return true;
	}
}

bool number_size(const char *text, uint64_t unit, uint64_t *bytes, struct error *err)
{
	static const char suffixes[] = "kKmMgG";
	uint64_t value, times = unit;

	if (number_take_digits(&text, 10, &value)) {
		const char *suffix = *text ? strchr(suffixes, *text) : NULL;

		if (suffix) {
			times = (uint64_t)1 << (10 * ((suffix - suffixes) / 2 + 1));
			text++;
		}
		if (!*text && !__builtin_mul_overflow(value, times, bytes))
			return true;
	}
	return error_set(err, "expected a size: a whole number, with K, M or G for 1024s");
}

bool number_duration(const char *text, int64_t *ns, struct error *err)
{
	uint64_t seconds, part = 0;
	bool good = number_take_digits(&text, 10, &seconds) && seconds < INT64_MAX / NS_PER_S;

	if (good && *text == '.') {
		const char *decimals = ++text;

		good = number_take_digits(&text, 10, &part) && text - decimals <= NS_DIGITS;
		for (ptrdiff_t n = text - decimals; good && n < NS_DIGITS; n++)
			part *= 10;
	}
	if (!good || *text)
		return error_set(err, "expected seconds, such as 60 or 0.5");
	*ns = (int64_t)(seconds * NS_PER_S + part);
	return true;
}
