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

static uint64_t unit;

static bool size(const char *text, uint64_t want)
{
	uint64_t got = 99;

	return number_size(text, unit, &got, &err) && got == want;
}

static bool rate(const char *text, uint64_t want)
{
	uint64_t got = 99;

	return number_rate(text, &got, &err) && got == want;
}

static bool duration(const char *text, int64_t want)
{
	int64_t got = -99;

	return number_duration(text, &got, &err) && got == want;
}

static void sizes(void)
{
	static const char *const bad[] = { "",
					   "K",
					   "-5",
					   "5T",
					   "18446744073709551616",
					   "99999999999G",
					   "5 M",
					   "5B",
					   "5Kb",
					   "5mb",
					   "5kib",
					   "5Mi",
					   "5M ",
					   "5.M",
					   ".5M",
					   "0x5M",
					   "5MM",
					   "1e3M",
					   "1.0000000001K" };

	unit = 1000000;
	ok(size("5", 5000000) && size("0", 0) && size("1.5", 1500000), "a number alone: millions");
	unit = 1024;
	ok(size("64", 65536) && size("0.5", 512), "a number alone: KiB");
	unit = 1;
	ok(size("5", 5) && !size("5.5", 0), "a number alone: bytes, without decimals");
	ok(size("5K", 5120) && size("5k", 5120) && size("5KiB", 5120), "1024s");
	ok(size("5M", 5 << 20) && size("5m", 5 << 20) && size("5MiB", 5 << 20), "1024^2");
	ok(size("2G", UINT64_C(2) << 30) && size("2g", UINT64_C(2) << 30) &&
		   size("2GiB", UINT64_C(2) << 30),
	   "1024^3");
	ok(size("5kB", 5000) && size("5KB", 5000) && size("10MB", 10000000) &&
		   size("3GB", UINT64_C(3000000000)),
	   "1000s");
	ok(size("1.5K", 1536) && size("0.1G", 107374182) && size("2.000000001GB", 2000000001),
	   "decimals, rounded down");
	ok(size("18446744073709551615", UINT64_MAX) &&
		   size("17179869183G", UINT64_MAX - 0x3fffffff),
	   "the largest");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(!size(bad[i], 0), "no size: '%s'", bad[i]);
	is_str(err.text, "expected a size such as 64M, 64MiB or 10MB; a number alone is bytes",
	       "... which is told");
}

static void rates(void)
{
	static const char *const bad[] = { "",
					   "0",
					   "k",
					   "bit",
					   "10MB",
					   "10MBps",
					   "10MB/s",
					   "10 M",
					   "10Mb",
					   "10Mibit",
					   "10Mbits",
					   "1.5",
					   "10bM",
					   "-1k",
					   "10Mbitbit",
					   "10/s",
					   "18446744073709551616" };

	ok(rate("1", 1) && rate("1000bit", 1000) && rate("1000bps", 1000) &&
		   rate("1000bit/s", 1000),
	   "bits a second");
	ok(rate("10k", 10000) && rate("10K", 10000) && rate("10kbit", 10000), "thousands");
	ok(rate("10m", 10000000) && rate("10M", 10000000) && rate("10mbps", 10000000) &&
		   rate("10Mbit/s", 10000000),
	   "millions");
	ok(rate("2g", 2000000000) && rate("1.5G", 1500000000) && rate("0.5Gbps", 500000000),
	   "billions, decimals");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(!rate(bad[i], 0), "no rate: '%s'", bad[i]);
}

static void counts_and_factors(void)
{
	uint64_t got = 99;
	int64_t nano = 0;

	ok(number_thousands("20k", &got, &err) && got == 20000, "thousands");
	ok(number_thousands("500", &got, &err) && got == 500, "... or not");
	ok(!number_thousands("0", &got, &err) && !number_thousands("5KiB", &got, &err),
	   "... above 0");
	ok(number_decimal("0.25", &nano, &err) && nano == 250000000, "a factor");
	ok(number_decimal("2", &nano, &err) && nano == 2000000000, "... that is whole");
	ok(!number_decimal("2m", &nano, &err) && !number_decimal("", &nano, &err) &&
		   !number_decimal("20000000000", &nano, &err),
	   "... has no unit");
}

static void times(void)
{
	static const char *const bad[] = { "",		 ".5",	   "5.",  "-1", "1.0000000001",
					   "9223372037", "1w",	   "1M",  "1S", "1H",
					   "1D",	 "1us",	   "1 s", "s",	"1mm",
					   "1m30s",	 "106752d" };

	ok(duration("60", 60000000000) && duration("0.5", 500000000) && duration("0", 0) &&
		   duration("1.000000001", 1000000001),
	   "seconds");
	ok(duration("250ms", 250000000) && duration("0.5ms", 500000), "milliseconds");
	ok(duration("1.5s", 1500000000) && duration("10m", 600000000000), "seconds, minutes");
	ok(duration("2h", 7200000000000) && duration("0.5d", 43200000000000), "hours, days");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(!duration(bad[i], 0), "no time: '%s'", bad[i]);
	ok(duration("9223372036.854775807", INT64_MAX) && duration("106751d", 9223286400000000000),
	   "the longest");
}

int main(void)
{
	numbers();
	ranges_of_numbers();
	sizes();
	rates();
	counts_and_factors();
	times();
	return tap_done();
}
