/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals as requests to the loop of a tool. SIGINT, SIGTERM and SIGHUP ask it to end as if the
 * input had ended; a second SIGINT or SIGTERM ends the process at once. A tool may also ask for
 * events, which it handles between packets: SIGUSR1, SIGHUP and a timer. There is one set of
 * signals for the process, so these functions have no context.
 */
#ifndef VTAP_IO_INTERRUPT_H
#define VTAP_IO_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct pollfd;

/*
 * Catches SIGINT, SIGTERM and SIGHUP from now on (SIGHUP not if it is ignored, as by nohup). Also
 * ignores SIGPIPE and SIGXFSZ, so that writes fail with EPIPE and EFBIG instead.
 */
void interrupt_catch(void);

/* Returns true once the process was asked to end. */
bool interrupt_seen(void);

/* openat(2) that tries again after a signal, but fails with EINTR if the process is to end. */
int interrupt_open(int dir, const char *name, int flags, mode_t mode);

/*
 * Waits until fd is readable or at its end. Returns false if the process was asked to end, before
 * or during the wait; no signal is lost in between.
 */
bool interrupt_wait(int fd);

/* Events, as bits. */
enum {
	INTERRUPT_REPORT = 1, /* SIGUSR1 */
	INTERRUPT_RELOAD = 2, /* SIGHUP */
	INTERRUPT_TICK = 4,   /* the timer of interrupt_tick() */
};

/* Catches SIGUSR1 and SIGHUP as events; to be called after interrupt_catch(). */
void interrupt_catch_events(void);

/*
 * Makes INTERRUPT_TICK come each interval_ns nanoseconds from now on; 0 stops it. Returns false if
 * the system has no timer.
 */
bool interrupt_tick(int64_t interval_ns);

/* Asks the process to end in delay_ns nanoseconds. Returns false if the system has no timer. */
bool interrupt_after(int64_t delay_ns);

/* Asks the process to end now. To call it again does no harm. */
void interrupt_now(void);

/* Returns the events since the last call, as bits. It costs one load if there are none. */
unsigned interrupt_events(void);

/* Why interrupt_poll() returned. */
enum interrupt_woken {
	WOKEN_READY,   /* at least one descriptor has revents */
	WOKEN_TIMEOUT, /* the time has passed */
	WOKEN_EVENT,   /* interrupt_events() will return an event */
	WOKEN_END,     /* the process was asked to end */
};

enum { INTERRUPT_FDS = 64 }; /* descriptors that interrupt_poll() takes; it ignores those beyond */

/*
 * poll(2) that signals wake up: none is lost between a check and the wait. It waits timeout_ns
 * nanoseconds at most, or for ever if timeout_ns is negative. fds may be NULL if count is 0.
 */
enum interrupt_woken interrupt_poll(struct pollfd *fds, unsigned count, int64_t timeout_ns);

#endif
