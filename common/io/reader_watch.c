/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/reader_watch.h"

#include <poll.h>
#include <sys/stat.h>

static int watched = -1;
static bool gone;

void reader_watch(int fd)
{
	struct stat st;

	watched = fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) ? fd : -1;
}

/* poll() reports errors and the end of a connection in any case: no events have to be asked for. */
struct pollfd reader_watch_poll(void)
{
	return (struct pollfd){ .fd = watched };
}

bool reader_watch_see(const struct pollfd *polled)
{
	gone |= (polled->revents & (POLLERR | POLLHUP)) != 0;
	return gone;
}

bool reader_watch_gone(void)
{
	return gone;
}
