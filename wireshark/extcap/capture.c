/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "describe.h"
#include "guard.h"
#include "plan.h"

enum {
	FIFO_RETRY_MS = 20,  /* between two looks for a reader of the fifo */
	FIFO_PATIENCE_S = 30 /* for the reader */
};

/* What asks for the end. A pidfd becomes readable when the process has ended, as no signal for a
 * parent's death can say: that one comes when a thread of the parent ends. */
struct capture_ends {
	struct pollfd signals, parent;
};

static bool capture_watch(struct capture_ends *ends, struct error *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	ends->signals = (struct pollfd){ .fd = signalfd(-1, &set, SFD_CLOEXEC), .events = POLLIN };
	ends->parent = (struct pollfd){ .fd = (int)syscall(SYS_pidfd_open, getppid(), 0),
					.events = POLLIN };
	return (ends->signals.fd >= 0 && ends->parent.fd >= 0) ||
	       error_errno(err, "watching the process that has started this one");
}

/* Waits for timeout_ms milliseconds, or for ever if that is negative, and for a process unless
 * pidfd is negative. Returns true if the end is asked for. */
static bool capture_wait(const struct capture_ends *ends, int pidfd, int timeout_ms)
{
	struct pollfd fds[] = { ends->signals, ends->parent, { .fd = pidfd, .events = POLLIN } };
	int ready;

	ready = TEMP_FAILURE_RETRY(poll(fds, 3, timeout_ms));
	return ready > 0 && (fds[0].revents || fds[1].revents);
}

/*
 * Returns the descriptor, or -1 with err set, or with err->text empty if the end is asked for. A
 * FIFO that is opened without O_NONBLOCK waits for its reader, and would not notice that Wireshark
 * has ended in between. It may even have ended before capture_watch() looked for it.
 */
static int capture_open_fifo(const char *name, const struct capture_ends *ends, struct error *err)
{
	int64_t end_ns = clock_ns(CLOCK_MONOTONIC) + FIFO_PATIENCE_S * (int64_t)1000000000;
	int fd;

	err->text[0] = '\0';
	while ((fd = open(name, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0 && errno == ENXIO) {
		if (capture_wait(ends, -1, FIFO_RETRY_MS))
			return -1;
		if (clock_ns(CLOCK_MONOTONIC) < end_ns)
			continue;
		error_set(err, "%s: no reader in %d seconds", name, FIFO_PATIENCE_S);
		return -1;
	}
	if (fd < 0)
		error_errno(err, "%s", name);
	else
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return fd;
}

/* The guard does not get the terminal's signals: it is this process that hands them on. */
static void capture_become_guard(const struct plan *plan, int fifo, const int life[2])
{
	setsid();
	close(life[1]);
	_exit(guard_run(plan, fifo, life[0]));
}

/* Waits until the guard has ended. Returns its exit status. */
static int capture_await(const struct capture_ends *ends, pid_t guard, int life)
{
	int pidfd = (int)syscall(SYS_pidfd_open, guard, 0), status = 0;
	bool asked = pidfd < 0 || capture_wait(ends, pidfd, -1);

	close(life);
	if (pidfd >= 0)
		close(pidfd);
	if (TEMP_FAILURE_RETRY(waitpid(guard, &status, 0)) < 0 || asked)
		return 0;
	return status;
}

static bool capture_run_plan(const struct plan *plan, int fifo, const struct capture_ends *ends,
			     struct error *err)
{
	int life[2];
	pid_t guard;

	if (pipe2(life, O_CLOEXEC) < 0)
		return error_errno(err, "pipe");
	guard = fork();
	if (guard == 0)
		capture_become_guard(plan, fifo, life);
	close(fifo);
	close(life[0]);
	if (guard < 0) {
		close(life[1]);
		return error_errno(err, "fork");
	}
	err->text[0] = '\0';
	return capture_await(ends, guard, life[1]) == 0;
}

bool capture_run(const struct extcap_options *options, struct error *err)
{
	static struct plan plan;
	struct capture_ends ends;
	bool good;
	int fifo;

	if (!capture_watch(&ends, err))
		return false;
	fifo = capture_open_fifo(options->fifo, &ends, err);
	if (fifo < 0)
		return !err->text[0];
	if (options->filter) {
		describe_filter(stderr);
		err->text[0] = '\0';
		close(fifo);
		return false;
	}
	good = plan_make(&plan, options, err);
	if (good)
		good = capture_run_plan(&plan, fifo, &ends, err);
	else
		close(fifo);
	plan_free(&plan);
	return good;
}

void capture_refuse(const struct extcap_options *options)
{
	struct capture_ends ends;
	struct error err;
	int fifo;

	if (!capture_watch(&ends, &err))
		return;
	fifo = capture_open_fifo(options->fifo, &ends, &err);
	if (fifo >= 0)
		close(fifo);
}
