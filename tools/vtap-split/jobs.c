/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool.h"

extern char **environ;

bool jobs_init(struct jobs *jobs, const char *tool, const char *command, unsigned max,
	       struct error *err)
{
	*jobs = (struct jobs){ .tool = tool, .command = command, .max = max };
	if (!command)
		return true;
	jobs->job = calloc(max, sizeof(*jobs->job));
	if (!jobs->job || asprintf(&jobs->script, "%s \"$@\"", command) < 0)
		return error_errno(err, "-z");
	return true;
}

static void report(struct jobs *jobs, const char *name, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	jobs->failed++;
	if (WIFSIGNALED(status))
		tool_say(jobs->tool, "%s: -z '%s': ended by signal %d", name, jobs->command,
			 WTERMSIG(status));
	else
		tool_say(jobs->tool, "%s: -z '%s': exit status %d", name, jobs->command,
			 WEXITSTATUS(status));
}

/* Collects one that ended; false when none has, or there is none. */
static bool reap(struct jobs *jobs, int flags)
{
	int status;
	pid_t pid;

	do
		pid = waitpid(-1, &status, flags);
	while (pid < 0 && errno == EINTR);
	if (pid <= 0)
		return false;
	for (unsigned i = 0; i < jobs->max; i++) {
		if (jobs->job[i].pid != pid)
			continue;
		report(jobs, jobs->job[i].name, status);
		free(jobs->job[i].name);
		jobs->job[i] = (struct job){ 0 };
		jobs->running--;
	}
	return true;
}

/* Our input is not the command's; a broken pipe or too large a file ends it, as in a shell. */
static int spawn(const struct jobs *jobs, const char *name, pid_t *pid)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, jobs->script, NULL, NULL, NULL };
	char *command = strdup(jobs->command), *file = strdup(name);
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
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	if (command && file)
		error = posix_spawn(pid, "/bin/sh", &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	free(command);
	free(file);
	return error;
}

static struct job *free_job(struct jobs *jobs)
{
	while (reap(jobs, WNOHANG))
		;
	while (jobs->running == jobs->max && reap(jobs, 0))
		;
	for (unsigned i = 0; i < jobs->max; i++)
		if (!jobs->job[i].pid)
			return &jobs->job[i];
	return NULL;
}

void jobs_run(struct jobs *jobs, const char *name)
{
	struct job *job;
	pid_t pid;
	int error;

	if (!jobs->command)
		return;
	job = free_job(jobs);
	jobs->run++;
	error = job ? spawn(jobs, name, &pid) : ECHILD;
	if (error) {
		jobs->failed++;
		tool_say(jobs->tool, "%s: -z '%s': %s", name, jobs->command, strerror(error));
		return;
	}
	*job = (struct job){ .pid = pid, .name = strdup(name) };
	jobs->running++;
}

void jobs_finish(struct jobs *jobs)
{
	while (jobs->running > 0 && reap(jobs, 0))
		;
	free(jobs->job);
	free(jobs->script);
	jobs->job = NULL;
	jobs->script = NULL;
}
