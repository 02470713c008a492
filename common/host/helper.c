/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/privileges.h"
#include "io/descriptors.h"

pid_t helper_fork(void (*run)(void *arg), void *arg)
{
	pid_t pid = fork();

	if (pid == 0) {
		run(arg);
		_exit(0);
	}
	return pid;
}

/* Kernels before 5.9, and containers whose filter of system calls is older, have no close_range().
 * Without it descriptors beyond CLOSED_ONE_BY_ONE stay open. */
static void helper_close_range(unsigned first, unsigned last)
{
	enum { CLOSED_ONE_BY_ONE = 65536 };

	if (first > last || close_range(first, last, 0) == 0)
		return;
	for (unsigned fd = first; fd <= last && fd < CLOSED_ONE_BY_ONE; fd++)
		close((int)fd);
}

static int helper_compare(const void *one, const void *other)
{
	return *(const int *)one - *(const int *)other;
}

/* A pipe of the tool that stays open here would not end when the tool closes it. */
static void helper_close_others(const int *kept, unsigned count)
{
	int sorted[HELPER_KEPT];
	unsigned first = STDERR_FILENO + 1;

	memcpy(sorted, kept, count * sizeof(*kept));
	qsort(sorted, count, sizeof(*sorted), helper_compare);
	for (unsigned i = 0; i < count; i++) {
		helper_close_range(first, (unsigned)sorted[i] - 1);
		first = (unsigned)sorted[i] + 1;
	}
	helper_close_range(first, ~0U);
	close(STDIN_FILENO);
	open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* If SIGCHLD was inherited as ignored, waitpid() would find no program that has ended. */
static void helper_watch_programs(struct helper *helper)
{
	sigset_t ends;

	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&ends);
	sigaddset(&ends, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ends, &helper->mask);
	helper->ends = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

bool helper_init(struct helper *helper, const char *user, const int *kept, unsigned count,
		 struct error *err)
{
	const struct privileges become = { .user = user };

	if (user && !privileges_drop(&become, err))
		return false;
	helper_close_others(kept, count < HELPER_KEPT ? count : HELPER_KEPT);
	descriptors_restore();
	helper_watch_programs(helper);
	return true;
}

/* The tool may have ended before the kernel was asked to tell it. */
bool helper_end_with(pid_t tool, struct error *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return error_errno(err, "cannot end with the tool");
	return getppid() == tool || error_set(err, "the tool has ended");
}

/* 0 to 2 may be among the descriptors: each is copied out of the way before one is replaced.
 * Descriptors that dup2() makes stay open in the program. */
static bool helper_redirect(const struct helper_program *program)
{
	const int from[] = { program->in, program->out, program->err };
	int copy[3];

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		copy[fd] = from[fd] < 0 ? -1 : fcntl(from[fd], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		if (from[fd] >= 0 && copy[fd] < 0)
			return false;
	}
	if (program->in < 0)
		copy[STDIN_FILENO] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (copy[fd] >= 0 && dup2(copy[fd], fd) < 0)
			return false;
	return true;
}

/* Becomes the program, in the child; returns if it cannot, with errno set. The signal that tells of
 * the helper's end is asked for by the program's own process: a child does not inherit it. */
static void helper_become(const struct helper *helper, const struct helper_program *program,
			  pid_t parent)
{
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	if (program->bound) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent) {
			errno = ESRCH;
			return;
		}
	}
	if (!helper_redirect(program))
		return;
	sigprocmask(SIG_SETMASK, &helper->mask, NULL);
	execve(program->path, program->argv, program->environment);
}

/* The pipe is closed by the program's start, and else tells errno: posix_spawn(3) would do, but has
 * no way to ask for a signal when the parent ends. */
int helper_spawn(const struct helper *helper, const struct helper_program *program, pid_t *pid)
{
	pid_t parent = getpid();
	int failed[2], error = 0;

	if (pipe2(failed, O_CLOEXEC) < 0)
		return errno;
	*pid = fork();
	if (*pid == 0) {
		helper_become(helper, program, parent);
		error = errno;
		TEMP_FAILURE_RETRY(write(failed[1], &error, sizeof(error)));
		_exit(127);
	}
	if (*pid < 0)
		error = errno;
	close(failed[1]);
	if (*pid > 0 && TEMP_FAILURE_RETRY(read(failed[0], &error, sizeof(error))) == sizeof(error))
		TEMP_FAILURE_RETRY(waitpid(*pid, NULL, 0));
	close(failed[0]);
	return error;
}

pid_t helper_reap(const struct helper *helper, int flags, int *status)
{
	struct signalfd_siginfo end;
	pid_t pid;

	/* Emptied first: an end that comes after waitpid() has looked is told again. */
	while (flags & WNOHANG && helper->ends >= 0 &&
	       read(helper->ends, &end, sizeof(end)) == sizeof(end))
		;
	pid = TEMP_FAILURE_RETRY(waitpid(-1, status, flags));
	return pid > 0 ? pid : 0;
}
