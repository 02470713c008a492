/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks and gives file names that are made from packets, and so chosen by anybody: nothing that
 * exists is overwritten, and no symbolic link is followed. The files themselves are made by
 * io/output.h (OUTPUT_KEEP).
 */
#ifndef VTAP_IO_FILENAME_H
#define VTAP_IO_FILENAME_H

#include <stddef.h>

#include "base/error.h"

/*
 * Returns true if a new file may get a name: no directory on its way is a symbolic link or another
 * kind of file, and nothing of any kind has that name. The first `trusted` bytes of the name come
 * from the user and are not looked at; there are at most PATH_MAX - 1 of them. Otherwise returns
 * false and sets err; err->number is EEXIST if another name in the same directory may do, and ELOOP
 * if the name of a directory is taken.
 */
bool filename_is_free(const char *name, size_t trusted, struct error *err);

/*
 * Renames the file `from` to its final name, if no file has that name: in one step where the file
 * system can (renameat2(2)), else after a look. Returns false and sets err if that fails;
 * err->number is EEXIST if another file has the name.
 */
bool filename_rename_noreplace(const char *from, const char *name, struct error *err);

/* Makes the folders of a name that are missing; the name is at most PATH_MAX - 1 bytes long. If
 * sync is true, each new one is on the disk afterwards (io/sync.h). Returns false and sets err if
 * that fails. */
bool filename_make_folders(const char *name, bool sync, struct error *err);

#endif
