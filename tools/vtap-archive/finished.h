/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells whether somebody still writes a capture. The kernel knows: it gives a lease for reading
 * (fcntl(2), F_SETLEASE) only on a file that nobody has open for writing. No writer waits for such
 * a lease, as it is given back at once.
 */
#ifndef VTAP_ARCHIVE_FINISHED_H
#define VTAP_ARCHIVE_FINISHED_H

#include <stdbool.h>
#include <stdint.h>

enum finished {
	FINISHED_YES,	     /* nobody has the file open for writing */
	FINISHED_BY_AGE,     /* no lease is to be had (on NFS, or on a file of another user without
				CAP_LEASE), but the last change is long ago */
	FINISHED_ABANDONED,  /* a crash has left it: its name ends in .tmp, and nobody has it open
				or locked, or holds a lock on a folder above it */
	FINISHED_NO,	     /* somebody writes it, or may */
	FINISHED_UNREADABLE, /* this process may not read it */
	FINISHED_GONE,	     /* no regular file has the name any more */
};

/*
 * Looks at a file, `name` in the open folder `folder`; path names it from the working directory,
 * for the locks on folders (io/folder_lock.h). now_ns and settle_ns: the time since 1970, and how
 * long ago the last change of a file has to be where only its age can tell, in nanoseconds. The
 * process must ignore SIGIO, which it gets if somebody opens the file for writing in that moment.
 */
enum finished finished_look(int folder, const char *name, const char *path, int64_t now_ns,
			    int64_t settle_ns);

/* Returns true if somebody may still write the file that is open, for reading alone, as fd. */
bool finished_has_writer(int fd);

#endif
