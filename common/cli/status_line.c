/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/status_line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/terminal.h"

enum { COLUMNS_USUAL = 80, COLUMNS_MAX = 1000 };

/*
 * ECMA-48: CR, and ED, which erases from the cursor to the end of the screen. EL, which erases the
 * rest of a row, would leave the end of a line that a narrower terminal has broken into two rows.
 */
#define ERASE "\033[J"

static struct {
	bool open;
	bool drawn; /* the line is on the terminal */
	pid_t group;
} status_line;

bool status_line_open(void)
{
	const char *kind = getenv("TERM");

	status_line.open = isatty(STDERR_FILENO) && (!kind || strcmp(kind, "dumb") != 0);
	status_line.group = getpgrp();
	return status_line.open;
}

bool status_line_is_open(void)
{
	return status_line.open;
}

/* A job in the background must not write over what the user types, and would be stopped for it if
 * the terminal says so (stty tostop). A terminal that is not this session's has no jobs. */
static bool status_line_in_foreground(void)
{
	pid_t group = tcgetpgrp(STDERR_FILENO);

	return group == status_line.group || (group < 0 && errno == ENOTTY);
}

/*
 * Who draws holds a lock on the byte of the terminal that has the number of the pipeline's process
 * group: so other jobs on the terminal do not count. The kernel gives the lock back when the
 * process ends.
 */
static struct flock status_line_lock(short type)
{
	return (struct flock){
		.l_type = type, .l_whence = SEEK_SET, .l_start = status_line.group, .l_len = 1
	};
}

/* If the terminal has no locks, each process counts as the only one. */
static bool status_line_take_lock(void)
{
	struct flock lock = status_line_lock(F_WRLCK);

	return fcntl(STDERR_FILENO, F_SETLK, &lock) == 0 || (errno != EAGAIN && errno != EACCES);
}

static bool status_line_other_draws(void)
{
	struct flock lock = status_line_lock(F_WRLCK);

	return fcntl(STDERR_FILENO, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* A write to a terminal that is stopped would wait, and the packets with it. */
static bool status_line_is_writable(void)
{
	struct pollfd terminal = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&terminal, 1, 0) == 1 && terminal.revents == POLLOUT;
}

unsigned status_line_room(void)
{
	struct terminal_size size;

	if (!status_line.open)
		return 0;
	if (!status_line_in_foreground()) {
		status_line.drawn = false; /* the shell has gone on below it */
		return 0;
	}
	if (!status_line_take_lock() || !status_line_is_writable() ||
	    !terminal_ask_size(STDERR_FILENO, &size))
		return 0;
	if (size.columns == 0)
		size.columns = COLUMNS_USUAL;
	return (size.columns < COLUMNS_MAX ? size.columns : COLUMNS_MAX) - 1;
}

/* One write, so that lines of several processes do not mix. What is lost is drawn again soon. */
static void status_line_write(const char *text, size_t len)
{
	ssize_t ignored = write(STDERR_FILENO, text, len);

	(void)ignored;
}

void status_line_draw(const char *text)
{
	char bytes[COLUMNS_MAX + sizeof("\r" ERASE "\r")];
	size_t len = strnlen(text, COLUMNS_MAX);

	if (!status_line.open)
		return;
	bytes[0] = '\r';
	memcpy(bytes + 1, text, len);
	memcpy(bytes + 1 + len, ERASE "\r", sizeof(ERASE "\r"));
	status_line_write(bytes, 1 + len + strlen(ERASE "\r"));
	status_line.drawn = true;
}

const char *status_line_clear(void)
{
	bool there = status_line.open && status_line_in_foreground() &&
		     (status_line.drawn || status_line_other_draws());

	status_line.drawn = false;
	return there ? "\r" ERASE : "";
}

void status_line_close(void)
{
	struct flock lock = status_line_lock(F_UNLCK);

	if (!status_line.open)
		return;
	if (status_line.drawn && status_line_is_writable()) {
		const char *clear = status_line_clear();

		status_line_write(clear, strlen(clear));
	}
	fcntl(STDERR_FILENO, F_SETLK, &lock);
}
