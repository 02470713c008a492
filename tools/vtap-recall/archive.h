/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The archive of a run, a folder or a remote: opened before the sandbox is entered, listed in it.
 */
#ifndef VTAP_RECALL_ARCHIVE_H
#define VTAP_RECALL_ARCHIVE_H

#include "archive/listing.h"
#include "config.h"
#include "host/sandbox.h"
#include "remote.h"

struct archive {
	struct recall_config *config;
	int folder;		/* descriptor of a folder; -1 for a remote */
	char *path;		/* of a folder, with a slash at its end */
	struct remote *remote;	/* NULL for a folder */
	struct places places;	/* of the listing */
	struct listing listing; /* what archive_list() has found, sorted */
	bool failed;		/* something was told that is no object */
};

/*
 * Opens the archive that config names. stage: absolute path of the folder that objects of a remote
 * are fetched into, or NULL if none are. archive_close() is to be called in any case. Returns false
 * and sets err if there is no such folder, or the process that runs rclone cannot be started.
 */
bool archive_open(struct archive *archive, struct recall_config *config, const char *stage,
		  struct error *err);

/* Names what the sandbox has to allow. */
void archive_permit(const struct archive *archive, struct sandbox *sandbox);

/* Returns the SANDBOX_ needs. */
unsigned archive_needs(const struct archive *archive);

/*
 * Finds the objects that config asks for, in archive->listing. What is no object is told on
 * standard error. Returns false and sets err if the archive cannot be listed; err->text is empty if
 * a signal asks for the end.
 */
bool archive_list(struct archive *archive, struct error *err);

/* Calls see(arg, name) for each DATE, `long` and other folder in the archive. Returns false and
 * sets err as archive_list() does. */
bool archive_list_days(struct archive *archive, void (*see)(void *arg, const char *name), void *arg,
		       struct error *err);

/* Adds the objects of a DATE, or of `long`, to a listing, which must have an interval that holds
 * that day. Nothing is told. Returns false and sets err as archive_list() does. */
bool archive_list_day(struct archive *archive, const char *day, struct listing *listing,
		      struct error *err);

void archive_close(struct archive *archive);

#endif
