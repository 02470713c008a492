/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/number.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#define BILLION UINT64_C(1000000000)
#define KI	UINT64_C(1024)

enum { DECIMALS = 9 };

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

/* A number as it is written: whole, and its decimals as billionths. */
struct decimal {
	uint64_t whole, billionths;
};

/* Takes a number such as 60 or 0.5 off the front of *text. */
static bool number_take_decimal(const char **text, struct decimal *decimal)
{
	const char *first;

	decimal->billionths = 0;
	if (!number_take_digits(text, 10, &decimal->whole))
		return false;
	if (**text != '.')
		return true;
	first = ++*text;
	if (!number_take_digits(text, 10, &decimal->billionths) || *text - first > DECIMALS)
		return false;
	for (ptrdiff_t n = *text - first; n < DECIMALS; n++)
		decimal->billionths *= 10;
	return true;
}

/* Returns false if the product has more than 64 bits, or if a unit of 1 has decimals. What is less
 * than 1 is left out. */
static bool number_multiply(struct decimal decimal, uint64_t times, uint64_t *value)
{
	uint64_t part = times / BILLION * decimal.billionths +
			times % BILLION * decimal.billionths / BILLION;

	return (times > 1 || decimal.billionths == 0) &&
	       !__builtin_mul_overflow(decimal.whole, times, value) &&
	       !__builtin_add_overflow(*value, part, value);
}

/* What may stand behind a number; the last has no suffix. */
struct unit {
	const char *suffix;
	uint64_t times;
};

/* Reads the first len bytes of text: a number, and one of the units or, for `alone`, nothing. */
static bool number_scaled(const char *text, size_t len, const struct unit *unit, uint64_t alone,
			  uint64_t *value)
{
	const char *end = text + len;
	struct decimal decimal;

	if (!number_take_decimal(&text, &decimal) || text > end)
		return false;
	if (text == end)
		return number_multiply(decimal, alone, value);
	for (len = (size_t)(end - text); unit->suffix; unit++)
		if (strlen(unit->suffix) == len && memcmp(unit->suffix, text, len) == 0)
			return number_multiply(decimal, unit->times, value);
	return false;
}

/* A letter alone counts 1024s, as in tcpdump(1), and so do the units of IEC 80000-13; those of the
 * SI count 1000s. split(1) has KB beside kB, too. */
static const struct unit sizes[] = {
	{ "K", KI },	       { "k", KI },	  { "KiB", KI },       { "M", KI *KI },
	{ "m", KI *KI },       { "MiB", KI *KI }, { "G", KI *KI *KI }, { "g", KI *KI *KI },
	{ "GiB", KI *KI *KI }, { "kB", 1000 },	  { "KB", 1000 },      { "MB", 1000000 },
	{ "GB", BILLION },     { NULL, 0 },
};

static const struct unit thousands[] = {
	{ "k", 1000 },	  { "K", 1000 },    { "m", 1000000 }, { "M", 1000000 },
	{ "g", BILLION }, { "G", BILLION }, { NULL, 0 },
};

static const struct unit durations[] = {
	{ "ms", BILLION / 1000 }, { "s", BILLION },	    { "m", 60 * BILLION },
	{ "h", 3600 * BILLION },  { "d", 86400 * BILLION }, { NULL, 0 },
};

bool number_size(const char *text, uint64_t unit, uint64_t *bytes, struct error *err)
{
	const char *alone = unit == 1 ? "bytes" : unit == KI ? "KiB" : "millions of bytes";

	return number_scaled(text, strlen(text), sizes, unit, bytes) ||
	       error_set(err, "expected a size such as 64M, 64MiB or 10MB; a number alone is %s",
			 alone);
}

bool number_rate(const char *text, uint64_t *bits_per_s, struct error *err)
{
	static const char *const words[] = { "bit/s", "bit", "bps", "" };
	size_t len = strlen(text), i = 0, word = strlen(words[0]);

	while (word > len || memcmp(text + len - word, words[i], word) != 0)
		word = strlen(words[++i]);
	return (number_scaled(text, len - word, thousands, 1, bits_per_s) && *bits_per_s > 0) ||
	       error_set(err, "expected bits a second, such as 500k, 10M or 1.5Gbit/s");
}

bool number_thousands(const char *text, uint64_t *value, struct error *err)
{
	return (number_scaled(text, strlen(text), thousands, 1, value) && *value > 0) ||
	       error_set(err, "expected a number above 0, such as 500, 20k or 1M");
}

bool number_duration(const char *text, int64_t *ns, struct error *err)
{
	uint64_t value;

	if (!number_scaled(text, strlen(text), durations, BILLION, &value) || value > INT64_MAX)
		return error_set(err, "expected a time such as 60 (seconds), 0.5, 500ms, 10m, 2h "
				      "or 1d");
	*ns = (int64_t)value;
	return true;
}

bool number_decimal(const char *text, int64_t *nano, struct error *err)
{
	uint64_t value;

	if (!number_scaled(text, strlen(text), &(struct unit){ NULL, 0 }, BILLION, &value) ||
	    value > INT64_MAX)
		return error_set(err, "expected a number, such as 2 or 0.5");
	*nano = (int64_t)value;
	return true;
}
