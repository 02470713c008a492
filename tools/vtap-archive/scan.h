/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds captures in the spool: at the start, each minute, and as soon as a writer closes or renames
 * one (inotify(7)). */
#ifndef VTAP_ARCHIVE_SCAN_H
#define VTAP_ARCHIVE_SCAN_H

#include "archive.h"

struct scan {
	struct archive *archive;
	int notify;	     /* descriptor of inotify; -1 if there is none */
	char **folder;	     /* the folder below SPOOL that a watch is on, by the watch's number */
	unsigned folders;    /* elements of `folder` */
	int64_t next_ns;     /* when the whole spool is looked at next, by CLOCK_MONOTONIC */
	struct error *alien; /* set if something is on another file system; NULL to tell it */
};

/* Begins; the descriptor is made, and nothing is looked at yet. Without inotify the scans of each
 * minute find all. scan_close() frees what this takes. */
void scan_open(struct scan *scan, struct archive *archive);

/* Frees what scan_open() and later calls took. */
void scan_close(struct scan *scan);

/* Looks at the whole spool for the first time. Returns false and sets err if a part of it is on
 * another file system, from which nothing can be claimed. */
bool scan_first(struct scan *scan, struct error *err);

/* Looks at the whole spool when that is due, and at what has changed since. now: it is due. */
void scan_step(struct scan *scan, bool now);

#endif
