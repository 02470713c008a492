/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs the command of -z on each finished file, a limited number at once. A helper process runs
 * the commands, because the process that reads captures is in a sandbox that forbids it.
 */
#ifndef VTAP_SPLIT_JOBS_H
#define VTAP_SPLIT_JOBS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct jobs {
	const char *tool;    /* name of the tool, for messages */
	const char *command; /* NULL if nothing is to be run */
	int names;	 /* socket to the helper, a message per file name; -1 if there is none */
	int result;	 /* pipe from the helper: a struct jobs_end for each command; -1 if there is
			    none */
	uint64_t run;	 /* commands asked for by jobs_run() */
	uint64_t told;	 /* of these the helper was told, which numbers them from 1 */
	uint64_t ended;	 /* of these have ended, as far as the helper's reports were read */
	uint64_t failed; /* commands that failed, as far as is known */
	bool helper_done; /* the helper has said that it has run all */
	/* Called with the number of each command whose end was read; NULL if nobody asks. */
	void (*on_end)(void *arg, uint64_t number);
	void *on_end_arg;
};

/* What the helper writes when a command has ended, and, with number 0, when it has run all. */
struct jobs_end {
	uint64_t number, failed; /* of the command, from 1; 1 if it failed, else 0 */
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
 * to be run. Returns the command's number, or 0 without a command; if the helper cannot be told,
 * that is printed and counted as a failed command, and 0 is returned. Calls on_end() for commands
 * that have ended, but not for this one.
 */
uint64_t jobs_run(struct jobs *jobs, const char *name);

/* Calls on_end() for commands that have ended since the last look. Does not wait. */
void jobs_look(struct jobs *jobs);

/* Waits until a command has ended, and calls on_end(). Returns false if no command runs or waits,
 * if the helper has ended, or if the process was asked to end (io/interrupt.h). */
bool jobs_wait(struct jobs *jobs);

/*
 * Waits for all commands and ends the helper; calls on_end() for those that have ended since the
 * last look. If the helper was killed, this is printed, and all commands whose end it has not told
 * count as failed. Does nothing without a helper, or when called again.
 */
void jobs_finish(struct jobs *jobs);

#endif
