/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Locks on folders (flock(2)), for a process that closes its unfinished files and opens them again:
 * while it has none of them open it cannot hold locks on them, so it holds a shared one on the
 * folder that all are below. Whoever finds such a file asks here whether its writer may live.
 */
#ifndef VTAP_IO_FOLDER_LOCK_H
#define VTAP_IO_FOLDER_LOCK_H

#include <stdbool.h>

/*
 * Holds a shared lock on a folder until the process ends; a process has one such lock, that of the
 * first call. Nothing happens if the folder cannot be read, if its file system has no locks, or if
 * somebody holds an exclusive lock on it for longer than a tenth of a second.
 */
void folder_lock_share(const char *folder);

/*
 * Returns true if no other process holds a lock on the folder of a file, or on one above that as
 * far as this process may open them. Returns false if the folder itself cannot be opened.
 */
bool folder_lock_is_alone(const char *file);

#endif
