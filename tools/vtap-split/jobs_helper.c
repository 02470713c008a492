/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jobs_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/tool.h"
#include "host/privileges.h"
#include "io/descriptors.h"

extern char **environ;

static void helper_tell_end(const struct jobs_helper *helper, uint64_t number, bool failed)
{
	const struct jobs_end end = { .number = number, .failed = failed };

	TEMP_FAILURE_RETRY(write(helper->result, &end, sizeof(end)));
}

static void helper_report(const struct jobs_helper *helper, const struct job *job, int status)
{
	const char *name = job->name ? job->name : "a file";
	bool failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;

	helper_tell_end(helper, job->number, failed);
	if (!failed)
		return;
	if (WIFSIGNALED(status))
		tool_say(helper->tool, "%s: -z '%s': ended by signal %d", name, helper->command,
			 WTERMSIG(status));
	else
		tool_say(helper->tool, "%s: -z '%s': exit status %d", name, helper->command,
			 WEXITSTATUS(status));
}

/* Collects a command that has ended. Returns false if there is none. */
static bool helper_reap(struct jobs_helper *helper, int flags)
{
	int status;
	pid_t pid;

	do
		pid = waitpid(-1, &status, flags);
	while (pid < 0 && errno == EINTR);
	if (pid <= 0)
		return false;
	for (unsigned i = 0; i < helper->max; i++) {
		if (helper->job[i].pid != pid)
			continue;
		helper_report(helper, &helper->job[i], status);
		free(helper->job[i].name);
		helper->job[i].name = NULL;
		helper->job[i].pid = 0;
		helper->running--;
	}
	return true;
}

/*
 * The command gets /dev/null as its standard input, and SIGPIPE and SIGXFSZ end it, as in a shell:
 * the tool ignores both.
 */
static int helper_spawn(const struct jobs_helper *helper, const char *name, pid_t *pid)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, helper->script, NULL, NULL, NULL };
	char *command = strdup(helper->command), *file = strdup(name);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t usual;
	int error = ENOMEM;

	argv[3] = command;
	argv[4] = file;
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	sigaddset(&usual, SIGXFSZ);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	posix_spawnattr_setsigmask(&attributes, &helper->mask);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	if (command && file)
		error = posix_spawn(pid, "/bin/sh", &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	free(command);
	free(file);
	return error;
}

static struct job *helper_free_job(struct jobs_helper *helper)
{
	while (helper_reap(helper, WNOHANG))
		;
	while (helper->running == helper->max && helper_reap(helper, 0))
		;
	for (unsigned i = 0; i < helper->max; i++)
		if (!helper->job[i].pid)
			return &helper->job[i];
	return NULL;
}

static void helper_run_job(struct jobs_helper *helper, const char *name)
{
	struct job *job = helper_free_job(helper);
	pid_t pid;
	int error = job ? helper_spawn(helper, name, &pid) : ECHILD;

	helper->count++;
	if (error) {
		helper_tell_end(helper, helper->count, true);
		tool_say(helper->tool, "%s: -z '%s': %s", name, helper->command, strerror(error));
		return;
	}
	*job = (struct job){ .pid = pid, .number = helper->count, .name = strdup(name) };
	helper->running++;
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

/* A pipe of the tool that stays open here would not end when the tool closes it. */
static void helper_close_others(int names, int result)
{
	int low = names < result ? names : result, high = names < result ? result : names;

	helper_close_range(3, (unsigned)low - 1);
	helper_close_range((unsigned)low + 1, (unsigned)high - 1);
	helper_close_range((unsigned)high + 1, ~0U);
	close(STDIN_FILENO);
	open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* If SIGCHLD was inherited as ignored, waitpid() would find no command that has ended. Returns a
 * descriptor that is readable when one has; without it they are found with the next name. */
static int helper_watch_commands(struct jobs_helper *helper)
{
	sigset_t ends;

	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&ends);
	sigaddset(&ends, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ends, &helper->mask);
	return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Reads a name, and tells of commands that end meanwhile. Returns what read(2) does. */
static ssize_t helper_next_name(struct jobs_helper *helper, int names, int ends, char *name,
				size_t size)
{
	struct pollfd both[] = { { .fd = names, .events = POLLIN },
				 { .fd = ends, .events = POLLIN } };
	struct signalfd_siginfo end;

	while (TEMP_FAILURE_RETRY(poll(both, 2, -1)) > 0 && both[1].revents) {
		while (read(ends, &end, sizeof(end)) > 0)
			;
		while (helper_reap(helper, WNOHANG))
			;
		if (both[0].revents)
			break;
	}
	return TEMP_FAILURE_RETRY(read(names, name, size));
}

void jobs_helper_run(struct jobs_helper *helper, int names, int result)
{
	const struct privileges become = { .user = helper->user };
	char name[TEMPLATE_NAME_SIZE + 1];
	ssize_t len;
	int ends;

	/* The tool fails to become that user, too, and prints why. */
	if (helper->user && !privileges_drop(&become, &(struct error){ 0 }))
		return;
	helper->result = result;
	helper_close_others(names, result);
	descriptors_restore();
	ends = helper_watch_commands(helper);
	while ((len = helper_next_name(helper, names, ends, name, sizeof(name) - 1)) > 0) {
		name[len] = '\0';
		helper_run_job(helper, name);
	}
	while (helper->running > 0 && helper_reap(helper, 0))
		;
	helper_tell_end(helper, 0, false);
}
