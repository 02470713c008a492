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

/* Takes a point and one to nine decimals off the front of *text, if a point is there. Sets *part to
 * what they are, in units of 10^-9. */
static bool number_take_decimals(const char **text, uint64_t *part)
{
	const char *decimals = *text + 1;

	*part = 0;
	if (**text != '.')
		return true;
	*text = decimals;
	if (!number_take_digits(text, 10, part) || *text - decimals > NS_DIGITS)
		return false;
	for (ptrdiff_t n = *text - decimals; n < NS_DIGITS; n++)
		*part *= 10;
	return true;
}

bool number_decimal(const char *text, int64_t *nano, struct error *err)
{
	uint64_t whole, part;
	unsigned __int128 all;

	if (number_take_digits(&text, 10, &whole) && number_take_decimals(&text, &part) && !*text) {
		all = (unsigned __int128)whole * NS_PER_S + part;
		if (all <= INT64_MAX) {
			*nano = (int64_t)all;
			return true;
		}
	}
	return error_set(err, "expected a number, such as 2 or 0.5");
}

/* Returns the nanoseconds of a unit of time, or 0 if there is none of that name. */
static uint64_t number_time_unit(const char *name)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "", NS_PER_S },
		{ "ms", NS_PER_S / 1000 },
		{ "s", NS_PER_S },
		{ "m", UINT64_C(60) * NS_PER_S },
		{ "h", UINT64_C(3600) * NS_PER_S },
		{ "d", UINT64_C(86400) * NS_PER_S },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strcmp(name, units[i].name) == 0)
			return units[i].ns;
	return 0;
}

bool number_duration(const char *text, int64_t *ns, struct error *err)
{
	uint64_t whole, part = 0, unit = 0;
	unsigned __int128 all = 0;

	if (number_take_digits(&text, 10, &whole) && number_take_decimals(&text, &part)) {
		unit = number_time_unit(text);
		all = (unsigned __int128)whole * unit + (unsigned __int128)part * unit / NS_PER_S;
	}
	if (unit == 0 || all > INT64_MAX)
		return error_set(err, "expected seconds, such as 60 or 0.5, or a time with ms, s, "
				      "m, h or d behind it");
	*ns = (int64_t)all;
	return true;
}
