/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Says in a sentence what rclone reports: a const table maps parts of its messages to what a person
 * can do. Of the messages of a run the most telling one is kept. What the table lacks is shown as
 * rclone wrote it.
 */
#ifndef VTAP_ARCHIVE_RCLONE_MESSAGES_H
#define VTAP_ARCHIVE_RCLONE_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "archive/archive_place.h"
#include "archive/rclone_log.h"

enum { RCLONE_MESSAGES_SIZE = 1024 }; /* bytes of a sentence with its NUL; the rest is cut off */

/* The most telling message of a run of rclone. All zero before the first one. */
struct rclone_messages {
	unsigned rank; /* 0 if there is no message; else the larger, the less telling */
	char message[RCLONE_LOG_MESSAGE_SIZE]; /* as rclone wrote it, on one line */
	char object[RCLONE_LOG_OBJECT_SIZE];   /* to which it refers; empty if none */
};

/* Takes a log line into account: errors alone; of two that tell as much, the first one is kept. */
void rclone_messages_note(struct rclone_messages *messages, const struct rclone_log *log);

/* Returns true if the message that was kept is in the table. */
bool rclone_messages_is_known(const struct rclone_messages *messages);

/*
 * Writes the sentence for the message that was kept, without the name of the archive; or rclone's
 * message, if the table lacks it; or that rclone told none. right: what is done ("list", "read" or
 * "write"), for a right that is missing.
 */
void rclone_messages_explain(const struct rclone_messages *messages,
			     const struct archive_place *place, const char *right,
			     char text[RCLONE_MESSAGES_SIZE]);

/* Writes what to do if there is no rclone. */
void rclone_messages_missing(char text[RCLONE_MESSAGES_SIZE]);

/*
 * Looks at the first line of `rclone version`, which begins as `rclone v1.60.1`. Returns true if it
 * is 1.53 or newer; else writes what is wrong to text and returns false.
 */
bool rclone_messages_accept_version(const char *line, char text[RCLONE_MESSAGES_SIZE]);

/*
 * Writes that a remote does not exist, and which ones do. remotes: their names, count of them, as
 * RCLONE_REMOTES writes them, without what follows the colon.
 */
void rclone_messages_no_remote(const struct archive_place *place, const char *const *remotes,
			       size_t count, char text[RCLONE_MESSAGES_SIZE]);

#endif
