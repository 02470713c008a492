/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of files that packets made: what may be in their place, and how they get it. */
#ifndef VTAP_IO_FILENAME_H
#define VTAP_IO_FILENAME_H

#include <stddef.h>

#include "base/error.h"

/*
 * Nothing is in the way of a new file: neither it nor a directory on its way is a symbolic link,
 * those are directories, and it is no regular file nor directory; only what the first `trusted`
 * bytes name may be anything. (A pipe or a device may have the name: nothing in it is lost.) On
 * failure err->number is EEXIST where another name in the same directory may do, ELOOP where it is
 * a directory whose name is taken.
 */
bool filename_is_free(const char *name, size_t trusted, struct error *err);

/*
 * Gives a file its final name; err->number is EEXIST where something has it. Looked at and done in
 * one step where the file system can.
 */
bool filename_rename_noreplace(const char *from, const char *name, struct error *err);

#endif
