/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

static volatile sig_atomic_t end_seen;
static _Atomic unsigned pending;
/*
 * Handlers write a byte into a pipe, so that a signal just before poll() makes it return, too. The
 * byte of an end stays in its pipe; those of events are read when the events are handled.
 */
static int end_pipe[2] = { -1, -1 }, event_pipe[2] = { -1, -1 };

/* A full pipe wakes poll(), too. The code that is interrupted may be about to read errno. */
static void put_byte(int fd)
{
	int number = errno;
	ssize_t ignored = write(fd, "", 1);

	(void)ignored;
	errno = number;
}

static void interrupt_end(int number)
{
	(void)number;
	end_seen = 1;
	put_byte(end_pipe[1]);
}

/* The first signal asks; the next SIGINT or SIGTERM ends the process. */
static void interrupt_end_once(int number)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	interrupt_end(number);
}

static void interrupt_note_event(int number)
{
	unsigned event = INTERRUPT_TICK;

	if (number == SIGUSR1)
		event = INTERRUPT_REPORT;
	else if (number == SIGHUP)
		event = INTERRUPT_RELOAD;
	pending |= event;
	put_byte(event_pipe[1]);
}

/* Leaves SIGHUP alone if it is ignored: nohup(1) started the process then. */
static void catch_hangup(const struct sigaction *action)
{
	struct sigaction before;

	if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, action, NULL);
}

void interrupt_catch(void)
{
	struct sigaction action = { .sa_handler = interrupt_end_once };

	if (end_pipe[0] < 0 && pipe2(end_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	catch_hangup(&action);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

bool interrupt_seen(void)
{
	return end_seen;
}

int interrupt_open(int dir, const char *name, int flags, mode_t mode)
{
	int fd;

	do
		fd = openat(dir, name, flags, mode);
	while (fd < 0 && errno == EINTR && !end_seen);
	return fd;
}

bool interrupt_wait(int fd, struct error *err)
{
	struct pollfd wait[2] = { { .fd = fd, .events = POLLIN },
				  { .fd = end_pipe[0], .events = POLLIN } };

	while (!end_seen && poll(wait, 2, -1) < 0)
		if (errno != EINTR)
			return error_errno(err, "poll");
	return !end_seen;
}

bool interrupt_catch_events(struct error *err)
{
	struct sigaction action = { .sa_handler = interrupt_note_event, .sa_flags = SA_RESTART };

	if (event_pipe[0] < 0 && pipe2(event_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_errno(err, "a pipe for signals");
	catch_hangup(&action);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	return true;
}

static struct timespec timespec_of(int64_t ns)
{
	return (struct timespec){ .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
}

struct timer {
	bool made;
	timer_t id;
};

static bool interrupt_start_timer(struct timer *timer, int number, int64_t first_ns,
				  int64_t interval_ns)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = number };
	struct itimerspec when = { .it_value = timespec_of(first_ns),
				   .it_interval = timespec_of(interval_ns) };

	if (!timer->made && timer_create(CLOCK_MONOTONIC, &event, &timer->id) < 0)
		return false;
	timer->made = true;
	return timer_settime(timer->id, 0, &when, NULL) == 0;
}

bool interrupt_tick(int64_t interval_ns)
{
	static struct timer timer;

	return interrupt_start_timer(&timer, SIGALRM, interval_ns, interval_ns);
}

bool interrupt_after(int64_t delay_ns)
{
	static struct timer timer;
	struct sigaction action = { .sa_handler = interrupt_end, .sa_flags = SA_RESTART };

	sigaction(SIGVTALRM, &action, NULL);
	return interrupt_start_timer(&timer, SIGVTALRM, delay_ns > 0 ? delay_ns : 1, 0);
}

void interrupt_now(void)
{
	interrupt_end(0);
}

static void interrupt_empty_pipe(void)
{
	char bytes[64];

	while (read(event_pipe[0], bytes, sizeof(bytes)) > 0)
		;
}

unsigned interrupt_events(void)
{
	if (pending == 0)
		return 0;
	interrupt_empty_pipe();
	return atomic_exchange(&pending, 0);
}

/* If events are not caught, event_pipe is -1, which poll() skips. */
enum interrupt_woken interrupt_poll(struct pollfd *fds, unsigned count, int64_t timeout_ns)
{
	struct pollfd all[INTERRUPT_FDS + 2] = { { .fd = end_pipe[0], .events = POLLIN },
						 { .fd = event_pipe[0], .events = POLLIN } };
	int64_t end_ns = timeout_ns > 0 ? clock_ns(CLOCK_MONOTONIC) + timeout_ns : 0;
	int ready = 0;

	if (count > INTERRUPT_FDS)
		count = INTERRUPT_FDS;
	if (count > 0)
		memcpy(all + 2, fds, count * sizeof(*fds));
	while (!end_seen && !pending) {
		struct timespec left =
			timespec_of(timeout_ns > 0 ? end_ns - clock_ns(CLOCK_MONOTONIC) : 0);

		if (left.tv_sec < 0 || left.tv_nsec < 0)
			break;
		ready = ppoll(all, count + 2, timeout_ns < 0 ? NULL : &left, NULL);
		if (ready >= 0 || errno != EINTR)
			break;
	}
	if (count > 0)
		memcpy(fds, all + 2, count * sizeof(*fds));
	if (end_seen)
		return WOKEN_END;
	if (pending)
		return WOKEN_EVENT;
	if (ready < 0 && errno != EINTR)
		return WOKEN_FAILED;
	/* interrupt_events() returned an event that came after it had emptied the pipe. */
	if (all[1].revents)
		interrupt_empty_pipe();
	return ready > 0 ? WOKEN_READY : WOKEN_TIMEOUT;
}
