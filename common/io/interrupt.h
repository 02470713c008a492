/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals as requests. SIGINT, SIGTERM and SIGHUP: end as if the input had ended; SIGINT and
 * SIGTERM after one of them end the process at once. SIGUSR1, SIGHUP and a timer, where asked for:
 * events, handled between packets.
 */
#ifndef VTAP_IO_INTERRUPT_H
#define VTAP_IO_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct pollfd;

/* Catches the first SIGINT, SIGTERM or SIGHUP from now on (SIGHUP not where it was ignored), and
 * ignores SIGPIPE and SIGXFSZ: writes fail with EPIPE and EFBIG instead. */
void interrupt_catch(void);

/* True once one of them came. */
bool interrupt_seen(void);

/* openat(2) that goes on after a signal, but not after a request to end: then it is EINTR. */
int interrupt_open(int dir, const char *name, int flags, mode_t mode);

/*
 * Waits until fd is readable or at its end; false when a signal came, before or
 * during the wait. No signal is lost between the check and the wait.
 */
bool interrupt_wait(int fd);

/* What can come beside an end. */
enum {
	INTERRUPT_REPORT = 1, /* SIGUSR1 */
	INTERRUPT_RELOAD = 2, /* SIGHUP */
	INTERRUPT_TICK = 4,   /* interrupt_tick() */
};

/* Catches SIGUSR1 and SIGHUP as events; after interrupt_catch(). */
void interrupt_catch_events(void);

/* INTERRUPT_TICK each interval_ns from now on (0: no more); false when there is no timer. */
bool interrupt_tick(int64_t interval_ns);

/* As if SIGTERM had come, delay_ns from now; false when there is no timer. */
bool interrupt_after(int64_t delay_ns);

/* As if SIGTERM had come now, as often as one likes. */
void interrupt_now(void);

/* The events since the last call, as bits. Cheap: one load when there are none. */
unsigned interrupt_events(void);

enum interrupt_woken {
	WOKEN_READY,   /* at least one fd has revents */
	WOKEN_TIMEOUT, /* timeout_ns passed */
	WOKEN_EVENT,   /* interrupt_events() will tell */
	WOKEN_END,     /* interrupt_seen() */
};

enum { INTERRUPT_FDS = 64 };

/*
 * poll(2) on at most INTERRUPT_FDS descriptors, at most timeout_ns (less than 0: for ever). Neither
 * an end nor an event is lost between a check and the wait.
 */
enum interrupt_woken interrupt_poll(struct pollfd *fds, unsigned count, int64_t timeout_ns);

#endif
