/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that runs the commands of -z; jobs.h starts it and talks to it. */
#ifndef VTAP_SPLIT_JOBS_HELPER_H
#define VTAP_SPLIT_JOBS_HELPER_H

#include "jobs.h"
#include "template.h"

struct jobs_helper {
	const char *tool, *command;
	const char *user; /* user to become, or NULL to stay the present one */
	char *script;	  /* for sh -c: the command and "$@" */
	struct job {
		pid_t pid;     /* 0 if the entry is free */
		char *name;    /* of the file; allocated */
	} * job;	       /* `max` entries */
	unsigned max, running; /* commands that may run at once, and that do */
	uint64_t failed;       /* commands */
};

/*
 * Runs the command on each file name that comes as a message on the socket `names`. Closes all
 * other descriptors above 2 at the beginning. When the other end has closed the socket and all
 * commands have ended, it writes helper->failed, 8 bytes, to the pipe `result` and returns. Returns
 * at once, with nothing written, if it cannot become helper->user.
 */
void jobs_helper_run(struct jobs_helper *helper, int names, int result);

#endif
