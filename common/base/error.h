/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One error, as one line of text for a person. A function that can fail takes a last argument
 * `struct error *err`, and returns false, NULL or -1 when it has filled it. Each caller puts in
 * front what only it knows:
 *   pod7.pcapng: packet 812: offset 90112: geneve: options run past the header
 */
#ifndef VTAP_BASE_ERROR_H
#define VTAP_BASE_ERROR_H

#include <stdbool.h>

struct error {
	bool usage;	 /* the command line is wrong: the exit status is 2 instead of 1 */
	bool in_file;	 /* with usage: the mistake stands in a file, where --help does not help */
	int number;	 /* errno of the failure, for callers that compare it; 0: none is known */
	char text[1024]; /* without a newline; longer texts are cut off */
};

#define ERROR_PRINTF(f, a) __attribute__((format(printf, f, a)))

/*
 * Fills err; what err held before is lost. Always returns false, so that a function can
 * `return error_set(...)`. Here and below no argument may point into err->text.
 */
bool error_set(struct error *err, const char *format, ...) ERROR_PRINTF(2, 3);

/* Fills err and marks it as an error of usage. Always returns false. */
bool error_usage(struct error *err, const char *format, ...) ERROR_PRINTF(2, 3);

/*
 * Fills err, appends ": " and the text of errno, and stores errno as err->number. Always returns
 * false.
 */
bool error_errno(struct error *err, const char *format, ...) ERROR_PRINTF(2, 3);

/*
 * Puts the formatted text and ": " in front of the text of err, and keeps usage and number. err
 * must have been filled or zeroed. Always returns false.
 */
bool error_wrap(struct error *err, const char *format, ...) ERROR_PRINTF(2, 3);

/* Returns true if an errno says that the kernel or this process was short of memory or of
 * descriptors: it says nothing of what was asked for, and may pass. */
bool error_is_shortage(int number);

#endif
