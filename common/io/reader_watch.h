/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notices without writing that the reader of an output pipe or socket is gone. A tool that waits
 * for packets may have nothing to write for hours, and would learn of the reader's end only by
 * then. The waits of io/interrupt.h poll the descriptor beside what they wait for. There is one
 * output for the process, so these functions have no context.
 */
#ifndef VTAP_IO_READER_WATCH_H
#define VTAP_IO_READER_WATCH_H

#include <stdbool.h>

struct pollfd;

/*
 * Has the waits look at fd from now on, if it is a pipe, a FIFO or a socket; a file, a device and a
 * terminal have no reader that could go. A later call replaces the descriptor, which has to stay
 * open. It asks the system once.
 */
void reader_watch(int fd);

/* Returns what poll(2) is to look at: the descriptor, or -1, which poll() skips. */
struct pollfd reader_watch_poll(void);

/*
 * Returns true, now and from now on, if poll(2) found in *polled that the reader is gone: POLLERR
 * of a pipe without readers, and POLLHUP of a socket whose other end is closed (poll(2) of Linux).
 */
bool reader_watch_see(const struct pollfd *polled);

/* Returns true once reader_watch_see() has. */
bool reader_watch_gone(void);

#endif
