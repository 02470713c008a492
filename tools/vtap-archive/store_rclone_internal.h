/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of store_rclone share. */
#ifndef VTAP_ARCHIVE_STORE_RCLONE_INTERNAL_H
#define VTAP_ARCHIVE_STORE_RCLONE_INTERNAL_H

#include "archive/rclone.h"
#include "archive/rclone_messages.h"
#include "base/name_list.h"
#include "store.h"

struct store_rclone_step;

struct store_rclone {
	struct store_config config;
	struct rclone *rclone;
	bool ready;		  /* there is an rclone that is new enough, and it has the remote */
	bool hashes;		  /* the remote is of a type that tells hashes of its own */
	int64_t silence_ns;	  /* without progress after which a command is given up */
	struct name_list damaged; /* objects to be copied whatever is there */

	/* Of the batch in hand. */
	struct store_object *object;
	size_t count;
	const struct store_rclone_step *step; /* that is done; NULL while rclone is looked at */
	char *list;			      /* room for the names of all, a newline behind each */
	char said[STORE_BATCH];	   /* letter by which a comparison has marked an object */
	bool refused[STORE_BATCH]; /* the log says why the store did not take or give it */
	bool hashless;		   /* the store tells no hash of some object */
	struct rclone_messages messages;
	const char *right; /* that was needed when the message came */

	/* Of the look at rclone. */
	char version[64];	  /* its first line */
	char type[64];		  /* of the remote; empty if there is none of that name */
	struct name_list remotes; /* that rclone has */
};

/* Finds out once whether rclone can be used, and what kind of remote it is. Returns false and sets
 * err if it cannot be used. */
bool store_rclone_prepare(struct store_rclone *self, struct error *err);

/* Takes a line of output of the commands that store_rclone_prepare() runs. */
void store_rclone_prepare_line(struct store_rclone *self, const char *line);

/* Runs a command to its end, with the first len bytes of self->list. Returns false and sets err if
 * it was not run, or was given up. */
bool store_rclone_run(struct store_rclone *self, enum rclone_verb verb, size_t len,
		      struct error *err);

#endif
