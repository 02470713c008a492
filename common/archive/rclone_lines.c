/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archive/rclone_lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void rclone_lines_clear(struct rclone_lines *lines)
{
	lines->used = 0;
	lines->too_long = false;
}

static void rclone_lines_end(struct rclone_lines *lines, char *line, size_t len,
			     void (*on_line)(void *arg, const char *line, size_t len), void *arg)
{
	line[len] = '\0';
	if (lines->too_long)
		lines->left_out++;
	else
		on_line(arg, line, len);
	lines->too_long = false;
}

ssize_t rclone_lines_read(struct rclone_lines *lines, int fd,
			  void (*on_line)(void *arg, const char *line, size_t len), void *arg)
{
	ssize_t len = TEMP_FAILURE_RETRY(
		read(fd, lines->buffer + lines->used, sizeof(lines->buffer) - lines->used));
	char *from = lines->buffer, *look = lines->buffer + lines->used, *end, *newline;

	if (len <= 0)
		return len;
	end = look + len;
	while ((newline = memchr(look, '\n', (size_t)(end - look)))) {
		rclone_lines_end(lines, from, (size_t)(newline - from), on_line, arg);
		from = look = newline + 1;
	}
	lines->used = (size_t)(end - from);
	if (lines->used == sizeof(lines->buffer))
		lines->too_long = true;
	if (lines->too_long)
		lines->used = 0;
	memmove(lines->buffer, from, lines->used);
	return len;
}
