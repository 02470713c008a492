/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two network namespaces of a test, this process's and another's, and what ip(8) says of the first:
 * it asks the same kernel with code of its own. */
#ifndef VTAP_TESTS_LIB_NETNS_H
#define VTAP_TESTS_LIB_NETNS_H

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/tap.h"

static pid_t netns_pid;

static inline bool netns_run(const char *command)
{
	int status = system(command);

	if (status != 0)
		printf("# %s: status %d\n", command, status);
	return status == 0;
}

/* In the other namespace. */
static inline bool netns_run_there(const char *command)
{
	char full[512];

	snprintf(full, sizeof(full), "nsenter -t %d -n %s", (int)netns_pid, command);
	return netns_run(full);
}

/* The value of the first "key": in what the command prints as JSON, without quotes; "" if none. */
static inline const char *netns_ask(const char *command, const char *key)
{
	static char answer[8192], value[256];
	FILE *pipe = popen(command, "r");
	size_t n = fread(answer, 1, sizeof(answer) - 1, pipe);
	char pattern[64];
	char *at;

	answer[n] = '\0';
	pclose(pipe);
	snprintf(pattern, sizeof(pattern), "\"%s\":", key);
	at = strstr(answer, pattern);
	if (!at)
		return "";
	at += strlen(pattern);
	at += *at == '"';
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\",}]"), at);
	return value;
}

/* A process that holds the other namespace. */
static inline bool netns_other(void)
{
	int ready[2];
	char byte = 0;

	if (pipe(ready) != 0)
		return false;
	fflush(stdout);
	netns_pid = fork();
	if (netns_pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		byte = unshare(CLONE_NEWNET) == 0;
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(0);
	}
	return netns_pid > 0 && read(ready[0], &byte, 1) == 1 && byte;
}

/* False, and a test that is skipped, or fails with VTAP_REQUIRE_LIVE=1. */
static inline bool netns_without(const char *reason)
{
	const char *required = getenv("VTAP_REQUIRE_LIVE");

	if (required && strcmp(required, "1") == 0)
		return ok(false, "network namespaces: %s", reason);
	ok(true, "network namespaces # SKIP %s", reason);
	return false;
}

/* Moves this process to a namespace of its own; both go with it. */
static inline bool netns_enter(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (geteuid() != 0)
		return netns_without("not root");
	if (unshare(CLONE_NEWNET) != 0 || !netns_other())
		return netns_without(strerror(errno));
	return true;
}

static inline int netns_leave(void)
{
	kill(netns_pid, SIGKILL);
	waitpid(netns_pid, NULL, 0);
	return tap_done();
}

#endif
