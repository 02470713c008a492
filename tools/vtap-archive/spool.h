/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The spool: a folder into which others write captures, and in it .vtap-archive, which belongs to
 * this tool. A capture changes hands by being renamed, so at every moment it stands in one place,
 * and after a crash its place says how far it has come:
 *
 *   SPOOL/PATH                        nobody has claimed it
 *   SPOOL/.vtap-archive/taken/PATH    claimed; the archive does not have it yet
 *   SPOOL/.vtap-archive/failed/PATH   refused; PATH.reason says why
 *   SPOOL/.vtap-archive/stage/OBJECT  its bytes as the archive is to get them
 *
 * All paths below are relative: to SPOOL, or to one of the folders in .vtap-archive.
 */
#ifndef VTAP_ARCHIVE_SPOOL_H
#define VTAP_ARCHIVE_SPOOL_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

enum spool_room { SPOOL_TAKEN, SPOOL_STAGE, SPOOL_FAILED, SPOOL_ROOMS };

#define SPOOL_OWN ".vtap-archive"

struct spool {
	const char *name;      /* SPOOL as the user gave it; borrowed */
	int folder;	       /* SPOOL */
	int own;	       /* .vtap-archive, on which this process holds a lock */
	int room[SPOOL_ROOMS]; /* the folders in that */
	uint64_t device;       /* file system of .vtap-archive: files of others cannot be claimed */
};

/* A spool that is not open. */
#define SPOOL_CLOSED ((struct spool){ .folder = -1, .own = -1, .room = { -1, -1, -1 } })

/*
 * Opens a spool, makes what is missing of .vtap-archive, and locks it. owner: the user that
 * .vtap-archive belongs to, who this process is or is going to be. Returns false and sets err
 * if SPOOL is no folder that can be read and written, or if another vtap-archive has it;
 * spool_close() may be called in any case.
 */
bool spool_open(struct spool *spool, const char *name, uid_t owner, struct error *err);

/* Closes all folders and gives the lock back. */
void spool_close(struct spool *spool);

/*
 * Claims the file SPOOL/path. Its name in taken/ is path, or, where that is taken, path with `~2`,
 * `~3` ... behind it; it is written to `claimed`. Returns false and sets err if the file cannot be
 * claimed; err->number is ENOENT if it has gone, and EXDEV if it is on another file system.
 */
bool spool_claim(const struct spool *spool, const char *path, char claimed[PATH_MAX],
		 struct error *err);

/*
 * Moves a claimed capture to failed/, by a name as spool_claim() finds one, and writes the reason,
 * one line, beside it; `failed` is set to that name. Returns false and sets err if it cannot be
 * moved: it is still in taken/ then. That the reason cannot be written (a full disk) is no error.
 */
bool spool_refuse(const struct spool *spool, const char *claimed, const char *reason,
		  char failed[PATH_MAX], struct error *err);

/*
 * Removes a file from a folder of .vtap-archive, and the folders above it that are empty then.
 * Returns false and sets err if it cannot be removed; a file that is not there is no error.
 */
bool spool_remove(const struct spool *spool, enum spool_room room, const char *path,
		  struct error *err);

/*
 * Opens the folder that holds a file, and sets *last to the file's name in it, a part of path. No
 * symbolic link is followed. base: an open folder, which path is relative to. make: folders that
 * are missing are made. Returns a descriptor, which the caller closes, or -1 with errno set.
 */
int spool_open_parent(int base, const char *path, bool make, const char **last);

#endif
