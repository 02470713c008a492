/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -z: a command on each finished file, a bounded number at once. */
#ifndef VTAP_SPLIT_JOBS_H
#define VTAP_SPLIT_JOBS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct jobs {
	const char *tool;    /* for messages */
	const char *command; /* NULL: nothing is run */
	int names, result;   /* to and from the helper; -1: there is none */
	uint64_t run, failed;
};

/*
 * Starts the helper, a process that runs the commands: whoever reads captures runs nothing, and is
 * forbidden to. To be called before anything is parsed. At most max at once, as user if that is not
 * NULL.
 */
bool jobs_init(struct jobs *jobs, const char *tool, const char *command, unsigned max,
	       const char *user, struct error *err);

/*
 * Has `sh -c 'COMMAND "$@"' COMMAND name` run, now or when fewer than max run. Waits when hundreds
 * are to be run. Failures are printed as they come.
 */
void jobs_run(struct jobs *jobs, const char *name);

/* Waits for all of them, frees, and sets `failed`. */
void jobs_finish(struct jobs *jobs);

#endif
