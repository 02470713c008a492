/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operand ARCHIVE of vtap-archive and vtap-recall: a remote of rclone's, such as
 * `oci:captures/site1`, or a folder. A remote has a colon before its first slash, so `./a:b` is a
 * folder. Remotes may be connection strings (https://rclone.org/docs/#connection-strings):
 * `:s3,env_auth:bucket/prefix` or `oci,provider=x:bucket/prefix`.
 */
#ifndef VTAP_ARCHIVE_ARCHIVE_PLACE_H
#define VTAP_ARCHIVE_ARCHIVE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { ARCHIVE_PLACE_REMOTE_SIZE = 128 }; /* bytes of a remote's name with its NUL */

struct archive_place {
	const char *text; /* the operand; borrowed */
	bool remote;	  /* false: a folder, and what follows is empty */
	/* Settings stand in the operand itself: it has a comma before its first colon, or begins
	 * with a colon. They win over those of rclone's command line. */
	bool connection;
	bool backend; /* it begins with a colon: name is that of a backend, not of a remote */
	char name[ARCHIVE_PLACE_REMOTE_SIZE]; /* of the remote or backend, without colon */
	const char *settings; /* those of a connection string, in text, up to settings_len bytes */
	size_t settings_len;
	const char *path; /* what follows the remote's colon, in text; perhaps empty */
};

/*
 * Parses an operand, which has to live as long as *place. Returns false and sets err, as an error
 * of usage, if the operand is empty, or a remote whose name is empty, too long, or begins with a
 * minus sign, or whose connection string has no end.
 */
bool archive_place_parse(const char *text, struct archive_place *place, struct error *err);

/*
 * Finds the next setting of a connection string. *at is NULL for the first one. Writes the value,
 * without quotes, to `value` of `size` bytes, cut off if it is longer; a setting without a value is
 * `true`. Returns its name, *name_len bytes that do not end with a NUL, or NULL behind the last.
 */
const char *archive_place_setting(const struct archive_place *place, const char **at,
				  size_t *name_len, char *value, size_t size);

#endif
