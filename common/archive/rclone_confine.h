/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits which files rclone can open: it parses what a store answers, and has the logins. It reads
 * programs and libraries, /etc, what resolves names, its configuration, ~/.aws, ~/.oci, ~/.ssh, and
 * each absolute path that is a value of a setting of its remotes: in the environment, in the
 * configuration file, in a connection string. It writes only where a remote is a folder of this
 * host (`remote = /srv/x` of crypt), and below the stage if it fetches. A configuration file that
 * is encrypted tells no paths.
 */
#ifndef VTAP_ARCHIVE_RCLONE_CONFINE_H
#define VTAP_ARCHIVE_RCLONE_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/archive_place.h"
#include "base/error.h"

struct rclone_confine {
	struct rclone_confine_path {
		char *path;	 /* allocated */
		uint64_t rights; /* LANDLOCK_ bits of host/landlock.h */
	} * path;
	unsigned count, room; /* paths, and those that there is room for */
	/* A setting has rclone note a hash of its own beside an object, and compare with that,
	 * where the store's hash is not one of the bytes: server_side_encryption and sse_* of s3.
	 * Also true if the configuration file is encrypted. */
	bool notes_hashes;
};

/*
 * Collects what rclone needs, with environment as rclone gets it (archive/rclone_environment.h).
 * stage: NULL if there is none; it is written if `fetches`. Reads the configuration file, of which
 * only a first MiB counts; one that cannot be read tells no paths. Returns false and sets err if
 * there is no memory. rclone_confine_free() frees what *confine holds in any case.
 */
bool rclone_confine_init(struct rclone_confine *confine, const struct archive_place *place,
			 const char *stage, bool fetches, char *const *environment,
			 struct error *err);

/*
 * Confines the process and those that it starts, for the rest of their lives. It must have set
 * no_new_privs. Does nothing if the kernel has no usable Landlock. Returns false and sets err if
 * the kernel refuses.
 */
bool rclone_confine_enter(const struct rclone_confine *confine, struct error *err);

void rclone_confine_free(struct rclone_confine *confine);

#endif
