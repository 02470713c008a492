/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One error, as one line for a person. A function that can fail takes a last
 * argument `struct error *err` and returns false or NULL when it has filled it.
 * Each level wraps in front what only it knows:
 *   pod7.pcapng: packet 812: offset 90112: geneve: options run past the header
 */
#ifndef VTAP_BASE_ERROR_H
#define VTAP_BASE_ERROR_H

#include <stdbool.h>

struct error {
	bool usage; /* the command line is wrong: exit status 2, not 1 */
	int number; /* errno of error_errno(), else 0 */
	char text[1024];
};

#define ERROR_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Fills err; always returns false, so that callers can `return error_set(...)`. */
bool error_set(struct error *err, const char *format, ...) ERROR_PRINTF(2, 3);

/* As error_set, and marks the error as one of usage (exit status 2). */
bool error_usage(struct error *err, const char *format, ...) ERROR_PRINTF(2, 3);

/* As error_set, with ": " and the text of errno behind it. */
bool error_errno(struct error *err, const char *format, ...) ERROR_PRINTF(2, 3);

/* Puts the formatted text and ": " in front of what err says; returns false. */
bool error_wrap(struct error *err, const char *format, ...) ERROR_PRINTF(2, 3);

#endif
