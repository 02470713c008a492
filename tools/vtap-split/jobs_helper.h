/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that runs the commands of -z. */
#ifndef VTAP_SPLIT_JOBS_HELPER_H
#define VTAP_SPLIT_JOBS_HELPER_H

#include "jobs.h"
#include "template.h"

struct jobs_helper {
	const char *tool, *command;
	const char *user; /* that it becomes; NULL: stays who it is */
	char *script;
	struct job {
		pid_t pid; /* 0: free */
		char *name;
	} * job;
	unsigned max, running;
	uint64_t failed;
};

/* Runs the command on each name that comes as a message through names, until all are read and all
 * have ended; then `failed` is written to result. Closes all other descriptors above 2 first. */
void jobs_helper_run(struct jobs_helper *helper, int names, int result);

#endif
