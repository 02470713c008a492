/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that runs programs for another one. */
#include "host/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/tap.h"

static struct helper helper;
static struct error err;
static char *environment[] = { (char[]){ "HELPED=yes" }, NULL };

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void descriptors(void)
{
	int fds[4], kept[2];

	if (!ok(pipe(fds) == 0 && pipe(fds + 2) == 0, "two pipes"))
		return;
	kept[0] = fds[3];
	kept[1] = fds[0];
	ok(helper_init(&helper, NULL, kept, 2, &err), "a helper");
	ok(is_open(fds[0]) && is_open(fds[3]), "... keeps what it is told");
	/* The descriptor of ends takes the first number that is free. */
	ok(helper.ends == fds[1] && !is_open(fds[2]), "... and closes the rest");
	ok(is_open(0) && is_open(1) && is_open(2) && is_open(helper.ends), "... but 0 to 2");
	ok(!helper_init(&helper, "no-such-user-here", kept, 2, &err) && err.text[0],
	   "a user that there is not");
	ok(!helper_end_with(1 << 30, &err), "a tool that has ended");
	close(fds[0]);
	close(fds[3]);
}

/* Runs a shell command; returns its process, or 0. */
static pid_t run(const char *command, int in, int out, bool bound)
{
	char text[256], *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, text, NULL };
	const struct helper_program shell = { .path = "/bin/sh",
					      .argv = argv,
					      .environment = environment,
					      .in = in,
					      .out = out,
					      .err = -1,
					      .bound = bound };
	pid_t pid;

	snprintf(text, sizeof(text), "%s", command);
	return helper_spawn(&helper, &shell, &pid) == 0 ? pid : 0;
}

/* Returns the exit status of a program that is waited for. */
static int status_of(pid_t pid)
{
	int status = 0;

	return pid > 0 && helper_reap(&helper, 0, &status) == pid && WIFEXITED(status)
		       ? WEXITSTATUS(status)
		       : -1;
}

static void programs(void)
{
	const struct helper_program none = { .path = "/nonexistent/program",
					     .argv = environment,
					     .environment = environment };
	struct pollfd ends = { .fd = helper.ends, .events = POLLIN };
	char text[16] = "";
	int out[2], in[2], status;
	pid_t pid;

	ok(status_of(run("test \"$HELPED\" = yes && exit 7", -1, -1, false)) == 7, "a program");
	ok(status_of(run("read line || exit 3", -1, -1, false)) == 3, "... without input");
	ok(status_of(run("kill -PIPE $$; exit 4", -1, -1, false)) == -1, "... that SIGPIPE ends");
	ok(status_of(run("test $(ps -o pgid= $$) -eq $$", -1, -1, true)) == 0,
	   "... that has a group of its own");
	ok(helper_spawn(&helper, &none, &pid) == ENOENT, "a program that there is not");
	ok(helper_reap(&helper, WNOHANG, &status) == 0, "... is none that ends");
	if (!ok(pipe2(out, O_CLOEXEC) == 0 && pipe2(in, O_CLOEXEC) == 0, "pipes"))
		return;
	ok(write(in[1], "a\n", 2) == 2, "input");
	ok(status_of(run("read line; echo $line$line", in[0], out[1], false)) == 0, "... is read");
	ok(read(out[0], text, sizeof(text) - 1) == 3 && !strcmp(text, "aa\n"), "... and output");
	ok(helper_reap(&helper, WNOHANG, &status) == 0, "ends that were waited for");
	pid = run("exit 5", -1, -1, false);
	ok(poll(&ends, 1, 20000) == 1, "an end is told");
	ok(helper_reap(&helper, WNOHANG, &status) == pid && WEXITSTATUS(status) == 5, "... once");
	ok(helper_reap(&helper, WNOHANG, &status) == 0 && poll(&ends, 1, 0) == 0, "... no more");
}

static void quiet(void *arg)
{
	*(int *)arg = 1;
}

static void forked(void)
{
	int touched = 0, status = -1;
	pid_t pid = helper_fork(quiet, &touched);

	ok(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0, "a fork ends with status 0");
	ok(!touched, "... and is a process of its own");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	forked();
	descriptors();
	programs();
	return tap_done();
}
