/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/reader_watch.h"

/*
 * Signals that come so soon after the first one are the same request: timeout(1) signals its child
 * and then the whole process group, and a terminal that goes away sends SIGHUP beside.
 */
enum { SAME_REQUEST_NS = 1000000000 };

static volatile sig_atomic_t end_signal; /* the first one that asked for the end; 0 if none did */
static volatile int64_t end_signal_ns;	 /* when it came, by CLOCK_MONOTONIC */
_Atomic unsigned interrupt_requests;

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
	interrupt_requests |= INTERRUPT_END;
	put_byte(end_pipe[1]);
}

/*
 * The first signal asks; one that comes later than SAME_REQUEST_NS behind it ends the process, when
 * this handler returns and the raised signal is no longer blocked.
 */
static void interrupt_ask_or_end(int number)
{
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC);

	if (end_signal && now_ns - end_signal_ns > SAME_REQUEST_NS) {
		signal(number, SIG_DFL);
		raise(number);
		return;
	}
	if (!end_signal) {
		end_signal_ns = now_ns;
		end_signal = number;
	}
	interrupt_end(number);
}

static void interrupt_note_event(int number)
{
	unsigned event = INTERRUPT_TICK;

	if (number == SIGUSR1)
		event = INTERRUPT_REPORT;
	else if (number == SIGHUP)
		event = INTERRUPT_RELOAD;
	else if (number == SIGWINCH)
		event = INTERRUPT_DRAW;
	interrupt_requests |= event;
	put_byte(event_pipe[1]);
}

/* Leaves SIGHUP alone if it is ignored: nohup(1) started the process then. */
static void catch_hangup(const struct sigaction *action)
{
	struct sigaction before;

	if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, action, NULL);
}

/* flags: SA_RESTART, or 0 for a signal that is to end a wait in the kernel. */
static void catch_event(int number, int flags)
{
	struct sigaction action = { .sa_handler = interrupt_note_event, .sa_flags = flags };

	sigaction(number, &action, NULL);
}

static bool interrupt_open_event_pipe(void)
{
	return event_pipe[0] >= 0 || pipe2(event_pipe, O_CLOEXEC | O_NONBLOCK) == 0;
}

void interrupt_catch(void)
{
	struct sigaction action = { .sa_handler = interrupt_ask_or_end };

	if (end_pipe[0] < 0 && pipe2(end_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return;
	/* Signals that come together are handled one after the other. */
	sigaddset(&action.sa_mask, SIGINT);
	sigaddset(&action.sa_mask, SIGTERM);
	sigaddset(&action.sa_mask, SIGHUP);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	catch_hangup(&action);
	if (interrupt_open_event_pipe())
		catch_event(SIGUSR1, SA_RESTART);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

bool interrupt_seen(void)
{
	return interrupt_requests & INTERRUPT_END;
}

int interrupt_signal(void)
{
	return end_signal;
}

int interrupt_open(int dir, const char *name, int flags, mode_t mode)
{
	int fd;

	do
		fd = openat(dir, name, flags, mode);
	while (fd < 0 && errno == EINTR && !interrupt_seen());
	return fd;
}

/* Asks the process to end if poll() found that nobody reads its output any more. */
static void interrupt_look_at_reader(const struct pollfd *polled)
{
	if (reader_watch_see(polled) && !interrupt_seen())
		interrupt_end(0);
}

bool interrupt_wait(int fd, struct error *err)
{
	struct pollfd wait[] = { { .fd = fd, .events = POLLIN },
				 { .fd = end_pipe[0], .events = POLLIN },
				 reader_watch_poll() };

	while (!interrupt_seen() && poll(wait, sizeof(wait) / sizeof(*wait), -1) < 0)
		if (errno != EINTR)
			return error_errno(err, "poll");
	interrupt_look_at_reader(&wait[2]);
	return !interrupt_seen();
}

bool interrupt_catch_events(struct error *err)
{
	struct sigaction action = { .sa_handler = interrupt_note_event, .sa_flags = SA_RESTART };

	if (!interrupt_open_event_pipe())
		return error_errno(err, "a pipe for signals");
	catch_hangup(&action);
	sigaction(SIGUSR1, &action, NULL);
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

	catch_event(SIGALRM, SA_RESTART);
	return interrupt_start_timer(&timer, SIGALRM, interval_ns, interval_ns);
}

bool interrupt_draw(int64_t first_ns, int64_t interval_ns)
{
	static struct timer timer;

	catch_event(SIGWINCH, SA_RESTART);
	return interrupt_start_timer(&timer, SIGWINCH, first_ns, interval_ns);
}

bool interrupt_after(int64_t delay_ns)
{
	static struct timer timer;
	struct sigaction action = { .sa_handler = interrupt_end, .sa_flags = SA_RESTART };

	sigaction(SIGVTALRM, &action, NULL);
	return interrupt_start_timer(&timer, SIGVTALRM, delay_ns > 0 ? delay_ns : 1, 0);
}

static void (*blocked_report)(void *arg);
static void *blocked_report_arg;

void interrupt_on_blocked_report(void (*report)(void *arg), void *arg)
{
	blocked_report = report;
	blocked_report_arg = arg;
}

/* The byte in the event pipe stays: it wakes one wait too many. */
static void interrupt_report_blocked(void)
{
	if (atomic_fetch_and(&interrupt_requests, ~(unsigned)INTERRUPT_REPORT) & INTERRUPT_REPORT)
		blocked_report(blocked_report_arg);
}

/* Elsewhere system calls go on after SIGUSR1, so that only this one has to expect EINTR. A signal
 * between the look at the event and the call is seen when the call returns. */
ssize_t interrupt_write(int fd, const void *bytes, size_t len)
{
	ssize_t n;
	int number;

	if (!blocked_report)
		return write(fd, bytes, len);
	catch_event(SIGUSR1, 0);
	interrupt_report_blocked();
	n = write(fd, bytes, len);
	number = errno;
	catch_event(SIGUSR1, SA_RESTART);
	if (n < 0 ? number == EINTR : (size_t)n < len)
		interrupt_report_blocked();
	errno = number;
	return n;
}

static void interrupt_empty_pipe(void)
{
	char bytes[64];

	while (read(event_pipe[0], bytes, sizeof(bytes)) > 0)
		;
}

unsigned interrupt_events(void)
{
	if (!(interrupt_requests & ~INTERRUPT_END))
		return 0;
	interrupt_empty_pipe();
	return atomic_fetch_and(&interrupt_requests, INTERRUPT_END) & ~INTERRUPT_END;
}

/* If events are not caught, event_pipe is -1, which poll() skips. */
enum interrupt_woken interrupt_poll(struct pollfd *fds, unsigned count, int64_t timeout_ns)
{
	struct pollfd alone[INTERRUPT_OWN_FDS];
	struct pollfd *own = fds ? fds + count : alone;
	int64_t end_ns = timeout_ns > 0 ? clock_ns(CLOCK_MONOTONIC) + timeout_ns : 0;
	int ready = 0;

	own[0] = (struct pollfd){ .fd = end_pipe[0], .events = POLLIN };
	own[1] = (struct pollfd){ .fd = event_pipe[0], .events = POLLIN };
	own[2] = reader_watch_poll();
	while (!interrupt_pending()) {
		struct timespec left =
			timespec_of(timeout_ns > 0 ? end_ns - clock_ns(CLOCK_MONOTONIC) : 0);

		if (left.tv_sec < 0 || left.tv_nsec < 0)
			break;
		ready = ppoll(own - count, count + INTERRUPT_OWN_FDS, timeout_ns < 0 ? NULL : &left,
			      NULL);
		if (ready >= 0 || errno != EINTR)
			break;
	}
	if (ready > 0)
		interrupt_look_at_reader(&own[2]);
	if (interrupt_pending())
		return interrupt_seen() ? WOKEN_END : WOKEN_EVENT;
	if (ready < 0 && errno != EINTR)
		return WOKEN_FAILED;
	/* interrupt_events() returned an event that came after it had emptied the pipe. */
	if (own[1].revents)
		interrupt_empty_pipe();
	return ready > 0 ? WOKEN_READY : WOKEN_TIMEOUT;
}
