/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TAP for unit tests: ok(condition, "name"), is_u64(got, want, "name"), is_str(...), then return
 * tap_done(). */
#ifndef VTAP_TESTS_LIB_TAP_H
#define VTAP_TESTS_LIB_TAP_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

static inline __attribute__((format(printf, 2, 3))) bool ok(bool passed, const char *name, ...)
{
	va_list ap;

	printf("%sok %d - ", passed ? "" : "not ", ++tap_count);
	va_start(ap, name);
	vprintf(name, ap);
	va_end(ap);
	putchar('\n');
	tap_failed += !passed;
	return passed;
}

static inline bool is_u64(uint64_t got, uint64_t want, const char *name)
{
	bool same = ok(got == want, "%s", name);

	if (!same)
		printf("#   got %" PRIu64 ", want %" PRIu64 "\n", got, want);
	return same;
}

static inline bool is_str(const char *got, const char *want, const char *name)
{
	bool same = ok(strcmp(got, want) == 0, "%s", name);

	if (!same)
		printf("#   got '%s', want '%s'\n", got, want);
	return same;
}

static inline int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif
