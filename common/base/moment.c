/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/moment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/digits.h"
#include "base/number.h"

enum { NS_PER_S = 1000000000, NS_DIGITS = 9, YEAR_BASE = 1900 };

/* What is read of a date and a time of day. */
struct moment_fields {
	struct tm tm;
	int64_t part_ns;  /* what is less than a second */
	int64_t offset_s; /* of the time zone, east of UTC */
};

/* Takes a number of just so many digits off the front of *text. */
static bool moment_take_number(const char **text, unsigned digits, int *value)
{
	*value = 0;
	for (; digits > 0; digits--, ++*text) {
		if (**text < '0' || **text > '9')
			return false;
		*value = *value * 10 + (**text - '0');
	}
	return true;
}

static bool moment_take_char(const char **text, char c)
{
	bool is = **text == c;

	*text += is;
	return is;
}

static bool moment_take_date(const char **text, struct tm *tm)
{
	bool good = moment_take_number(text, 4, &tm->tm_year) && moment_take_char(text, '-') &&
		    moment_take_number(text, 2, &tm->tm_mon) && moment_take_char(text, '-') &&
		    moment_take_number(text, 2, &tm->tm_mday);

	tm->tm_year -= YEAR_BASE;
	tm->tm_mon--;
	return good;
}

/* Takes the decimals of a second, if a point is there. */
static bool moment_take_decimals(const char **text, int64_t *part_ns)
{
	int64_t unit = NS_PER_S;
	int digit;

	if (!moment_take_char(text, '.'))
		return true;
	while (unit > 1 && moment_take_number(text, 1, &digit)) {
		unit /= 10;
		*part_ns += digit * unit;
	}
	return unit < NS_PER_S;
}

static bool moment_take_time(const char **text, struct moment_fields *fields)
{
	struct tm *tm = &fields->tm;

	if (!moment_take_number(text, 2, &tm->tm_hour) || !moment_take_char(text, ':') ||
	    !moment_take_number(text, 2, &tm->tm_min))
		return false;
	return !moment_take_char(text, ':') || (moment_take_number(text, 2, &tm->tm_sec) &&
						moment_take_decimals(text, &fields->part_ns));
}

/* Takes Z or an offset; UTC if neither is there. */
static bool moment_take_zone(const char **text, int64_t *offset_s)
{
	int hours, minutes, sign = **text == '-' ? -1 : 1;

	if (!**text || moment_take_char(text, 'Z'))
		return true;
	if ((!moment_take_char(text, '+') && !moment_take_char(text, '-')) ||
	    !moment_take_number(text, 2, &hours) || !moment_take_char(text, ':') ||
	    !moment_take_number(text, 2, &minutes))
		return false;
	*offset_s = sign * (hours * 60 + minutes) * INT64_C(60);
	return hours < 24 && minutes < 60;
}

static bool moment_take_fields(const char *text, struct moment_fields *fields)
{
	*fields = (struct moment_fields){ 0 };
	if (!moment_take_date(&text, &fields->tm))
		return false;
	if (!*text)
		return true;
	return (moment_take_char(&text, ' ') || moment_take_char(&text, 'T')) &&
	       moment_take_time(&text, fields) && moment_take_zone(&text, &fields->offset_s) &&
	       !*text;
}

/* timegm() makes 1 March of a 29 February that does not exist, and 01:00 of 25:00. */
static bool moment_exists(const struct tm *asked, const struct tm *made)
{
	return asked->tm_mon == made->tm_mon && asked->tm_mday == made->tm_mday &&
	       asked->tm_hour == made->tm_hour && asked->tm_min == made->tm_min &&
	       asked->tm_sec == made->tm_sec;
}

static bool moment_of_fields(const struct moment_fields *fields, int64_t *ns, struct error *err)
{
	struct tm made = fields->tm;
	int64_t seconds = timegm(&made) - fields->offset_s;
	__int128 all = (__int128)seconds * NS_PER_S + fields->part_ns;

	if (!moment_exists(&fields->tm, &made))
		return error_set(err, "there is no such day or time of day");
	if (all < INT64_MIN || all > INT64_MAX)
		return error_set(err, "expected a time from 1677-09-22 to 2262-04-11");
	*ns = (int64_t)all;
	return true;
}

static bool moment_refuse(struct error *err)
{
	return error_set(err, "expected a time such as '2026-11-17 16:05' (UTC; or with :SECONDS, "
			      "Z, +01:00), a date, @SECONDS, -2h (before now) or +90s (behind the "
			      "first packet)");
}

bool moment_parse(const char *text, int64_t now_ns, struct moment *moment, struct error *err)
{
	struct moment_fields fields;
	struct error other;
	int64_t ns;

	*moment = (struct moment){ .behind_first = *text == '+' };
	switch (*text) {
	case '@':
		return number_decimal(text + 1, &moment->ns, &other) || moment_refuse(err);
	case '+':
		return number_duration(text + 1, &moment->ns, &other) || moment_refuse(err);
	case '-':
		if (!number_duration(text + 1, &ns, &other))
			return moment_refuse(err);
		if (__builtin_sub_overflow(now_ns, ns, &moment->ns))
			moment->ns = INT64_MIN;
		return true;
	default:
		break;
	}
	return moment_take_fields(text, &fields) ? moment_of_fields(&fields, &moment->ns, err)
						 : moment_refuse(err);
}

int64_t moment_ns(const struct moment *moment, int64_t first_ns)
{
	int64_t ns;

	if (!moment->behind_first)
		return moment->ns;
	return __builtin_add_overflow(first_ns, moment->ns, &ns) ? INT64_MAX : ns;
}

static char *moment_put_two(char *to, int number)
{
	return digits_put_fixed(to, (unsigned)number, 2);
}

/* Writes a time with `-` in its date and `:` in its time of day, or without both. */
static void moment_put(int64_t time_ns, bool signs, char *text)
{
	time_t seconds = time_ns / NS_PER_S;
	int64_t part = time_ns % NS_PER_S;
	struct tm tm;

	if (part < 0) {
		seconds--;
		part += NS_PER_S;
	}
	gmtime_r(&seconds, &tm);
	text = digits_put_fixed(text, (unsigned)(tm.tm_year + YEAR_BASE), 4);
	*text = '-';
	text = moment_put_two(text + signs, tm.tm_mon + 1);
	*text = '-';
	text = moment_put_two(text + signs, tm.tm_mday);
	*text++ = 'T';
	text = moment_put_two(text, tm.tm_hour);
	*text = ':';
	text = moment_put_two(text + signs, tm.tm_min);
	*text = ':';
	text = moment_put_two(text + signs, tm.tm_sec);
	*text++ = '.';
	text = digits_put_fixed(text, (uint64_t)part, NS_DIGITS);
	memcpy(text, "Z", sizeof("Z"));
}

void moment_write(int64_t time_ns, char text[MOMENT_TEXT])
{
	moment_put(time_ns, true, text);
}

void moment_write_basic(int64_t time_ns, char text[MOMENT_BASIC_LEN + 1])
{
	moment_put(time_ns, false, text);
}
