/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/tool.h"
#include "jobs_helper.h"

static void jobs_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Returns in the parent only. */
static bool jobs_fork_helper(struct jobs *jobs, struct jobs_helper *helper, const int names[2],
			     const int result[2])
{
	pid_t pid = fork();

	if (pid == 0) {
		/* Else the helper would wait for itself to close the tool's end of `names`. */
		close(names[0]);
		close(result[0]);
		jobs_helper_run(helper, names[1], result[1]);
		_exit(EXIT_DONE);
	}
	if (pid < 0)
		return false;
	jobs->names = names[0];
	jobs->result = result[0];
	return true;
}

/* A socket of messages keeps names apart, and the kernel queues them. */
static bool jobs_start_helper(struct jobs *jobs, struct jobs_helper *helper)
{
	int names[2], result[2];
	bool started;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, names) < 0)
		return false;
	started = pipe2(result, O_CLOEXEC) == 0;
	if (started) {
		started = jobs_fork_helper(jobs, helper, names, result);
		close(result[1]);
		if (!started)
			close(result[0]);
	}
	close(names[1]);
	if (!started)
		close(names[0]);
	return started;
}

bool jobs_init(struct jobs *jobs, const char *tool, const char *command, unsigned max,
	       const char *user, struct error *err)
{
	struct jobs_helper helper = { .tool = tool, .command = command, .user = user, .max = max };
	bool started;

	*jobs = (struct jobs){ .tool = tool, .command = command, .names = -1, .result = -1 };
	if (!command)
		return true;
	helper.job = calloc(max, sizeof(*helper.job));
	started = helper.job && asprintf(&helper.script, "%s \"$@\"", command) >= 0 &&
		  jobs_start_helper(jobs, &helper);
	if (!started)
		error_errno(err, "-z");
	free(helper.job);
	free(helper.script);
	return started;
}

void jobs_run(struct jobs *jobs, const char *name)
{
	if (!jobs->command)
		return;
	jobs->run++;
	if (TEMP_FAILURE_RETRY(write(jobs->names, name, strlen(name))) >= 0)
		return;
	jobs->failed++;
	tool_say(jobs->tool, "%s: -z '%s': %s", name, jobs->command, strerror(errno));
}

/* If the helper was killed, all commands count as failed. */
static uint64_t jobs_wait_for_result(const struct jobs *jobs)
{
	uint64_t failed;

	if (TEMP_FAILURE_RETRY(read(jobs->result, &failed, sizeof(failed))) == sizeof(failed))
		return failed;
	tool_say(jobs->tool, "-z '%s': the process that runs it has ended", jobs->command);
	return jobs->run - jobs->failed;
}

void jobs_finish(struct jobs *jobs)
{
	if (!jobs->command || jobs->result < 0)
		return;
	jobs_close_fd(&jobs->names);
	jobs->failed += jobs_wait_for_result(jobs);
	jobs_close_fd(&jobs->result);
}
