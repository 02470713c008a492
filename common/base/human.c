/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/human.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { UNIT_MAX = 16, DECIMALS_BELOW = 100 };

/* How a value is shown: divided by `by`, with one decimal or none. */
struct scale {
	uint64_t by;
	bool decimal;
	char prefix; /* 0 for none */
};

static uint64_t rounded(uint64_t value, uint64_t by)
{
	return value / by + (value % by >= by - by / 2);
}

static struct scale scale_of(uint64_t value)
{
	static const char prefixes[] = { 0, 'k', 'M', 'G', 'T', 'P', 'E' };
	struct scale scale = { .by = 1 };
	unsigned i = 0;

	while (i + 1 < sizeof(prefixes) && rounded(value, scale.by) >= 1000) {
		scale.by *= 1000;
		i++;
	}
	scale.prefix = prefixes[i];
	scale.decimal = i > 0 && rounded(value, scale.by / 10) < 10 * DECIMALS_BELOW;
	return scale;
}

static void put_scaled(char number[HUMAN_SIZE], uint64_t value, const struct scale *scale)
{
	uint64_t tenths;

	if (!scale->decimal) {
		snprintf(number, HUMAN_SIZE, "%" PRIu64, rounded(value, scale->by));
		return;
	}
	tenths = rounded(value, scale->by / 10);
	snprintf(number, HUMAN_SIZE, "%" PRIu64 ".%" PRIu64, tenths / 10, tenths % 10);
}

static void put_unit(char text[HUMAN_SIZE], const struct scale *scale, const char *unit)
{
	const char prefix[] = { scale->prefix, '\0' };
	size_t used = strlen(text);

	snprintf(text + used, HUMAN_SIZE - used, " %s%.*s", prefix, UNIT_MAX, unit);
}

const char *human_count(char text[HUMAN_SIZE], uint64_t count)
{
	char digits[HUMAN_SIZE];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, count), used = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
	return text;
}

const char *human_scaled(char text[HUMAN_SIZE], uint64_t value, const char *unit)
{
	struct scale scale = scale_of(value);

	put_scaled(text, value, &scale);
	put_unit(text, &scale, unit);
	return text;
}

const char *human_part(char text[HUMAN_SIZE], uint64_t part, uint64_t whole, const char *unit)
{
	struct scale scale = scale_of(whole);
	char number[HUMAN_SIZE];

	put_scaled(text, part, &scale);
	put_scaled(number, whole, &scale);
	strncat(text, "/", HUMAN_SIZE - strlen(text) - 1);
	strncat(text, number, HUMAN_SIZE - strlen(text) - 1);
	put_unit(text, &scale, unit);
	return text;
}

const char *human_duration(char text[HUMAN_SIZE], uint64_t seconds)
{
	static const struct {
		uint64_t seconds;
		const char *name;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
	unsigned i = 0;
	uint64_t smaller;
	int used;

	while (units[i].seconds > 1 && seconds < units[i].seconds)
		i++;
	used = snprintf(text, HUMAN_SIZE, "%" PRIu64 " %s", seconds / units[i].seconds,
			units[i].name);
	if (units[i].seconds == 1)
		return text;
	smaller = seconds % units[i].seconds / units[i + 1].seconds;
	if (smaller > 0)
		snprintf(text + used, HUMAN_SIZE - (size_t)used, " %" PRIu64 " %s", smaller,
			 units[i + 1].name);
	return text;
}
