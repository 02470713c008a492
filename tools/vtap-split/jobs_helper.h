/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that runs the commands of -z; jobs.h starts it and talks to it. */
#ifndef VTAP_SPLIT_JOBS_HELPER_H
#define VTAP_SPLIT_JOBS_HELPER_H

#include "host/helper.h"
#include "jobs.h"
#include "template.h"

struct jobs_helper {
	const char *tool, *command;
	const char *user; /* user to become, or NULL to stay the present one */
	char *script;	  /* for sh -c: the command and "$@" */
	struct job {
		pid_t pid;	 /* 0 if the entry is free */
		uint64_t number; /* of the command, from 1 */
		char *name;	 /* of the file; allocated */
	} * job;		 /* `max` entries */
	unsigned max, running;	 /* commands that may run at once, and that do */
	uint64_t count;		 /* commands that it was told to run */
	int result;		 /* where the ends of commands are told */
	struct helper process;	 /* set by jobs_helper_run() */
};

/*
 * Runs the command on each file name that comes as a message on the socket `names`. Closes all
 * other descriptors above 2 at the beginning. Writes a struct jobs_end to the pipe `result` for
 * each command that has ended. When the other end has closed the socket and all commands have
 * ended, it writes the last one and returns. Returns at once, with nothing written, if it cannot
 * become helper->user.
 */
void jobs_helper_run(struct jobs_helper *helper, int names, int result);

#endif
