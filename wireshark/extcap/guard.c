/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "said.h"

enum {
	MS = 1000000,
	PATIENCE_MS = 2000, /* what has not ended so long after the request is killed */
	REPEAT_MS = 100	    /* between two requests to a program that may have lost the first */
};

struct guard_child {
	pid_t pid;
	int pidfd;	 /* -1 once the child has ended */
	int said;	 /* read end of its standard error; -1 at its end */
	int status;	 /* of waitpid(2), once it has ended */
	bool asked;	 /* to end, by the user or since the one behind it had ended */
	bool by_user;	 /* asked by the user */
	bool killed;	 /* since it had not ended in time */
	bool is_dumpcap; /* plan_program.is_dumpcap */
	struct said text;
};

struct guard {
	struct guard_child child[PLAN_PROGRAMS];
	unsigned count;
	int fifo;	     /* -1 once the last program has ended */
	int life;	     /* -1 once the end was asked for */
	bool reader_gone;    /* the fifo had no reader when the last program ended */
	int64_t deadline_ns; /* CLOCK_MONOTONIC; 0 while nothing was asked to end */
};

/* A program with file capabilities, as dumpcap, does not get the signal for its parent's death: the
 * kernel takes it back at exec. */
static void guard_become(const struct plan_program *program, const int fds[3])
{
	static const int none[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD };
	sigset_t empty;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		signal(none[i], SIG_DFL);
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
	for (int fd = 0; fd < 3; fd++)
		dup2(fds[fd], fd);
	execv(program->path, program->words);
	fprintf(stderr, "vtap-extcap: %s: %s\n", program->path, strerror(errno));
	_exit(127);
}

/* Starts one program between two descriptors. Returns false with errno set if that fails. */
static bool guard_start(struct guard *guard, const struct plan_program *program, int in, int out)
{
	struct guard_child *child = &guard->child[guard->count];
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	child->pid = fork();
	if (child->pid == 0)
		guard_become(program, (const int[]){ in, out, ends[1] });
	close(ends[1]);
	child->said = ends[0];
	child->pidfd = child->pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, child->pid, 0);
	if (child->pidfd < 0) {
		close(child->said);
		return false;
	}
	child->is_dumpcap = program->is_dumpcap;
	guard->count++;
	return true;
}

/* Starts all programs; each reads the pipe that the one before it writes. Returns false with errno
 * set if that fails. */
static bool guard_start_all(struct guard *guard, const struct plan *plan)
{
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC), ends[2];
	int reason = errno;
	bool good = in >= 0;

	for (unsigned i = 0; good && i < plan->count; i++) {
		bool last = i + 1 == plan->count;

		ends[0] = ends[1] = -1;
		good = (last || pipe2(ends, O_CLOEXEC) == 0) &&
		       guard_start(guard, &plan->program[i], in, last ? guard->fifo : ends[1]);
		reason = errno;
		close(in);
		in = ends[0];
		if (ends[1] >= 0)
			close(ends[1]);
	}
	if (in >= 0)
		close(in);
	errno = reason;
	return good;
}

static void guard_ask(struct guard *guard, unsigned index, int number)
{
	struct guard_child *child = &guard->child[index];

	if (child->pidfd < 0)
		return;
	if (!child->asked && number)
		kill(child->pid, number);
	child->asked = true;
	if (guard->deadline_ns == 0)
		guard->deadline_ns = clock_ns(CLOCK_MONOTONIC) + (int64_t)PATIENCE_MS * MS;
}

/* The first program ends; the others then read to the end. */
static void guard_ask_all(struct guard *guard)
{
	if (guard->life >= 0)
		close(guard->life);
	guard->life = -1;
	for (unsigned i = 0; i < guard->count; i++) {
		guard->child[i].by_user = guard->child[i].pidfd >= 0;
		guard_ask(guard, i, i == 0 ? SIGTERM : 0);
	}
}

static void guard_kill(struct guard *guard)
{
	for (unsigned i = 0; i < guard->count; i++)
		if (guard->child[i].pidfd >= 0 && guard->child[i].asked) {
			guard->child[i].killed = true;
			kill(guard->child[i].pid, SIGKILL);
		}
	guard->deadline_ns = 0;
}

static void guard_listen(struct guard_child *child)
{
	if (said_read(&child->text, child->said) > 0)
		return;
	close(child->said);
	child->said = -1;
}

/* The guard keeps the fifo open so long to see why the last program ends: without a reader, or
 * since what it reads has ended. */
static void guard_close_fifo(struct guard *guard)
{
	struct pollfd fifo = { .fd = guard->fifo };

	if (guard->fifo < 0)
		return;
	guard->reader_gone = poll(&fifo, 1, 0) > 0 && (fifo.revents & POLLERR);
	close(guard->fifo);
	guard->fifo = -1;
}

/* What stands in front of a program that has ended writes to nobody: dumpcap would notice that at
 * its next packet only. */
static void guard_reap(struct guard *guard, unsigned index)
{
	struct guard_child *child = &guard->child[index];

	if (TEMP_FAILURE_RETRY(waitpid(child->pid, &child->status, 0)) < 0)
		child->status = 0;
	close(child->pidfd);
	child->pidfd = -1;
	if (index + 1 == guard->count)
		guard_close_fifo(guard);
	for (unsigned i = 0; i < index; i++)
		guard_ask(guard, i, SIGTERM);
}

static bool guard_goes_on(const struct guard *guard)
{
	for (unsigned i = 0; i < guard->count; i++)
		if (guard->child[i].pidfd >= 0 || guard->child[i].said >= 0)
			return true;
	return false;
}

static int guard_wait_ms(const struct guard *guard)
{
	int64_t left_ns = guard->deadline_ns - clock_ns(CLOCK_MONOTONIC);

	if (guard->deadline_ns == 0)
		return -1;
	if (left_ns <= 0)
		return 0;
	return left_ns < (int64_t)REPEAT_MS * MS ? (int)(left_ns / MS) + 1 : REPEAT_MS;
}

/* A request was made, and not all have ended since. */
static void guard_insist(struct guard *guard)
{
	if (clock_ns(CLOCK_MONOTONIC) >= guard->deadline_ns) {
		guard_kill(guard);
		return;
	}
	for (unsigned i = 0; i < guard->count; i++)
		if (guard->child[i].pidfd >= 0 && guard->child[i].asked &&
		    guard->child[i].is_dumpcap)
			kill(guard->child[i].pid, SIGTERM);
}

static void guard_wait(struct guard *guard)
{
	struct pollfd fds[1 + 2 * PLAN_PROGRAMS] = { { .fd = guard->life, .events = POLLIN } };
	unsigned count = 1;
	int ready;

	for (unsigned i = 0; i < guard->count; i++) {
		fds[count++] = (struct pollfd){ .fd = guard->child[i].said, .events = POLLIN };
		fds[count++] = (struct pollfd){ .fd = guard->child[i].pidfd, .events = POLLIN };
	}
	ready = poll(fds, count, guard_wait_ms(guard));
	if (ready == 0)
		guard_insist(guard);
	if (ready <= 0)
		return;
	for (unsigned i = 0; i < guard->count; i++) {
		if (fds[1 + 2 * i].revents)
			guard_listen(&guard->child[i]);
		if (fds[2 + 2 * i].revents)
			guard_reap(guard, i);
	}
	if (fds[0].revents)
		guard_ask_all(guard);
}

/* A program that fails closes its pipes before it has ended, so those behind it may end first, and
 * it is asked to end, too. Tools of vtap end with 0 if they are asked, or if their reader goes. */
static bool guard_tool_failed(const struct guard_child *child)
{
	if (child->status == 0 || child->killed)
		return false;
	if (child->asked && WIFSIGNALED(child->status))
		return WTERMSIG(child->status) != SIGTERM;
	return !child->by_user;
}

/* dumpcap fails if its reader goes: that is a consequence if the fifo had no reader any more, or if
 * a program failed, but for a vtap-decap that lacked what dumpcap could not capture. */
static bool guard_dumpcap_failed(const struct guard *guard, unsigned index)
{
	const struct guard_child *child = &guard->child[index];

	if (child->by_user || child->killed || WIFSIGNALED(child->status))
		return guard_tool_failed(child);
	if ((child->status == 0 && !said_has_error(&child->text)) || said_has_lost(&child->text))
		return false;
	if (index + 1 < guard->count && guard_tool_failed(&guard->child[index + 1]))
		return true;
	for (unsigned i = index + 2; i < guard->count; i++)
		if (guard_tool_failed(&guard->child[i]))
			return false;
	return !guard->reader_gone;
}

/* The errors of programs behind the first that failed are a consequence. */
static int guard_say(struct guard *guard)
{
	for (unsigned i = 0; i < guard->count; i++) {
		if (!(guard->child[i].is_dumpcap ? guard_dumpcap_failed(guard, i)
						 : guard_tool_failed(&guard->child[i])))
			continue;
		said_print(&guard->child[i].text, stderr);
		return 1;
	}
	return 0;
}

int guard_run(const struct plan *plan, int fifo, int life)
{
	static struct guard guard;
	bool good;

	guard.fifo = fifo;
	guard.life = life;
	good = guard_start_all(&guard, plan);
	if (!good) {
		fprintf(stderr, "vtap-extcap: %s\n", strerror(errno));
		guard_ask_all(&guard);
	}
	while (guard_goes_on(&guard))
		guard_wait(&guard);
	guard_close_fifo(&guard);
	return guard_say(&guard) || !good;
}
