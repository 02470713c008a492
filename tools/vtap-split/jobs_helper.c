/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jobs_helper.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/tool.h"

extern char **environ;

static void jobs_helper_tell_end(const struct jobs_helper *helper, uint64_t number, bool failed)
{
	const struct jobs_end end = { .number = number, .failed = failed };

	TEMP_FAILURE_RETRY(write(helper->result, &end, sizeof(end)));
}

static void jobs_helper_report(const struct jobs_helper *helper, const struct job *job, int status)
{
	const char *name = job->name ? job->name : "a file";
	bool failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;

	jobs_helper_tell_end(helper, job->number, failed);
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
static bool jobs_helper_reap(struct jobs_helper *helper, int flags)
{
	int status;
	pid_t pid = helper_reap(&helper->process, flags, &status);

	if (pid == 0)
		return false;
	for (unsigned i = 0; i < helper->max; i++) {
		if (helper->job[i].pid != pid)
			continue;
		jobs_helper_report(helper, &helper->job[i], status);
		free(helper->job[i].name);
		helper->job[i].name = NULL;
		helper->job[i].pid = 0;
		helper->running--;
	}
	return true;
}

static int jobs_helper_spawn(const struct jobs_helper *helper, const char *name, pid_t *pid)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, helper->script, NULL, NULL, NULL };
	char *command = strdup(helper->command), *file = strdup(name);
	const struct helper_program shell = { .path = "/bin/sh",
					      .argv = argv,
					      .environment = environ,
					      .in = -1,
					      .out = -1,
					      .err = -1 };
	int error = ENOMEM;

	argv[3] = command;
	argv[4] = file;
	if (command && file)
		error = helper_spawn(&helper->process, &shell, pid);
	free(command);
	free(file);
	return error;
}

static struct job *jobs_helper_free_job(struct jobs_helper *helper)
{
	while (jobs_helper_reap(helper, WNOHANG))
		;
	while (helper->running == helper->max && jobs_helper_reap(helper, 0))
		;
	for (unsigned i = 0; i < helper->max; i++)
		if (!helper->job[i].pid)
			return &helper->job[i];
	return NULL;
}

static void jobs_helper_run_job(struct jobs_helper *helper, const char *name)
{
	struct job *job = jobs_helper_free_job(helper);
	pid_t pid;
	int error = job ? jobs_helper_spawn(helper, name, &pid) : ECHILD;

	helper->count++;
	if (error) {
		jobs_helper_tell_end(helper, helper->count, true);
		tool_say(helper->tool, "%s: -z '%s': %s", name, helper->command, strerror(error));
		return;
	}
	*job = (struct job){ .pid = pid, .number = helper->count, .name = strdup(name) };
	helper->running++;
}

/* Reads a name, and tells of commands that end meanwhile. Returns what read(2) does. */
static ssize_t jobs_helper_next_name(struct jobs_helper *helper, int names, char *name, size_t size)
{
	struct pollfd both[] = { { .fd = names, .events = POLLIN },
				 { .fd = helper->process.ends, .events = POLLIN } };

	while (TEMP_FAILURE_RETRY(poll(both, 2, -1)) > 0 && both[1].revents) {
		while (jobs_helper_reap(helper, WNOHANG))
			;
		if (both[0].revents)
			break;
	}
	return TEMP_FAILURE_RETRY(read(names, name, size));
}

void jobs_helper_run(struct jobs_helper *helper, int names, int result)
{
	const int kept[] = { names, result };
	char name[TEMPLATE_NAME_SIZE + 1];
	ssize_t len;

	/* The tool fails to become that user, too, and prints why. */
	if (!helper_init(&helper->process, helper->user, kept, 2, &(struct error){ 0 }))
		return;
	helper->result = result;
	while ((len = jobs_helper_next_name(helper, names, name, sizeof(name) - 1)) > 0) {
		name[len] = '\0';
		jobs_helper_run_job(helper, name);
	}
	while (helper->running > 0 && jobs_helper_reap(helper, 0))
		;
	jobs_helper_tell_end(helper, 0, false);
}
