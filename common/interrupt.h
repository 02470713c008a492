/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals as requests. SIGINT and SIGTERM: end as if the input had ended; a second one ends the
 * process at once. SIGUSR1, SIGHUP and a timer, where asked for: events, handled between packets.
 */
#ifndef VTAP_INTERRUPT_H
#define VTAP_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

struct pollfd;

/* Catches the first SIGINT or SIGTERM from now on, and ignores SIGPIPE: writes fail with EPIPE
 * instead. */
void interrupt_catch(void);

/* True once one of them came. */
bool interrupt_seen(void);

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
