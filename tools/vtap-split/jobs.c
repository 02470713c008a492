/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/tool.h"
#include "io/interrupt.h"
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

static void jobs_take(struct jobs *jobs, const struct jobs_end *end)
{
	if (end->number == 0) {
		jobs->helper_done = true;
		return;
	}
	jobs->ended++;
	jobs->failed += end->failed;
	if (jobs->on_end)
		jobs->on_end(jobs->on_end_arg, end->number);
}

/* Waits for reports of the helper, and reads some. Returns false if there will be no more: the
 * helper has ended. A pipe gives whole reports, as they are written at once. */
static bool jobs_read(struct jobs *jobs)
{
	struct jobs_end ends[64];
	ssize_t len = TEMP_FAILURE_RETRY(read(jobs->result, ends, sizeof(ends)));

	for (ssize_t i = 0; i < len / (ssize_t)sizeof(*ends); i++)
		jobs_take(jobs, &ends[i]);
	return len > 0;
}

static bool jobs_has_report(const struct jobs *jobs)
{
	struct pollfd from = { .fd = jobs->result, .events = POLLIN };

	return TEMP_FAILURE_RETRY(poll(&from, 1, 0)) > 0 && from.revents & POLLIN;
}

void jobs_look(struct jobs *jobs)
{
	while (jobs->result >= 0 && jobs_has_report(jobs) && jobs_read(jobs))
		;
}

bool jobs_wait(struct jobs *jobs)
{
	struct error err = { 0 };

	return jobs->ended < jobs->told && interrupt_wait(jobs->result, &err) && jobs_read(jobs);
}

/* Waits until the helper takes a name. It may itself wait until its reports are read. */
static void jobs_wait_for_room(struct jobs *jobs)
{
	struct pollfd both[] = { { .fd = jobs->names, .events = POLLOUT },
				 { .fd = jobs->result, .events = POLLIN } };

	do {
		jobs_look(jobs);
		if (TEMP_FAILURE_RETRY(poll(both, 2, -1)) < 0)
			return;
	} while (!both[0].revents && both[1].revents & POLLIN);
}

uint64_t jobs_run(struct jobs *jobs, const char *name)
{
	if (!jobs->command)
		return 0;
	jobs->run++;
	jobs_wait_for_room(jobs);
	if (TEMP_FAILURE_RETRY(write(jobs->names, name, strlen(name))) >= 0)
		return ++jobs->told;
	jobs->failed++;
	tool_say(jobs->tool, "%s: -z '%s': %s", name, jobs->command, strerror(errno));
	return 0;
}

void jobs_finish(struct jobs *jobs)
{
	if (!jobs->command || jobs->result < 0)
		return;
	jobs_close_fd(&jobs->names);
	while (jobs_read(jobs))
		;
	jobs_close_fd(&jobs->result);
	if (jobs->helper_done)
		return;
	tool_say(jobs->tool, "-z '%s': the process that runs it has ended", jobs->command);
	jobs->failed += jobs->told - jobs->ended;
}
