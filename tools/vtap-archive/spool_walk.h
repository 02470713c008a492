/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds what lies in a spool. */
#ifndef VTAP_ARCHIVE_SPOOL_WALK_H
#define VTAP_ARCHIVE_SPOOL_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "spool.h"

/* A regular file, while spool_visit looks at it. */
struct spool_file {
	int folder;	    /* the open folder that it is in */
	const char *name;   /* its name in that */
	const char *path;   /* its name below SPOOL */
	uint64_t bytes;	    /* of its content */
	int64_t changed_ns; /* of its last change, since 1970 */
};

struct spool_visit {
	/* Called for each file. Returns false and sets err to end the walk. */
	bool (*file)(void *arg, const struct spool_file *file, struct error *err);
	/* Called for each folder, SPOOL first (its path is ""), before it is read, so that the
	 * caller can watch it; NULL if nobody wants to know. */
	void (*folder)(void *arg, int fd, const char *path);
	/* Called for what cannot be read or, with EXDEV as err->number, is on another file system;
	 * the walk goes on. */
	void (*trouble)(void *arg, const struct error *err);
	void *arg;
};

/*
 * Walks through SPOOL and the folders below, in no particular order. It passes over folders whose
 * name begins with a dot, over .nfs files, which NFS keeps while a removed file is still open, and
 * over symbolic links and everything else that is no regular file. Returns false if visit->file
 * did, with err as that has set it.
 */
bool spool_walk(const struct spool *spool, const struct spool_visit *visit, struct error *err);

#endif
