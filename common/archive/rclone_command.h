/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command lines of rclone, 1.53 or newer: a fixed table, with the places and the number of
 * transfers put in. Options that weaken a comparison, leave out files or write elsewhere are set to
 * their strict value, whatever a configuration says. See https://rclone.org/flags/.
 */
#ifndef VTAP_ARCHIVE_RCLONE_COMMAND_H
#define VTAP_ARCHIVE_RCLONE_COMMAND_H

#include <stdbool.h>

#include "base/error.h"

/* What rclone does. A verb with a list reads names below the stage from its standard input, one a
 * line; nothing else is touched. */
enum rclone_verb {
	RCLONE_VERSION, /* writes `rclone v1.60.1` and more lines */
	RCLONE_REMOTES, /* writes `NAME: TYPE` for each remote */
	/* Writes `SIZE NAME` for each object of a folder, `-1 NAME/` for each folder in it. */
	RCLONE_LIST,
	RCLONE_LIST_BELOW, /* writes `SIZE PATH` for each object of a folder and below */
	RCLONE_COPY,	   /* list, stage to archive; what is there with that size and hash stays */
	RCLONE_COPY_ANEW,  /* list, stage to archive; whatever is there */
	/* List. Writes `= NAME` for each file that the archive has; `* NAME` if it has another one,
	 * `+ NAME` if none, `! NAME` if one could not be read. By sizes and hashes: if the remote
	 * has no hashes, by sizes alone. */
	RCLONE_CHECK,
	RCLONE_CHECK_DOWNLOAD, /* list; writes what RCLONE_CHECK does, but compares all bytes */
	RCLONE_FETCH,	       /* list, archive to stage */
	RCLONE_VERBS,	       /* their number */
};

/* The places of all commands of one run; strings are borrowed. */
struct rclone_places {
	const char *archive; /* REMOTE:PATH; NULL if neither copied, compared nor listed */
	const char *stage;   /* folder on this host; NULL if only listed */
	unsigned transfers;  /* at once, at least 1 */
};

/* Returns true if the verb reads a list. */
bool rclone_command_has_list(enum rclone_verb verb);

/*
 * Makes the command line of a verb, which begins with the name `rclone`. folder: below the archive,
 * for RCLONE_LIST and RCLONE_LIST_BELOW, without a slash at its ends; it may be empty. environment
 * is that of rclone (archive/rclone_environment.h): timeouts in it are not overridden. Returns an
 * array that NULL ends, for rclone_command_free(); or NULL and sets err if there is no memory or
 * the verb needs a place that is NULL.
 */
char **rclone_command_make(enum rclone_verb verb, const struct rclone_places *places,
			   const char *folder, char *const *environment, struct error *err);

/* Frees what rclone_command_make() has returned; NULL is allowed. */
void rclone_command_free(char **command);

#endif
