/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cuts what comes through a pipe into lines. A line that is too long is left out, whatever its
 * length, and the next one is whole.
 */
#ifndef VTAP_ARCHIVE_RCLONE_LINES_H
#define VTAP_ARCHIVE_RCLONE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { RCLONE_LINES_MAX = 65536 }; /* bytes of a line; longer ones are left out */

struct rclone_lines {
	size_t used;	   /* bytes of buffer that hold the beginning of a line */
	bool too_long;	   /* the line that comes is left out */
	uint64_t left_out; /* lines since the caller has set it to 0 */
	char buffer[RCLONE_LINES_MAX];
};

/*
 * Reads once from a descriptor that does not block, and calls on_line(arg, line, len) for each line
 * that is complete: len bytes without newline, in which NULs may be, and a NUL behind them. A line
 * lives until on_line() returns. Returns what read(2) does.
 */
ssize_t rclone_lines_read(struct rclone_lines *lines, int fd,
			  void (*on_line)(void *arg, const char *line, size_t len), void *arg);

/* Forgets the beginning of a line that has no end. */
void rclone_lines_clear(struct rclone_lines *lines);

#endif
