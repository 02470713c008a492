/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A helper is a process that a tool forks before it enters its sandbox, to run programs for the
 * tool. It parses nothing: the tool tells it what to run through a socket. This module has what any
 * helper needs: few descriptors, another user, programs with usual signals, and their ends.
 */
#ifndef VTAP_HOST_HELPER_H
#define VTAP_HOST_HELPER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

enum { HELPER_KEPT = 8 }; /* descriptors that helper_init() can keep */

struct helper {
	sigset_t mask; /* of signals, for programs: that of the tool */
	int ends;      /* readable when a program has ended; -1 if the process has no descriptor
			  left: then ends are found by helper_reap() alone */
};

/* What helper_spawn() starts. All strings are borrowed for the call. */
struct helper_program {
	const char *path;	  /* of the file to execute, with a slash */
	char *const *argv;	  /* its arguments, the name first; NULL ends them */
	char *const *environment; /* its variables; NULL ends them */
	int in, out, err; /* its standard input, output and error; -1: /dev/null as input, the
			    helper's own output or error */
	/* The program is killed when the helper ends, and has a process group of its own: signals
	 * of a terminal do not reach it. */
	bool bound;
};

/*
 * Forks. In the child it calls run(arg), and ends the process with status 0 when run() returns.
 * Returns the number of the child in the parent, or -1 with errno set.
 */
pid_t helper_fork(void (*run)(void *arg), void *arg);

/*
 * Makes the calling process a helper: it becomes `user` unless that is NULL, closes all descriptors
 * above 2 but the `count` in kept (at most HELPER_KEPT, any order), reads standard input from
 * /dev/null, and has the limit of descriptors that the tool was started with. Returns false and
 * sets err if it cannot become that user; nothing else is done then. helper->ends stays open until
 * the process ends.
 */
bool helper_init(struct helper *helper, const char *user, const int *kept, unsigned count,
		 struct error *err);

/*
 * Has the kernel kill the calling process when the process `tool`, its parent, ends. To be called
 * after helper_init(), as a change of the user takes this back; prctl(2). A tool in a sandbox whose
 * Landlock refuses signals to others (version 6) ends without it: a helper has to end when its
 * socket is closed, too. Returns false and sets
 * err if the kernel refuses, or if the parent has ended already.
 */
bool helper_end_with(pid_t tool, struct error *err);

/*
 * Starts a program, in which SIGPIPE and SIGXFSZ have their usual effect, and sets *pid to the
 * number of its process. Returns 0, or the errno that says why it could not be started.
 */
int helper_spawn(const struct helper *helper, const struct helper_program *program, pid_t *pid);

/*
 * Collects a program that has ended, and sets *status as waitpid(2) does; waits for one unless
 * flags has WNOHANG. Returns the number of its process, or 0 if there is none. When it returns 0
 * with WNOHANG, helper->ends is readable only after a further end.
 */
pid_t helper_reap(const struct helper *helper, int flags, int *status);

#endif
