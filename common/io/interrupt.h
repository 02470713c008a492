/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals as requests to the loop of a tool. SIGINT, SIGTERM and SIGHUP ask it to end as if the
 * input had ended; those within a second are one request, and one that comes later ends the process
 * at once. Events are handled between packets: SIGUSR1 and, where a tool asks for them, SIGHUP,
 * SIGWINCH and a timer. There is one set of signals for the process, so these functions have no
 * context.
 */
#ifndef VTAP_IO_INTERRUPT_H
#define VTAP_IO_INTERRUPT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct pollfd;

/*
 * Catches SIGINT, SIGTERM and SIGHUP from now on (SIGHUP not if it is ignored, as by nohup), and
 * SIGUSR1 as an event. Also ignores SIGPIPE and SIGXFSZ, so that writes fail with EPIPE and EFBIG
 * instead. Does nothing, or does not catch SIGUSR1, if the process has no descriptors left.
 */
void interrupt_catch(void);

/* Returns true once the process was asked to end. */
bool interrupt_seen(void);

/* Returns the number of the first signal that asked the process to end, or 0 if none did. */
int interrupt_signal(void);

/*
 * Calls openat(2), again after a signal, but fails with EINTR if the process was asked to end.
 * Returns the descriptor, which the caller closes, or -1 with errno set.
 */
int interrupt_open(int dir, const char *name, int flags, mode_t mode);

/*
 * Waits until fd is readable or at its end. Returns false if the process was asked to end, before
 * or during the wait, by a signal or since the reader of its output is gone (io/reader_watch.h); no
 * signal is lost in between. Also returns false, and sets err, if poll(2) fails. Events do not end
 * the wait.
 */
bool interrupt_wait(int fd, struct error *err);

/* What signals ask for, as bits: events, and the end of the process. */
enum {
	INTERRUPT_REPORT = 1, /* SIGUSR1 */
	INTERRUPT_RELOAD = 2, /* SIGHUP */
	INTERRUPT_TICK = 4,   /* the timer of interrupt_tick() */
	INTERRUPT_END = 8,    /* interrupt_seen(); no event, and never taken back */
	INTERRUPT_DRAW = 16,  /* SIGWINCH: a line on the terminal is to be drawn again */
};

/* The INTERRUPT_ bits that are not dealt with yet; the signal handlers set them. It is here for
 * interrupt_pending() alone. */
extern _Atomic unsigned interrupt_requests;

/* Returns true if interrupt_seen() is true or interrupt_events() has an event. It costs one load,
 * so that it can be asked for each packet. */
static inline bool interrupt_pending(void)
{
	return atomic_load_explicit(&interrupt_requests, memory_order_relaxed) != 0;
}

/*
 * Catches SIGUSR1 as an event from now on, even if it was ignored, and SIGHUP unless it is ignored:
 * it then no longer asks the process to end. interrupt_catch() is called before.
 * Returns false and sets err if the process has no descriptors left.
 */
bool interrupt_catch_events(struct error *err);

/*
 * Makes INTERRUPT_TICK come each interval_ns nanoseconds from now on, by SIGALRM; 0 stops it, and
 * makes the timer if there is none, which a sandbox would forbid later. To be called after
 * interrupt_catch(). Returns false and sets errno if the system has no timer.
 */
bool interrupt_tick(int64_t interval_ns);

/*
 * Makes INTERRUPT_DRAW come in first_ns nanoseconds, each interval_ns nanoseconds from then on, and
 * whenever the terminal gets another size. If first_ns is 0, it stops the timer, and makes it if
 * there is none, which a sandbox would forbid later. The timer is another one than that of
 * interrupt_tick(), so that each has its own rate. To be called after interrupt_catch(). Returns
 * false and sets errno if the system has no timer.
 */
bool interrupt_draw(int64_t first_ns, int64_t interval_ns);

/*
 * Asks the process to end in delay_ns nanoseconds, or at once if that is 0 or less; a later call
 * replaces the delay. To be called after interrupt_catch(). Returns false if the system has no
 * timer.
 */
bool interrupt_after(int64_t delay_ns);

/*
 * Has report(arg) called when SIGUSR1 comes while interrupt_write() waits for a reader: the loop,
 * which handles the events, is then in the middle of a packet. report may be NULL, as at the start.
 */
void interrupt_on_blocked_report(void (*report)(void *arg), void *arg);

/*
 * Writes to a pipe or device as write(2) does. If SIGUSR1 comes before all bytes are written it
 * makes the call above, and returns what was written until then, or -1 with errno EINTR.
 */
ssize_t interrupt_write(int fd, const void *bytes, size_t len);

/* Returns the events (INTERRUPT_ bits) since the last call. It costs one load if there are none. */
unsigned interrupt_events(void);

/* Why interrupt_poll() returned. */
enum interrupt_woken {
	WOKEN_READY,   /* a descriptor may have revents: the caller looks at all of them */
	WOKEN_TIMEOUT, /* the time has passed */
	WOKEN_EVENT,   /* interrupt_events() will return an event */
	WOKEN_END,     /* the process was asked to end, by a signal or since the reader is gone */
	WOKEN_FAILED,  /* poll(2) failed, and would fail again at once: errno says why */
};

/* Elements behind the caller's descriptors that interrupt_poll() uses for its own. */
enum { INTERRUPT_OWN_FDS = 3 };

/*
 * Polls as poll(2) does, and is woken by signals: none is lost between a check and the wait. That
 * the reader of the output is gone (io/reader_watch.h) asks the process to end as SIGTERM does. It
 * waits timeout_ns nanoseconds at most, or for ever if timeout_ns is negative; it does not wait if
 * an event is pending or the process was asked to end. fds holds count descriptors, and has room
 * for INTERRUPT_OWN_FDS more behind them, or is NULL if count is 0; revents mean something only if
 * it returns WOKEN_READY.
 */
enum interrupt_woken interrupt_poll(struct pollfd *fds, unsigned count, int64_t timeout_ns);

#endif
