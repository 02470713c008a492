/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An archive that is a remote of rclone's: lists it and fetches from it, three times if need be,
 * and says in sentences what is wrong. Everything ends early if a signal asks the tool to end.
 */
#ifndef VTAP_RECALL_REMOTE_H
#define VTAP_RECALL_REMOTE_H

#include <stddef.h>
#include <stdint.h>

#include "archive/archive_place.h"
#include "archive/rclone.h"
#include "archive/rclone_messages.h"

struct remote_config {
	const struct archive_place *place; /* borrowed for the life of the remote */
	const char *stage; /* absolute path of the folder that objects are fetched into; NULL if
			      none are */
	unsigned transfers;
	const char *user; /* to become, or NULL */
	bool no_sandbox;
	char *const *environment;
	/* Called with rclone's own words when it has failed; may be NULL. */
	void (*say)(void *arg, const char *text);
	/* Called while rclone is waited for, at least twice a second; returns false to end that.
	 * May be NULL. */
	bool (*breathe)(void *arg);
	void *arg; /* of both */
};

struct remote;

/* Starts the process that runs rclone; to be called before the sandbox is entered. Returns NULL and
 * sets err if that fails. remote_close() frees it. */
struct remote *remote_open(const struct remote_config *config, struct error *err);

/* Changes the function that is called while rclone is waited for. */
void remote_breathe(struct remote *remote, bool (*breathe)(void *arg), void *arg);

/* Checks that there is an rclone, and that it is new enough. Returns false and sets err if not. */
bool remote_check(struct remote *remote, struct error *err);

/*
 * Lists a folder below the archive, "" for the archive itself: calls take(arg, name, stored, err)
 * for each object in it and, if `below` is true, below it, with the path from the folder; if it is
 * false, also for each folder in it, whose name ends with a slash. A folder that is not there is
 * empty. Returns false and sets err if it cannot be listed, or take() returns false. err->text is
 * empty if a signal asks for the end.
 */
bool remote_list(struct remote *remote, const char *folder, bool below,
		 bool (*take)(void *arg, const char *name, uint64_t stored, struct error *err),
		 void *arg, struct error *err);

/*
 * Begins to fetch objects: `list` has their names, len bytes, with a newline behind each, and is
 * copied. None may be fetched already. Returns false and sets err if that fails.
 */
bool remote_fetch(struct remote *remote, const char *list, size_t len, struct error *err);

/* Returns true if what remote_fetch() has begun has ended, and waits for nothing. */
bool remote_has_fetched(struct remote *remote);

/*
 * Waits for the end of what remote_fetch() has begun. Returns true if rclone has ended well; that
 * says nothing of an object. Otherwise returns false and sets err to the reason; err->text is empty
 * if a signal asks for the end.
 */
bool remote_end_fetch(struct remote *remote, struct error *err);

/* Waits for a second before the next try, two before the one after it; tries: those that there
 * were. Returns false if there were three, or if a signal asks for the end. */
bool remote_tries_again(struct remote *remote, unsigned tries);

/* Ends rclone, and frees. NULL is allowed. */
void remote_close(struct remote *remote);

#endif
