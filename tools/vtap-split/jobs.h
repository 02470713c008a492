/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -z: a command on each finished file, a bounded number at once. */
#ifndef VTAP_SPLIT_JOBS_H
#define VTAP_SPLIT_JOBS_H

#include <stdint.h>
#include <sys/types.h>

#include "error.h"

struct jobs {
	const char *tool;    /* for messages */
	const char *command; /* NULL: nothing is run */
	char *script;
	struct job {
		pid_t pid; /* 0: free */
		char *name;
	} * job;
	unsigned max, running;
	uint64_t run, failed;
};

bool jobs_init(struct jobs *jobs, const char *tool, const char *command, unsigned max,
	       struct error *err);

/* Runs `sh -c 'COMMAND "$@"' COMMAND name`; waits first when `max` of them run already. */
void jobs_run(struct jobs *jobs, const char *name);

/* Waits for all of them, and frees. Failures were printed as they came. */
void jobs_finish(struct jobs *jobs);

#endif
