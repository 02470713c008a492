/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs the command of -z on each finished file, a limited number at once. A helper process runs
 * the commands, because the process that reads captures is in a sandbox that forbids it.
 */
#ifndef VTAP_SPLIT_JOBS_H
#define VTAP_SPLIT_JOBS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct jobs {
	const char *tool;    /* name of the tool, for messages */
	const char *command; /* NULL if nothing is to be run */
	int names;	 /* socket to the helper, a message per file name; -1 if there is none */
	int result;	 /* pipe from the helper, which writes the number of failures at the end */
	uint64_t run;	 /* commands asked for by jobs_run() */
	uint64_t failed; /* commands that failed; those of the helper only after jobs_finish() */
};

/*
 * Starts the helper process; to be called before anything is parsed and before the sandbox is
 * entered. The helper runs up to `max` commands at once, as `user` unless that is NULL. Without a
 * command nothing is started. The strings are borrowed. Returns false and sets err if the helper
 * cannot be started.
 */
bool jobs_init(struct jobs *jobs, const char *tool, const char *command, unsigned max,
	       const char *user, struct error *err);

/*
 * Tells the helper to run `sh -c 'COMMAND "$@"' COMMAND name` as soon as fewer than `max` commands
 * run. The command may begin before jobs_run() returns. Waits if some hundred commands are waiting
 * to be run. If the helper cannot be told, that is printed and counted as a failed command. Does
 * nothing without a command.
 */
void jobs_run(struct jobs *jobs, const char *name);

/*
 * Waits for all commands, adds their failures to jobs->failed and ends the helper. If the helper
 * was killed, this is printed, and all commands count as failed. Does nothing without a helper, or
 * when called again.
 */
void jobs_finish(struct jobs *jobs);

#endif
