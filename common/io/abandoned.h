/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files in .tmp that nobody writes any more. A writer holds a lock on its file (flock(2)), or on a
 * folder above it (io/folder_lock.h), as long as it lives; a run that was killed leaves a file
 * without. What is in that is kept under another name, so that a new run gets the name.
 */
#ifndef VTAP_IO_ABANDONED_H
#define VTAP_IO_ABANDONED_H

#include "base/error.h"

/* Has `tell` called with the old and the new name of each file that gets another one. */
void abandoned_tell(void (*tell)(const void *arg, const char *tmp, const char *now),
		    const void *arg);

/*
 * Returns true if abandoned_clear() would make room: nothing has the name, or a file that nobody
 * writes any more. Otherwise sets err, with EEXIST as err->number: somebody writes it, it is no
 * regular file of the right user (io/output_path.h), or the file system has no locks.
 */
bool abandoned_is_cleared(const char *tmp, struct error *err);

/*
 * Makes room for a new file: an abandoned one is removed if it is empty, else NAME.pcap.tmp becomes
 * NAME.abandoned-1.pcap, or gets the next number that is free, up to 9999. Returns false and sets
 * err as abandoned_is_cleared() does; nothing is touched then.
 */
bool abandoned_clear(const char *tmp, struct error *err);

#endif
