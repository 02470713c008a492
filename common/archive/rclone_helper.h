/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that runs rclone for archive/rclone.h, which starts it and talks to it. It parses
 * nothing that others wrote: it starts the command lines of archive/rclone_command.h, one at a
 * time, and tells how they have ended.
 */
#ifndef VTAP_ARCHIVE_RCLONE_HELPER_H
#define VTAP_ARCHIVE_RCLONE_HELPER_H

#include <stdint.h>
#include <sys/types.h>

#include "archive/rclone_command.h"
#include "archive/rclone_confine.h"

enum { RCLONE_HELPER_FOLDER_SIZE = 1024 }; /* bytes of an order's folder with its NUL */

/* A message to the helper. */
struct rclone_order {
	uint64_t number; /* of the command, from 1 */
	/* A verb, of which one may run at a time; RCLONE_VERBS kills the command of that number. */
	uint32_t verb;
	char folder[RCLONE_HELPER_FOLDER_SIZE]; /* below the archive, for listings */
};

/* A message of the helper: a command has ended. */
struct rclone_report {
	uint64_t number;
	int32_t error;	/* errno if it could not be started; ENOENT: there is no rclone in PATH */
	int32_t status; /* as waitpid(2) gives it */
};

struct rclone_helper {
	struct rclone_places places;
	char *const *environment;	      /* of rclone */
	const char *user;		      /* user to become, or NULL to stay the present one */
	const struct rclone_confine *confine; /* NULL if files are not limited */
	pid_t tool;			      /* whose end ends the helper */
	int orders;			      /* socket of messages, to and from the tool */
	int list;     /* file of names that the tool fills before a command with a list */
	int out, log; /* where rclone's output and error go */
};

/*
 * Runs commands until the tool closes its end of the socket or ends. A command that still runs then
 * is killed. Gives up all privileges that an executed program could gain (no_new_privs). Returns at
 * once, with nothing written, if it cannot become helper->user, be bound to the tool or be
 * confined.
 */
void rclone_helper_run(const struct rclone_helper *helper);

#endif
