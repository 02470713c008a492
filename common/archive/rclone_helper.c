/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archive/rclone_helper.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive/rclone_environment.h"
#include "host/helper.h"

/* What runs. */
struct running {
	struct helper process;
	uint64_t number; /* of the command */
	pid_t pid;	 /* of rclone; 0 if none runs */
};

static void rclone_helper_tell(const struct rclone_helper *helper, uint64_t number, int error,
			       int status)
{
	const struct rclone_report report = { .number = number, .error = error, .status = status };

	TEMP_FAILURE_RETRY(write(helper->orders, &report, sizeof(report)));
}

/* Looks for rclone at each command, as it may be installed while the tool waits for it. Folders of
 * PATH that are not absolute would mean another place here than for the user. */
static bool rclone_helper_find(const struct rclone_helper *helper, char path[PATH_MAX])
{
	const char *folders = rclone_environment_get(helper->environment, "PATH");
	size_t len;

	for (; folders && *folders; folders += len + (folders[len] == ':')) {
		len = strcspn(folders, ":");
		if (*folders != '/' || len + sizeof("/rclone") > PATH_MAX)
			continue;
		snprintf(path, PATH_MAX, "%.*s/rclone", (int)len, folders);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static int rclone_helper_start(const struct rclone_helper *helper, struct running *running,
			       char *const *command, bool has_list)
{
	char path[PATH_MAX];
	const struct helper_program rclone = { .path = path,
					       .argv = command,
					       .environment = helper->environment,
					       .in = has_list ? helper->list : -1,
					       .out = helper->out,
					       .err = helper->log,
					       .bound = true };

	if (!rclone_helper_find(helper, path))
		return ENOENT;
	if (has_list && lseek(helper->list, 0, SEEK_SET) < 0)
		return errno;
	return helper_spawn(&running->process, &rclone, &running->pid);
}

static void rclone_helper_begin(const struct rclone_helper *helper, struct running *running,
				const struct rclone_order *order)
{
	struct error err = { 0 };
	char **command = rclone_command_make(order->verb, &helper->places, order->folder,
					     helper->environment, &err);
	int error = EINVAL;

	if (running->pid)
		error = EBUSY;
	else if (command)
		error = rclone_helper_start(helper, running, command,
					    rclone_command_has_list(order->verb));
	rclone_command_free(command);
	if (error) {
		running->pid = error == EBUSY ? running->pid : 0;
		rclone_helper_tell(helper, order->number, error, 0);
		return;
	}
	running->number = order->number;
}

/* The programs that rclone has started, such as ssh, are in its group. */
static void rclone_helper_kill(const struct running *running)
{
	if (running->pid > 0)
		kill(-running->pid, SIGKILL);
}

static void rclone_helper_reap(const struct rclone_helper *helper, struct running *running)
{
	int status;
	pid_t pid;

	while ((pid = helper_reap(&running->process, WNOHANG, &status)) > 0) {
		if (pid != running->pid)
			continue;
		rclone_helper_kill(running);
		running->pid = 0;
		rclone_helper_tell(helper, running->number, 0, status);
	}
}

/* Returns false if the tool has closed its end. */
static bool rclone_helper_take_order(const struct rclone_helper *helper, struct running *running)
{
	struct rclone_order order = { 0 };
	ssize_t len = TEMP_FAILURE_RETRY(read(helper->orders, &order, sizeof(order)));

	if (len != sizeof(order))
		return false;
	order.folder[sizeof(order.folder) - 1] = '\0';
	if (order.verb < RCLONE_VERBS)
		rclone_helper_begin(helper, running, &order);
	else if (order.number == running->number)
		rclone_helper_kill(running);
	return true;
}

static void rclone_helper_pass_over(int number)
{
	(void)number;
}

/* The tool ends the helper. What ends the tool by a terminal or a service manager must not end a
 * batch in hand. Signals are caught, not ignored, as rclone would inherit that. The tool's output
 * must end when the tool ends. */
static void rclone_helper_keep_to_itself(void)
{
	static const int signals[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM
	};

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		signal(signals[i], rclone_helper_pass_over);
	dup2(STDIN_FILENO, STDOUT_FILENO);
}

static bool rclone_helper_init(const struct rclone_helper *helper, struct helper *process)
{
	const int kept[] = { helper->orders, helper->list, helper->out, helper->log };
	struct error err = { 0 };

	if (!helper_init(process, helper->user, kept, 4, &err) ||
	    !helper_end_with(helper->tool, &err) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return false;
	rclone_helper_keep_to_itself();
	return !helper->confine || rclone_confine_enter(helper->confine, &err);
}

void rclone_helper_run(const struct rclone_helper *helper)
{
	struct running running = { 0 };
	struct pollfd both[2] = { { .fd = helper->orders, .events = POLLIN },
				  { .events = POLLIN } };
	bool open = rclone_helper_init(helper, &running.process);

	both[1].fd = running.process.ends;
	while (open && TEMP_FAILURE_RETRY(poll(both, 2, -1)) > 0) {
		if (both[1].revents)
			rclone_helper_reap(helper, &running);
		if (both[0].revents)
			open = rclone_helper_take_order(helper, &running);
	}
	rclone_helper_kill(&running);
}
