/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/tap.h"

enum { MS = 1000000, LONG_NS = 2000000000 };

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void descriptors(void)
{
	int quiet[2], loud[2];
	struct pollfd fds[2 + INTERRUPT_OWN_FDS];
	int64_t start = now_ns();

	if (pipe(quiet) < 0 || pipe(loud) < 0 || write(loud[1], "x", 1) != 1)
		return;
	fds[0] = (struct pollfd){ .fd = quiet[0], .events = POLLIN };
	ok(interrupt_poll(fds, 1, 30 * MS) == WOKEN_TIMEOUT, "nothing to read: a timeout");
	ok(now_ns() - start >= 30 * MS, "... after that time");
	ok(interrupt_poll(fds, 1, 0) == WOKEN_TIMEOUT, "a look without a wait");
	fds[1] = (struct pollfd){ .fd = loud[0], .events = POLLIN };
	ok(interrupt_poll(fds, 2, -1) == WOKEN_READY, "something to read");
	ok(fds[0].revents == 0 && fds[1].revents == POLLIN, "... and where");
}

static void events(void)
{
	int64_t start = now_ns();

	is_u64(interrupt_events(), 0, "no event yet");
	raise(SIGUSR1);
	raise(SIGHUP);
	ok(interrupt_poll(NULL, 0, -1) == WOKEN_EVENT, "an event before the wait ends it");
	is_u64(interrupt_events(), INTERRUPT_REPORT | INTERRUPT_RELOAD, "SIGUSR1 and SIGHUP");
	is_u64(interrupt_events(), 0, "each is told once");
	ok(interrupt_poll(NULL, 0, 1 * MS) == WOKEN_TIMEOUT, "a told event wakes nobody");
	interrupt_tick(5 * MS);
	for (int i = 0; i < 3; i++) {
		ok(interrupt_poll(NULL, 0, LONG_NS) == WOKEN_EVENT, "tick %d wakes", i);
		is_u64(interrupt_events(), INTERRUPT_TICK, "... as a tick");
	}
	ok(now_ns() - start >= 15 * MS, "three ticks take their time");
	interrupt_tick(0);
	interrupt_poll(NULL, 0, 20 * MS);
	interrupt_events();
	ok(interrupt_poll(NULL, 0, 20 * MS) == WOKEN_TIMEOUT, "no more ticks when stopped");
}

static void draws(void)
{
	int64_t start = now_ns();

	ok(interrupt_draw(0, 0), "a timer that does not run yet");
	ok(interrupt_poll(NULL, 0, 20 * MS) == WOKEN_TIMEOUT, "... brings nothing");
	start = now_ns();
	interrupt_draw(30 * MS, 5 * MS);
	ok(interrupt_poll(NULL, 0, LONG_NS) == WOKEN_EVENT, "the first draw");
	ok(now_ns() - start >= 30 * MS, "... comes after its own time");
	is_u64(interrupt_events(), INTERRUPT_DRAW, "... as a draw");
	ok(interrupt_poll(NULL, 0, LONG_NS) == WOKEN_EVENT, "and the next one");
	interrupt_draw(0, 0);
	interrupt_events();
	ok(interrupt_poll(NULL, 0, 20 * MS) == WOKEN_TIMEOUT, "no more draws when stopped");
	raise(SIGWINCH);
	is_u64(interrupt_events(), INTERRUPT_DRAW, "another size of the terminal is a draw, too");
	interrupt_tick(5 * MS);
	interrupt_draw(5 * MS, 5 * MS);
	for (unsigned seen = 0; seen != (INTERRUPT_TICK | INTERRUPT_DRAW);) {
		interrupt_poll(NULL, 0, LONG_NS);
		seen |= interrupt_events();
		if (!ok(now_ns() - start < 60 * (int64_t)LONG_NS, "a tick or draw"))
			break;
	}
	interrupt_tick(0);
	interrupt_draw(0, 0);
	interrupt_events();
}

static void end_after(void)
{
	int64_t start = now_ns();

	ok(!interrupt_seen(), "no end yet");
	ok(interrupt_after(20 * MS), "an end is ordered");
	ok(interrupt_poll(NULL, 0, LONG_NS) == WOKEN_END, "it comes");
	ok(now_ns() - start >= 20 * MS && interrupt_seen(), "... then");
	ok(interrupt_poll(NULL, 0, LONG_NS) == WOKEN_END, "and stays");
}

/*
 * A second signal ends the process, but not within a second: seen from its parent, which shares the
 * pipes.
 */
static void second_signal(int first, int second)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		int64_t start = now_ns();

		signal(SIGHUP, SIG_DFL); /* it was an event */
		interrupt_catch();
		raise(first);
		raise(first);
		raise(second);
		if (now_ns() - start < 1000000000 && interrupt_signal() != first)
			_exit(1);
		/* Each of these is the first one that comes late enough. */
		while (now_ns() - start < LONG_NS)
			raise(second);
		_exit(2);
	}
	waitpid(child, &status, 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == second, "signal %d after %d ends at once",
	   second, first);
}

/* More of them than a pipe holds, unheard: errno of what they interrupt stays. */
static void storm(void)
{
	errno = ENOTTY;
	for (int i = 0; i < 70000; i++)
		raise(SIGUSR1);
	ok(errno == ENOTTY, "a storm of events leaves errno alone");
	is_u64(interrupt_events(), INTERRUPT_REPORT, "... and is one event");
	ok(interrupt_poll(NULL, 0, 1 * MS) == WOKEN_TIMEOUT, "... which wakes nobody later");
}

static void no_descriptors(void)
{
	struct rlimit old, none;
	struct error err = { 0 };

	getrlimit(RLIMIT_NOFILE, &old);
	none = old;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	ok(!interrupt_catch_events(&err) && err.number == EMFILE, "no descriptor left: %s",
	   err.text);
	setrlimit(RLIMIT_NOFILE, &old);
}

/* nohup(1) starts a program so. */
static void ignored_hangup(void)
{
	struct error err = { 0 };
	struct sigaction now = { 0 };

	signal(SIGHUP, SIG_IGN);
	interrupt_catch();
	ok(interrupt_catch_events(&err), "events are caught where SIGHUP is ignored");
	sigaction(SIGHUP, NULL, &now);
	ok(now.sa_handler == SIG_IGN, "... which it stays");
	signal(SIGHUP, SIG_DFL);
}

/* poll(2) refuses more descriptors than a process may have; a tick ends a wait that tries again. */
static void failing_poll(void)
{
	struct pollfd fds[1 + INTERRUPT_OWN_FDS] = { { .fd = -1 } };
	struct rlimit old, few;

	getrlimit(RLIMIT_NOFILE, &old);
	few = old;
	few.rlim_cur = 2;
	setrlimit(RLIMIT_NOFILE, &few);
	interrupt_tick(50 * MS);
	errno = 0;
	ok(interrupt_poll(fds, 1, -1) == WOKEN_FAILED && errno == EINVAL, "poll() that fails");
	setrlimit(RLIMIT_NOFILE, &old);
	interrupt_tick(0);
	interrupt_events();
}

int main(void)
{
	struct error err = { 0 };

	no_descriptors();
	interrupt_catch();
	ignored_hangup();
	ok(interrupt_catch_events(&err), "events are caught");
	failing_poll();
	descriptors();
	events();
	draws();
	storm();
	end_after();
	second_signal(SIGTERM, SIGTERM);
	second_signal(SIGTERM, SIGINT);
	second_signal(SIGTERM, SIGHUP);
	return tap_done();
}
