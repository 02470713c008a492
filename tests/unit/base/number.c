/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/number.h"

#include <inttypes.h>
#include <string.h>

#include "lib/tap.h"

static struct error err;

static bool number(const char *text, uint64_t min, uint64_t max, uint64_t want)
{
	uint64_t got = 99;

	return number_parse(text, min, max, &got, &err) && got == want;
}

static void numbers(void)
{
	static const char *const bad[] = { "",	  " 1",
					   "1 ",  "+1",
					   "-1",  "0x",
					   "0x ", "1e3",
					   "0xg", "a",
					   "1.0", "18446744073709551616",
					   "--",  "0x10000000000000000" };
	uint64_t value = 7;

	ok(number("0", 0, 9, 0) && number("0x1F", 0, 99, 31) && number("010", 0, 99, 10),
	   "decimal and hexadecimal, never octal");
	ok(number("18446744073709551615", 0, UINT64_MAX, UINT64_MAX), "the largest");
	ok(!number("10", 0, 9, 10) && !number("0", 1, 9, 0), "outside the range");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!number_parse(bad[i], 0, UINT64_MAX, &value, &err) && value == 7,
		   "no number: '%s'", bad[i]);
}

static char seen[128];

static bool add(void *arg, uint64_t first, uint64_t last, struct error *error)
{
	size_t used = strlen(seen);

	if (first == 13)
		return error_set(error, "%s", (const char *)arg);
	snprintf(seen + used, sizeof(seen) - used, "%" PRIu64 "-%" PRIu64 ";", first, last);
	return true;
}

static bool ranges(const char *text)
{
	char unlucky[] = "unlucky";

	seen[0] = '\0';
	return number_ranges(text, 0xffffff, add, unlucky, &err);
}

static void ranges_of_numbers(void)
{
	static const char *const bad[] = { "",	 "5,",	 ",5",	"7-5",	     "5-",
					   "-5", "5--6", "5 6", "0x1000000", "1-2-3" };

	ok(ranges("5,7-9,0x10-0x20,9-9"), "numbers and ranges");
	is_str(seen, "5-5;7-9;16-32;9-9;", "each is added");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!ranges(bad[i]), "no ranges: '%s'", bad[i]);
	ok(!ranges("1,13,2") && !strcmp(err.text, "unlucky") && !strcmp(seen, "1-1;"),
	   "the one who adds may refuse");
}

static bool size(const char *text, uint64_t want)
{
	uint64_t got = 99;

	return number_size(text, 1000000, &got, &err) && got == want;
}

static bool duration(const char *text, int64_t want)
{
	int64_t got = -99;

	return number_duration(text, &got, &err) && got == want;
}

static void sizes_and_durations(void)
{
	ok(size("5", 5000000) && size("0", 0), "a size without a suffix counts units");
	ok(size("5K", 5 << 10) && size("5k", 5 << 10) && size("5M", 5 << 20) &&
		   size("5m", 5 << 20) && size("2G", (uint64_t)2 << 30) &&
		   size("2g", (uint64_t)2 << 30),
	   "suffixes are 1024s");
	ok(!size("", 0) && !size("K", 0) && !size("5KB", 0) && !size("-5", 0) && !size("5T", 0) &&
		   !size("18446744073709551615", 0) && !size("99999999999G", 0),
	   "no sizes");
	ok(duration("60", 60000000000) && duration("0.5", 500000000) && duration("0", 0) &&
		   duration("1.000000001", 1000000001),
	   "durations");
	ok(duration("500ms", 500000000) && duration("90s", 90000000000) &&
		   duration("5m", 300000000000) && duration("2h", 7200000000000) &&
		   duration("1d", 86400000000000) && duration("1.5h", 5400000000000) &&
		   duration("0.5ms", 500000) && duration("0.000000001d", 86400),
	   "... with units");
	ok(!duration("", 0) && !duration(".5", 0) && !duration("5.", 0) && !duration("-1", 0) &&
		   !duration("1.0000000001", 0) && !duration("9223372037", 0) &&
		   !duration("1 s", 0) && !duration("1S", 0) && !duration("1ns", 0) &&
		   !duration("s", 0) && !duration("1s1", 0) && !duration("106752d", 0) &&
		   !duration("1hm", 0) && !duration("18446744073709551616s", 0),
	   "no durations");
	ok(duration("9223372036.854775807", INT64_MAX) && duration("106751d", 9223286400000000000),
	   "the longest durations");
}

static bool decimal(const char *text, int64_t want)
{
	int64_t got = -99;

	return number_decimal(text, &got, &err) ? got == want : want == 0 && got == -99;
}

static void decimals(void)
{
	static const char *const bad[] = { "",	  ".5",	 "5.",		 "-1",	       "1s", " 1",
					   "1.x", "1,5", "1.0000000001", "9223372037", "0x1" };

	ok(decimal("2", 2000000000) && decimal("0.5", 500000000) &&
		   decimal("9223372036.854775807", INT64_MAX),
	   "decimals");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(decimal(bad[i], 0), "no decimal: '%s'", bad[i]);
}

int main(void)
{
	numbers();
	ranges_of_numbers();
	sizes_and_durations();
	decimals();
	return tap_done();
}
