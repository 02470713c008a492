/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/moment.h"

#include <stdlib.h>
#include <string.h>

#include "lib/tap.h"

static const int64_t s = 1000000000, now_ns = INT64_C(1795017930) * 1000000000 + 5;

/* `date -u -d TEXT +%s` says the seconds. */
static const struct {
	const char *text;
	int64_t seconds, part;
} dates[] = {
	{ "2026-11-17", 1794873600, 0 },
	{ "2026-11-17 16:05", 1794931500, 0 },
	{ "2026-11-17T16:05", 1794931500, 0 },
	{ "2026-11-17 16:05Z", 1794931500, 0 },
	{ "2026-11-17 16:05:30", 1794931530, 0 },
	{ "2026-11-17T16:05:30Z", 1794931530, 0 },
	{ "2026-11-17T16:05:30.5", 1794931530, 500000000 },
	{ "2026-11-17T16:05:30.000000001Z", 1794931530, 1 },
	{ "2026-11-17T16:05:30.123456789+00:00", 1794931530, 123456789 },
	{ "2026-11-17T16:05:30.10", 1794931530, 100000000 },
	{ "2026-11-17 16:05+01:00", 1794927900, 0 },
	{ "2026-11-17T16:05:30-09:30", 1794965730, 0 },
	{ "2026-11-17T00:05+01:00", 1794870300, 0 },
	{ "2026-12-31T23:59:59-23:59", 1798847939, 0 },
	{ "2024-02-29", 1709164800, 0 },
	{ "2000-02-29T12:00", 951825600, 0 },
	{ "1970-01-01", 0, 0 },
	{ "1970-01-01T00:00:00.000000001", 0, 1 },
	{ "1969-12-31T23:59:59.75", -1, 750000000 },
	{ "1969-12-31", -86400, 0 },
	{ "1900-03-01", -2203891200, 0 },
	{ "2038-01-19T03:14:08Z", 2147483648, 0 },
	{ "2262-04-11T23:47:16.854775807", 9223372036, 854775807 },
	{ "1677-09-21T00:12:43.145224192", -9223372037, 145224192 },
	{ "@0", 0, 0 },
	{ "@1795017930", 1795017930, 0 },
	{ "@1795017930.25", 1795017930, 250000000 },
	{ "@0.000000001", 0, 1 },
	{ "@9223372036.854775807", 9223372036, 854775807 },
};

static bool reads(const char *text, bool behind_first, int64_t ns)
{
	struct error err = { 0 };
	struct moment moment;

	if (moment_parse(text, now_ns, &moment, &err) && moment.behind_first == behind_first &&
	    moment.ns == ns)
		return true;
	printf("# %s: %lld %s\n", text, (long long)moment.ns, err.text);
	return false;
}

/* The basic format is the other one without its hyphens and colons. */
static bool is_basic(const char *basic, const char *text)
{
	char want[MOMENT_TEXT], *to = want;

	for (; *text; text++)
		if (*text != '-' && *text != ':')
			*to++ = *text;
	*to = '\0';
	return strcmp(basic, want) == 0 && strlen(basic) == MOMENT_BASIC_LEN;
}

static void fixed(void)
{
	char text[MOMENT_TEXT], basic[MOMENT_BASIC_LEN + 1];

	for (size_t i = 0; i < sizeof(dates) / sizeof(*dates); i++) {
		int64_t ns = (int64_t)((__int128)dates[i].seconds * s + dates[i].part);

		ok(reads(dates[i].text, false, ns), "%s", dates[i].text);
		moment_write(ns, text);
		ok(reads(text, false, ns), "... written as %s", text);
		moment_write_basic(ns, basic);
		ok(is_basic(basic, text), "... and as %s", basic);
	}
	moment_write(INT64_C(1794931530500000000), text);
	is_str(text, "2026-11-17T16:05:30.500000000Z", "with all decimals");
	moment_write(-1, text);
	is_str(text, "1969-12-31T23:59:59.999999999Z", "before 1970");
	moment_write(INT64_MIN, text);
	is_str(text, "1677-09-21T00:12:43.145224192Z", "the first");
}

static void distances(void)
{
	const struct moment at = { .ns = 7 * s }, behind = { .behind_first = true, .ns = 7 * s };

	ok(reads("-2h", false, now_ns - 7200 * s) && reads("-90", false, now_ns - 90 * s) &&
		   reads("-500ms", false, now_ns - s / 2) &&
		   reads("-1.5d", false, now_ns - 129600 * s) && reads("-0", false, now_ns),
	   "before now");
	ok(reads("-106751d", false, now_ns - INT64_C(106751) * 86400 * s), "long before now");
	ok(reads("+90s", true, 90 * s) && reads("+0", true, 0) && reads("+0.25", true, s / 4) &&
		   reads("+2m", true, 120 * s),
	   "behind the first packet");
	is_u64((uint64_t)moment_ns(&at, 100 * s), (uint64_t)(7 * s),
	       "a date needs no first packet");
	is_u64((uint64_t)moment_ns(&behind, 100 * s), (uint64_t)(107 * s), "a distance does");
	is_u64((uint64_t)moment_ns(&behind, -100 * s), (uint64_t)(-93 * s),
	       "... one before 1970, too");
	is_u64((uint64_t)moment_ns(&behind, INT64_MAX - s), INT64_MAX, "... up to the last");
}

/* An error has a text, and the moment is not used. */
static bool refuses(const char *text, const char *says)
{
	struct error err = { 0 };
	struct moment moment;

	return !moment_parse(text, now_ns, &moment, &err) && strstr(err.text, says) && !err.usage;
}

static const char *const forms[] = {
	"",
	" ",
	"now",
	"yesterday",
	"16:05",
	"2026",
	"2026-11",
	"2026-11-",
	"2026-1-17",
	"2026-11-7",
	"26-11-17",
	"12026-11-17",
	"2026/11/17",
	"20261117",
	"20261117T160500Z",
	"17.11.2026",
	" 2026-11-17",
	"2026-11-17 ",
	"2026-11-17Z",
	"2026-11-17+01:00",
	"2026-11-17T",
	"2026-11-17 16",
	"2026-11-17 16:",
	"2026-11-17 16:5",
	"2026-11-17 6:05",
	"2026-11-17  16:05",
	"2026-11-17t16:05",
	"2026-11-17_16:05",
	"2026-11-17 16:05:",
	"2026-11-17 16:05:3",
	"2026-11-17 16:05:30.",
	"2026-11-17 16:05.5",
	"2026-11-17 16:05:30.1234567890",
	"2026-11-17 16:05:30,5",
	"2026-11-17 16:05 Z",
	"2026-11-17 16:05z",
	"2026-11-17 16:05ZZ",
	"2026-11-17 16:05+1:00",
	"2026-11-17 16:05+0100",
	"2026-11-17 16:05+01",
	"2026-11-17 16:05+24:00",
	"2026-11-17 16:05+01:60",
	"2026-11-17 16:05+-1:00",
	"2026-11-17 16:05+01:00Z",
	"2026-11-17 16:05 +01:00",
	"2026-11-17 16:05 pm",
	"2026-11-17 -6:05",
	"-026-11-17",
	"+026-11-17",
	"2026-+1-17",
	"@",
	"@-5",
	"@+5",
	"@5s",
	"@1.",
	"@.5",
	"@1e9",
	"@0x10",
	"@9223372037",
	"@18446744073709551616",
	"-",
	"--2h",
	"-2 h",
	"-2y",
	"-h",
	"-1h30m",
	"+",
	"++1",
	"+-1",
	"+1w",
	"+ 1",
	"+1.0000000001",
	"+106752d",
	"1h",
	"90s",
	"2026-11-17 16:05:30.5.5",
};
static const char *const days[] = {
	"2026-02-29",
	"2026-11-31",
	"2026-13-01",
	"2026-00-10",
	"2026-01-00",
	"2100-02-29",
	"0000-00-00",
	"9999-99-99",
	"2026-11-17 24:00",
	"2026-11-17 23:60",
	"2026-11-17 23:59:60",
	"2026-12-31T23:59:60Z",
	"2026-11-17T99:99:99.9+23:59",
};
static const char *const years[] = {
	"1677-09-21T00:12:43.145224191",
	"2262-04-11T23:47:16.854775808",
	"0001-01-01",
	"0000-01-01",
	"9999-12-31",
	"2262-04-12",
	"1677-09-21",
	"2262-04-11T23:47:16.9+00:00",
	"2262-04-11T23:47-00:01",
};

static void wrong(void)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		ok(refuses(forms[i], "expected a time such as"), "no time: '%s'", forms[i]);
	for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++)
		ok(refuses(days[i], "no such day"), "no such time: '%s'", days[i]);
	for (size_t i = 0; i < sizeof(years) / sizeof(*years); i++)
		ok(refuses(years[i], "from 1677"), "too far: '%s'", years[i]);
}

/* Each byte of a good text is needed; none behind it is read. */
static void prefixes(void)
{
	static const char whole[] = "2026-11-17T16:05:30.123456789+01:00";
	static const uint8_t good[] = { 10, 16, 19, 21, 22, 23, 24, 25, 26, 27, 28, 29, 35 };
	size_t next = 0;

	for (size_t len = 0; len < sizeof(whole); len++) {
		char *text = strndup(whole, len);
		struct error err;
		struct moment moment;
		bool want = next < sizeof(good) && good[next] == len;

		next += want;
		ok(moment_parse(text, now_ns, &moment, &err) == want, "%s'%s'",
		   want ? "" : "no time: ", text);
		free(text);
	}
}

/* The zone of this host does not matter. */
static void zones(void)
{
	setenv("TZ", "America/New_York", 1);
	ok(reads("2026-11-17 16:05", false, INT64_C(1794931500) * s), "UTC everywhere");
	ok(reads("2026-07-17 16:05", false, INT64_C(1784304300) * s), "... in summer, too");
}

int main(void)
{
	fixed();
	distances();
	wrong();
	prefixes();
	zones();
	return tap_done();
}
